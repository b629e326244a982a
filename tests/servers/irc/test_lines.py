"""Rendered lines: at most 512 bytes, and each one is parsed back as what it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.formats.irc import Message
from servers.irc.lines import PLAIN, TAGGED, TIMED, Broadcast, form_of, message, pieces, render

texts = st.text(st.characters(exclude_characters="\0\r\n", exclude_categories=["Cs"]))
words = st.text(st.characters(exclude_characters=" \0\r\n", exclude_categories=["Cs"]), max_size=30)


@given(st.lists(words, max_size=4), texts | st.none())
def test_whatever_is_rendered_is_one_line_of_at_most_512_bytes_and_is_parsed_back(
    params: list[str], text: str | None
) -> None:
    line = render("irc.example", "421", *params, text=text)
    assert len(line) <= 512
    assert line.endswith(b"\r\n")
    parsed = Message.parse(line[:-2].decode())
    assert (parsed.prefix, parsed.command) == ("irc.example", "421")
    if len(line) < 500 and text is not None:
        assert parsed.params[-1] == text
        assert len(parsed.params) == len(params) + 1


@given(texts, st.sampled_from(["hello", "\x01ACTION waves\x01"]))
def test_each_line_of_a_message_has_at_most_512_bytes(text: str, start: str) -> None:
    lines = message("ann!ann@host", "PRIVMSG", "#class", start[:-1] + text * 10 + start[-1])
    assert all(len(line) <= 512 for line in lines.split(b"\n"))
    assert lines.endswith(b"\r\n")


@pytest.mark.parametrize("letter", ["x", "ü"])
def test_a_text_of_any_length_is_sent_whole_in_lines_of_at_most_512_bytes(letter: str) -> None:
    for length in range(450 // len(letter.encode()), 1040):
        lines = message("ann!ann@host", "PRIVMSG", "#class", letter * length).split(b"\r\n")[:-1]
        assert max(len(line) for line in lines) <= 510
        assert "".join(Message.parse(line.decode()).params[-1] for line in lines) == letter * length


def test_a_short_text_is_one_piece_also_with_blanks_around_it() -> None:
    assert pieces("  a  ", 80) == ["  a  "]
    assert pieces("", 80) == [""]


def test_the_form_depends_on_the_capabilities_that_change_the_tags() -> None:
    assert form_of({"echo-message", "multi-prefix"}) == PLAIN
    assert form_of({"server-time", "multi-prefix"}) == TIMED
    assert form_of({"message-tags"}) == TAGGED


def test_a_form_is_encoded_when_it_is_needed_and_then_kept() -> None:
    lines = Broadcast(b"A\r\nB\r\n", "+x=1")
    assert list(lines) == [PLAIN]
    assert lines[TAGGED] == b"@+x=1 A\r\n@+x=1 B\r\n"
    assert lines[TIMED] is lines[TIMED]
    assert Broadcast(b"A\r\n")[TAGGED] == b"A\r\n"
