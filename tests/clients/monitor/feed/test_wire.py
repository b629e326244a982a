"""The bytes of a session, as text and in the layout of xxd."""

import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.monitor.feed.wire import MAX_BYTES, Pattern, Recording

PIECES = st.lists(st.binary(min_size=1, max_size=50), min_size=1, max_size=30)


def hexadecimal(recording: Recording, direction: str = "in") -> str:
    """The lines of one direction in hex."""
    reading = recording.lines(True, direction)
    return "".join(reading[index].text + "\n" for index in range(len(reading)))


def test_hex_is_laid_out_as_xxd_does_it() -> None:
    recording = Recording()
    recording.add("in", 0.0, b"hello, world\x00\xff\n!x")
    assert hexadecimal(recording) == (
        "00000000: 6865 6c6c 6f2c 2077 6f72 6c64 00ff 0a21  hello, world...!\n"
        "00000010: 78                                       x\n"
    )


@pytest.mark.skipif(shutil.which("xxd") is None, reason="there is no xxd here")
@pytest.mark.parametrize("size", [1, 3, 16, 1000])
def test_however_it_was_cut_hex_is_what_xxd_prints(size: int) -> None:
    sent = bytes(range(256)) * 9 + b"the end"
    recording = Recording()
    for start in range(0, len(sent), size):
        recording.add("in", 0.0, sent[start : start + size])
        recording.add("out", 0.0, b"echo")
    printed = subprocess.run(["xxd"], input=sent, capture_output=True, check=True).stdout.decode()
    assert hexadecimal(recording) == printed


@given(PIECES)
def test_the_cut_makes_no_difference(pieces: list[bytes]) -> None:
    cut, whole = Recording(), Recording()
    for piece in pieces:
        cut.add("in", 0.0, piece)
    whole.add("in", 0.0, b"".join(pieces))
    assert hexadecimal(cut) == hexadecimal(whole)


def test_text_keeps_the_pieces_and_shows_how_lines_end() -> None:
    recording = Recording()
    recording.add("in", 1.0, b"hel")
    recording.add("in", 1.5, b"lo\r\nmore\n")
    recording.add("out", 2.0, b"\x1b[2J")
    reading = recording.lines(False)
    shown = [
        (line.chunk.direction, line.is_first, line.text)
        for line in map(reading.__getitem__, range(len(reading)))
    ]
    assert shown == [
        ("in", True, "hel"),
        ("in", True, "lo␍␊"),
        ("in", False, "more␊"),
        ("out", True, "␛[2J"),
    ]
    assert [piece.delta for piece in recording.chunks] == [0.0, 0.5, 0.5]


def test_the_oldest_pieces_go_and_are_counted() -> None:
    recording = Recording()
    for _ in range(5):
        recording.add("in", 0.0, bytes(MAX_BYTES // 4))
    assert recording.dropped == MAX_BYTES // 4
    assert recording.lines(True, "in")[0].text.startswith(f"{MAX_BYTES // 4:08x}: ")


def marked(recording: Recording, pattern: str, width: int) -> list[tuple[int, list[str]]]:
    """The lines in which a match begins, and the marked parts of all lines that have any."""
    lines = recording.lines(not width, width=width or 1)
    found = Pattern(pattern)
    starts = lines.matches(found)
    parts = [[lines[index].text[a:b] for a, b in lines.spans(index, found)] for index in range(len(lines))]
    return [(index in starts, each) for index, each in enumerate(parts) if each]


def test_a_text_is_found_in_any_case_and_across_the_end_of_a_line() -> None:
    recording = Recording()
    recording.add("in", 0.0, b"hello, World\r\nthe world\n")
    recording.add("out", 0.0, "Wörld wor".encode())
    recording.add("out", 0.0, b"ld")
    assert marked(recording, "world", 80) == [(True, ["World"]), (True, ["world"])]
    assert marked(recording, "WORLD", 9) == [(True, ["Wo"]), (False, ["rld"]), (True, ["world"])]
    assert marked(recording, "zzz", 9) == []


def test_hex_finds_texts_and_the_digits_of_bytes() -> None:
    recording = Recording()
    recording.add("in", 0.0, b"0123456789abcdxE")
    recording.add("in", 0.0, b"f\r\n....")
    assert marked(recording, "EF", 0) == [(True, ["45", "E"]), (False, ["66", "f"])]
    assert marked(recording, "0d 0a", 0) == [(True, ["0d", ".", "0a", "."])]
    assert marked(recording, "66", 0) == [(True, ["66", "f"])]
    assert marked(recording, "46", 0) == []


@given(PIECES, st.text("ab\r\n", min_size=1, max_size=3), st.integers(1, 20))
def test_each_match_is_on_the_line_where_it_begins(pieces: list[bytes], text: str, width: int) -> None:
    recording = Recording()
    for piece in pieces:
        recording.add("in", 0.0, bytes(b"ab"[code % 2] for code in piece))
    lines = recording.lines(False, width=width)
    found = lines.matches(Pattern(text))
    assert found == sorted(set(found))
    assert all(lines.spans(index, Pattern(text)) for index in found)
    assert bool(found) == any(text in decoded for chunk in recording.chunks for decoded in chunk.text)
