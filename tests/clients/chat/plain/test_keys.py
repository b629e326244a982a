"""The bytes of the keyboard, as prompt_toolkit gets them."""

import pty
import sys
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.key_binding.key_processor import KeyPress
from prompt_toolkit.keys import Keys

from clients.chat.plain.keys import KeyParser, keyboard
from tests.clients.key_bytes import KEY_BYTES
from tests.running import until


def parsed(*chunks: str) -> list[tuple[str, str]]:
    """The keys and their texts, with a pause at the end."""
    found: list[KeyPress] = []
    parser = KeyParser(found.append)
    for chunk in chunks:
        parser.feed(chunk)
    parser.flush()
    return [
        (str(press.key.value if isinstance(press.key, Keys) else press.key), press.data) for press in found
    ]


def text_of(*chunks: str) -> str:
    return "".join(key for key, _ in parsed(*chunks) if len(key) == 1)


@pytest.mark.parametrize(
    "odd",
    [
        "\x1b[:u",
        "\x1b[97;1:3u",
        "\x1b[3749030~",
        "\x1b[?62;22c",
        "\x1b[<0;1;1M",
        "\x1b[M !!",
        "\x1b]11;rgb:0000/0000/0000\x07",
        "\x1bP>|term(1)\x1b\\",
        "\x1b[I",
    ],
)
def test_an_unknown_sequence_is_dropped_wherever_it_is_cut(odd: str) -> None:
    assert parsed(f"a{odd}b") == [("a", "a"), ("b", "b")]
    for at in range(1, len(odd)):
        assert text_of("a" + odd[:at], odd[at:] + "b") == "ab"


@pytest.mark.parametrize(
    ("sequence", "key"),
    [("\x1b[A", "up"), ("\x1bOA", "up"), ("\x1b[[A", "f1"), ("\x1b[3~", "delete"), ("\x1b[1;5D", "c-left")],
)
def test_a_known_one_is_its_key_wherever_it_is_cut(sequence: str, key: str) -> None:
    for at in range(1, len(sequence)):
        assert [found for found, _ in parsed(sequence[:at], sequence[at:])] == [key]


def test_escape_and_alt_are_keys_after_a_pause() -> None:
    assert [key for key, _ in parsed("\x1b")] == ["escape"]
    assert [key for key, _ in parsed("\x1bb")] == ["escape", "b"]


def test_a_paste_is_one_key_and_has_no_escape_character() -> None:
    assert parsed("\x1b[200~one\r\x1b[31mtwo", "\r\x1b", "[201~x") == [
        ("<bracketed-paste>", "one\r[31mtwo\r"),
        ("x", "x"),
    ]


def test_the_bytes_of_an_old_mouse_report_are_no_beginning_of_another_sequence() -> None:
    report, rest = "\x1b[M\x1b[<", "0;0;0m"
    for at in range(1, len(report + rest)):
        assert text_of((report + rest)[:at], (report + rest)[at:]) == rest


@given(pieces=st.lists(KEY_BYTES, max_size=12), cuts=st.lists(st.integers(0, 100), max_size=6))
def test_whatever_the_chunks_the_same_keys(pieces: list[str], cuts: list[int]) -> None:
    data = "".join(pieces)
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    assert parsed(*(data[start:end] for start, end in pairwise(edges))) == parsed(data)


def test_the_keys_of_a_terminal_are_read_by_this_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    typing, terminal = pty.openpty()
    keys = list[str]()

    def are_read() -> bool:
        keys.extend(press.data for press in found.read_keys())
        return "b" in keys

    with open(typing, "wb", 0) as user, open(terminal) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        found = keyboard()
        with found.raw_mode():
            user.write(b"a\x1b[3749030~b")
            until(are_read, keys.__repr__)
    assert keys == ["a", "b"]
