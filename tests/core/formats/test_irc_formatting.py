"""mIRC's styles and colours: stripped, or shown as escape sequences."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.formats.irc_formatting import PLAIN, TextStyle, parse_formatting, show_formatting, strip_formatting
from core.formats.text import visible

TEXT = st.text("ab1,\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f\x1b\x01é") | st.text()


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("hello", "hello"),
        ("\x02bold\x02 \x1ditalic\x0f \x1f\x16\x1e\x11rest", "bold italic rest"),
        ("\x0304red\x03", "red"),
        ("\x034,12red on blue", "red on blue"),
        ("\x03999,999", "9,999"),
        ("\x031,242 is a number", "2 is a number"),
        ("\x03,02oops\x03", ",02oops"),
        ("\x031,hello", ",hello"),
        ("\x04ff8800,000000orange\x04", "orange"),
        ("\x04ff88", "ff88"),
    ],
)
def test_styles_and_colours_are_stripped(text: str, plain: str) -> None:
    assert strip_formatting(text) == plain


def test_a_text_has_pieces_with_a_style_each() -> None:
    bold = frozenset("\x02")
    assert [*parse_formatting("a\x02b\x034,2c\x035d\x02e\x03f\x0fg")] == [
        ("a", PLAIN),
        ("b", TextStyle(bold)),
        ("c", TextStyle(bold, "4", "2")),
        ("d", TextStyle(bold, "5", "2")),
        ("e", TextStyle(frozenset(), "5", "2")),
        ("f", PLAIN),
        ("g", PLAIN),
    ]


def test_styles_and_colours_are_shown_in_a_terminal() -> None:
    assert show_formatting("plain") == "plain"
    assert show_formatting("\x02\x1fa\x0fb") == "\x1b[1;4ma\x1b[0mb"
    assert show_formatting("\x034,2red") == "\x1b[91;44mred\x1b[0m"
    assert show_formatting("\x0300,01a\x0398b") == "\x1b[97;40ma\x1b[0m\x1b[40mb\x1b[0m"
    assert show_formatting("\x04ff8800x") == "\x1b[38;2;255;136;0mx\x1b[0m"
    assert show_formatting("\x11\x02a\x1b[2J") == "\x1b[1ma␛[2J\x1b[0m"


@given(TEXT)
def test_no_text_brings_an_escape_sequence_of_its_own(text: str) -> None:
    shown = show_formatting(text)
    assert re.sub(r"\x1b\[[0-9;]+m", "", shown) == "".join(
        visible(piece) for piece, _ in parse_formatting(text)
    )
    assert shown.count("\x1b[0m") * 2 == shown.count("\x1b")


@given(TEXT)
def test_what_is_stripped_has_no_formatting_left(text: str) -> None:
    plain = strip_formatting(text)
    assert "".join(piece for piece, _ in parse_formatting(text)) == plain
    assert not set(plain) & set("\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f")
