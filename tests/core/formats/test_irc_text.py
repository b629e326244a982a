"""The text inside IRC's lines: it is cut between characters, quoted, and compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.formats.irc import (
    CaseMapping,
    ctcp_dequote,
    ctcp_extract,
    ctcp_quote,
    ctcp_stringify,
    cut,
    low_dequote,
    low_quote,
    lower_case,
    split,
)
from core.formats.irc_text import BLANKS

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
WIDE = TEXT | st.text("a e\u0301\u0302ä語🦊🇩🇪\n\t")


def test_a_text_is_split_between_words() -> None:
    assert split("the quick brown fox", 10) == ["the quick", "brown fox"]
    assert split("xx yyz", 2) == ["xx", "yy", "z"]
    assert split("a longerword", 5) == ["a", "longe", "rword"]
    assert split("  indented text  ", 80) == ["  indented text"]


def test_each_line_of_a_text_is_a_line() -> None:
    assert split("xx\nyyz", 2) == ["xx", "yy", "z"]
    assert split("a\r\nb\rc\n\n d\n \n") == ["a", "b", "c", " d"]


def test_an_empty_text_has_no_lines() -> None:
    assert split("") == split("", 1) == split("\n") == split("  \r\n ") == []


@pytest.mark.parametrize("length", [0, -1])
def test_the_length_of_a_line_is_at_least_one(length: int) -> None:
    with pytest.raises(ValueError):
        split("hello", length)
    with pytest.raises(ValueError):
        split("", length)


@given(WIDE, st.integers(4, 30))
def test_no_line_is_too_long_and_nothing_but_blanks_is_lost(text: str, length: int) -> None:
    lines = split(text, length)
    assert all(lines)
    assert all(len(line.encode()) <= length for line in lines)
    lost = str.maketrans("", "", BLANKS + "\r\n")
    assert "".join(lines).translate(lost) == text.translate(lost)


@given(st.text("ab ", min_size=1), st.integers(2, 20))
def test_a_word_is_divided_only_if_it_is_longer_than_a_line(text: str, length: int) -> None:
    words = {word for line in split(text, length) for word in line.split()}
    assert words >= {word for word in text.split() if len(word) <= length}


@given(WIDE)
def test_a_line_has_at_most_as_many_characters_as_bytes(text: str) -> None:
    assert all(len(line) == 1 for line in split(text, 1))


@given(WIDE, st.integers(0, 40))
def test_a_cut_is_the_beginning_of_the_text(text: str, size: int) -> None:
    beginning = cut(text, size)
    assert text.startswith(beginning)
    assert len(beginning.encode()) <= size
    if beginning == text[: len(beginning)] != text:
        assert len(text[: len(beginning) + 24].encode()) > size


def test_a_cut_never_takes_a_character_apart() -> None:
    assert cut("語語", 5) == "語"
    assert cut("語語", 6) == "語語"
    assert cut("ae\u0301", 3) == "a"
    assert cut("🇩🇪🇫🇷", 15) == "🇩🇪"
    assert cut("👍🏽👍🏽", 12) == "👍🏽"
    assert cut("語", 2) == ""


def test_what_alone_is_too_long_is_cut_between_its_marks() -> None:
    assert cut("e" + "\u0301" * 300, 101) == "e" + "\u0301" * 50
    assert cut("ae" + "\u0301" * 300, 101) == "a"


@given(TEXT)
def test_quoting_is_undone(text: str) -> None:
    assert low_dequote(low_quote(text)) == ctcp_dequote(ctcp_quote(text)) == text
    assert not set("\0\r\n") & set(low_quote(text))
    assert "\x01" not in ctcp_quote(text)


def test_quoting_has_the_form_of_the_specification() -> None:
    assert low_quote("a\0b\rc\nd\x10e") == "a\x100b\x10rc\x10nd\x10\x10e"
    assert ctcp_quote("a\x01b\\c") == "a\\ab\\\\c"
    assert low_dequote("\x10x\x10") == "x\x10"
    assert ctcp_dequote("\\x\\") == "x\\"


@pytest.mark.parametrize(
    ("text", "messages", "plain"),
    [
        ("hello", [], ["hello"]),
        ("", [], []),
        ("\x01ACTION waves\x01", [("ACTION", "waves")], []),
        ("\x01ACTION waves", [("ACTION", "waves")], []),
        ("\x01VERSION\x01", [("VERSION", None)], []),
        ("\x01PING \x01", [("PING", "")], []),
        ("\x01a\x01one\x01b c d\x01two", [("a", None), ("b", "c d")], ["one", "two"]),
        ("one \x01a\x01", [("a", None)], ["one "]),
        ("one\x01two", [], ["one", "two"]),
        ("\x01a\x01two\x01three", [("a", None), ("three", None)], ["two"]),
        ("one\x01a\x01two\x01three", [("a", None)], ["one", "two", "three"]),
        ("\x01\x01", [], []),
        ("\x01", [], []),
        ("\x01ACTION a\\ab\x01", [("ACTION", "a\x01b")], []),
    ],
)
def test_ctcp_messages_are_taken_out_of_a_text(
    text: str, messages: list[tuple[str, str | None]], plain: list[str]
) -> None:
    assert ctcp_extract(text) == (messages, plain)


@given(
    st.lists(st.tuples(st.from_regex("[A-Z]+", fullmatch=True), st.none() | st.text(min_size=1)), min_size=1)
)
def test_ctcp_messages_come_back_out_of_a_text(messages: list[tuple[str, str | None]]) -> None:
    assert ctcp_extract(ctcp_stringify(messages)) == (messages, [])


def test_the_case_of_a_name_depends_on_the_mapping() -> None:
    assert lower_case("#Class[]\\~") == "#class{}|^"
    assert lower_case("#Class[]\\~", CaseMapping.STRICT_RFC1459) == "#class{}|~"
    assert lower_case("#Class[]\\~", CaseMapping("ascii")) == "#class[]\\~"
    assert lower_case("ÄÖ") == "ÄÖ"
