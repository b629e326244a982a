"""The text that is typed, and the lines that it is sent as."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.chat.editing.typed import LONGEST, lines_hint, pieces, typed
from core.formats.text import visible


@pytest.mark.parametrize(
    "text",
    [
        "\u3000",
        "\u00a0",
        "\u2009",
        "🩷🫨🪿",
        "\ue0b0",
        "می\u200cخواهم",
        "👩\u200d💻",
        "🏴\U000e0067\U000e007f",
        "日本",
    ],
)
def test_all_but_controls_is_taken_as_it_is(text: str) -> None:
    assert typed(text) == text


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("\x1b[31m", "␛[31m"),
        ("\u202eab", "<U+202E>ab"),
        ("\x85", "<85>"),
        ("a\tb", "a    b"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("\ud800", "\ufffd"),
    ],
)
def test_controls_and_invisible_marks_are_shown(text: str, taken: str) -> None:
    assert typed(text) == taken


def test_a_joiner_that_is_not_needed_is_shown_when_the_line_is_sent() -> None:
    assert pieces("می\u200cخواهم") == ["می\u200cخواهم"]
    assert pieces("a\u200db") == ["a<U+200D>b"]


def test_blank_lines_are_not_sent_and_a_long_one_in_pieces() -> None:
    assert pieces("one\n\n  \n  two\n") == ["one", "  two"]
    assert [len(line) for line in pieces("x" * (2 * LONGEST + 1))] == [LONGEST, LONGEST, 1]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("", ""),
        ("one", ""),
        ("one\n", ""),
        ("one\ntwo\n\n", "2 lines: Enter sends them, Esc drops them"),
        ("x" * LONGEST, ""),
        ("x" * (LONGEST + 1), "2 lines: Enter sends them, Esc drops them"),
    ],
)
def test_several_lines_are_announced(text: str, hint: str) -> None:
    assert lines_hint(text) == hint


@given(text=st.text())
def test_what_is_sent_is_safe_for_a_terminal(text: str) -> None:
    for line in pieces(typed(text)):
        assert visible(line) == line
        assert "\n" not in line
