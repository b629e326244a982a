"""What passed, read as text and as xxd prints it."""

import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.monitor.feed.wire import MAX_BYTES, Recording

PIECES = st.lists(st.binary(min_size=1, max_size=50), min_size=1, max_size=30)


def hexadecimal(recording: Recording, direction: str = "in") -> str:
    """What the wire view shows of one direction."""
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
