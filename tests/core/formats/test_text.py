"""visible: no text of a peer contains characters that a terminal executes or hides."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.formats.text import decode, visible

# Unicode's Bidi_Control property, the characters without a width of their own that join or separate, and
# the letters that are blank.
DIRECTIONS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
WITHOUT_WIDTH = "\u00ad\u034f\u180e\u200b\u200c\u200d\u2060\ufeff\U000e0001\U000e007f"
BLANK = "\u115f\u1160\u3164\uffa0"


@pytest.mark.parametrize("code", [code for code in (*range(0x20), *range(0x7F, 0xA0)) if code != 9])
def test_every_control_character_but_tab_has_a_visible_stand_in(code: int) -> None:
    shown = visible(f"a{chr(code)}b")
    assert shown != f"a{chr(code)}b"
    assert shown.isprintable()
    assert (shown[0], shown[-1]) == ("a", "b")


@pytest.mark.parametrize("mark", [*DIRECTIONS, *WITHOUT_WIDTH, *BLANK, "\u2028", "\u2029"])
def test_every_invisible_mark_has_a_visible_stand_in(mark: str) -> None:
    assert visible(f"a{mark}b") == f"a<U+{ord(mark):04X}>b"


def test_the_stand_ins_show_the_character_that_they_replace() -> None:
    assert visible("\x1b[2J\r\n\0\x7f\x9b") == "␛[2J␍␊␀␡<9B>"


@pytest.mark.parametrize("text", ["", "hello", "a\tb", "Zoë", "小明", "हिन्दी", "שלום", "🦊❤\ufe0f", "~\xa0~"])
def test_visible_text_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


@given(st.text(st.characters()))
def test_no_text_contains_a_control_character_afterwards(text: str) -> None:
    shown = visible(text)
    kinds = {unicodedata.category(character) for character in shown.replace("\t", "")}
    assert not kinds & {"Cc", "Cs", "Zl", "Zp"}
    assert not set(shown) & {*DIRECTIONS, *WITHOUT_WIDTH, *BLANK}
    assert visible(shown) == shown
    shown.encode()


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"], exclude_characters=BLANK)))
def test_letters_digits_and_signs_are_never_replaced(text: str) -> None:
    assert visible(text) == text


@given(st.binary())
def test_any_bytes_can_be_shown(data: bytes) -> None:
    assert decode(data) == visible(data.decode(errors="replace"))


def test_bytes_that_are_not_utf_8_become_the_replacement_character() -> None:
    assert decode(b"caf\xe9\x1b") == "caf\N{REPLACEMENT CHARACTER}␛"
