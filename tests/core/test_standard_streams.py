"""Text is written by a thread, so that the caller never waits for a stream that is not read."""

import errno
import fcntl
import os
import re
import select
import threading
from collections.abc import Iterator
from typing import TextIO

import pytest

from core import standard_streams
from core.standard_streams import PIECE, BackgroundWriter
from tests.running import GUARD

DROPPED = re.compile(r"\[lines dropped here, because they could not be written: (\d+)\]\n")


@pytest.fixture
def pipe() -> Iterator[tuple[TextIO, TextIO]]:
    """Both ends of a pipe: one to read, one to write."""
    read, write = os.pipe()
    with os.fdopen(read) as reader, os.fdopen(write, "w", encoding="ascii") as stream:
        yield reader, stream


def test_texts_are_written_in_order(pipe: tuple[TextIO, TextIO]) -> None:
    reader, stream = pipe
    writer = BackgroundWriter(stream)
    writer.write("one\n")
    assert reader.readline() == "one\n"
    writer.write("")
    writer.write("two\nthree\n")
    assert [reader.readline() for _ in range(2)] == ["two\n", "three\n"]
    writer.close()


def test_close_waits_until_everything_is_written(pipe: tuple[TextIO, TextIO]) -> None:
    reader, stream = pipe
    writer = BackgroundWriter(stream)
    writer.write("last words\n")
    assert writer.close()
    stream.close()
    assert reader.read() == "last words\n"


def test_a_letter_that_the_encoding_lacks_becomes_a_question_mark(pipe: tuple[TextIO, TextIO]) -> None:
    reader, stream = pipe
    BackgroundWriter(stream).write("grün\n")
    assert reader.readline() == "gr?n\n"


@pytest.mark.parametrize("blocking", [True, False])
def test_lines_for_a_pipe_that_is_not_read_are_dropped_and_counted(
    pipe: tuple[TextIO, TextIO], blocking: bool
) -> None:
    reader, stream = pipe
    os.set_blocking(stream.fileno(), blocking)
    writer = BackgroundWriter(stream, limit=10_000)
    for number in range(20_000):
        writer.write(f"line {number:05}\n")
    written, dropped = list[str](), 0
    while len(written) + dropped < 20_000:
        line = reader.readline()
        if found := DROPPED.fullmatch(line):
            dropped += int(found[1])
        else:
            written.append(line)
    assert dropped
    assert written[:500] == [f"line {number:05}\n" for number in range(500)]
    assert written == sorted(set(written))
    writer.write("it is read again\n")
    assert reader.readline() == "it is read again\n"


def test_close_does_not_wait_for_a_pipe_that_is_not_read(
    pipe: tuple[TextIO, TextIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pipe has room for one piece. The next one was begun before `close`, and is the last."""
    monkeypatch.setattr(standard_streams, "CLOSE_WITHIN", 0.01)
    reader, stream = pipe
    fcntl.fcntl(stream.fileno(), fcntl.F_SETPIPE_SZ, PIECE)
    others = set(threading.enumerate())
    writer = BackgroundWriter(stream)
    writer.write("x" * 1_000_000 + "\n")
    (thread,) = set(threading.enumerate()) - others
    assert select.select([reader], [], [], GUARD)[0]
    assert not writer.close()
    assert os.read(reader.fileno(), PIECE) == b"x" * PIECE
    thread.join(GUARD)
    assert not thread.is_alive()


def test_close_waits_for_a_reader_that_is_slow(
    pipe: tuple[TextIO, TextIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three pieces are read during each wait of `close`; when nothing is left, the thread ends."""
    reader, stream = pipe
    fcntl.fcntl(stream.fileno(), fcntl.F_SETPIPE_SZ, PIECE)
    writer = BackgroundWriter(stream)
    text = "x" * (9 * PIECE - 1) + "\n"
    writer.write(text)
    received = bytearray()
    wait = threading.Thread.join

    def join(thread: threading.Thread, timeout: float | None = None) -> None:
        if len(received) == len(text):
            wait(thread, GUARD)
        for _ in range(0 if len(received) == len(text) else 3):
            received.extend(os.read(reader.fileno(), PIECE))

    monkeypatch.setattr(threading.Thread, "join", join)
    assert writer.close()
    assert received.decode() == text


def test_what_is_written_after_close_is_written_at_once(pipe: tuple[TextIO, TextIO]) -> None:
    reader, stream = pipe
    writer = BackgroundWriter(stream)
    writer.close()
    writer.write("a last word\n")
    assert reader.readline() == "a last word\n"


def test_where_no_thread_can_be_started_it_warns_once_and_writes_at_once(
    pipe: tuple[TextIO, TextIO], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def start(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    monkeypatch.setattr(BackgroundWriter, "has_warned", False)
    reader, stream = pipe
    writer = BackgroundWriter(stream)
    for text in ("one\n", "two\n"):
        writer.write(text)
        assert reader.readline() == text
    assert len(caplog.messages) == 1
    assert "can't start new thread" in caplog.text
    assert writer.close()


def test_a_writer_without_text_has_no_thread(pipe: tuple[TextIO, TextIO]) -> None:
    before = set(threading.enumerate())
    assert BackgroundWriter(pipe[1]).close()
    assert set(threading.enumerate()) <= before


def test_text_is_discarded_when_the_reader_has_gone(pipe: tuple[TextIO, TextIO]) -> None:
    reader, stream = pipe
    reader.close()
    writer = BackgroundWriter(stream)
    for _ in range(3):
        writer.write("hello\n")
    assert writer.close()


def test_a_full_disk_stops_nothing_and_its_error_is_kept() -> None:
    failures: list[bool] = []
    with open("/dev/full", "w") as stream:
        writer = BackgroundWriter(stream)
        writer.on_error = lambda: failures.append(True)
        for _ in range(3):
            writer.write("hello\n")
        assert writer.close()
    assert writer.error is not None
    assert writer.error.errno == errno.ENOSPC
    assert failures


def test_what_a_full_disk_lost_is_counted_when_there_is_room_again(
    pipe: tuple[TextIO, TextIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standard_streams, "RETRY_AFTER", 0.01)
    reader, stream = pipe
    with open("/dev/full", "w", encoding="ascii") as file:
        writer = BackgroundWriter(file)
        writer.write("lost\nlost too\n")
        os.dup2(stream.fileno(), file.fileno())
        line = reader.readline()
        if line == "lost\n":  # there was room before the first attempt
            assert reader.readline() == "lost too\n"
        else:
            assert line == "\n"  # so that the notice does not follow half a line
            assert DROPPED.fullmatch(reader.readline())
        writer.close()
