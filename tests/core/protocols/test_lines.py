"""LineReceiver: the lines are the same, however the network cuts the bytes."""

import re
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.protocols.lines import LineReceiver
from core.testing import StringTransport

RAW = re.compile(rb"raw \d+")
"""A line after which that many bytes are raw."""


class Recorder(LineReceiver):
    """Records its input. A line can be a command, so the bytes of a test decide what the handler does."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.raw = bytearray()
        self.too_long: list[bytes] = []
        self.raw_wanted = 0
        self.pipe = StringTransport()
        self.commands: dict[bytes, Callable[[], object]] = {}
        self.make_connection(self.pipe)

    def line_received(self, line: bytes) -> None:
        self.lines.append(line)
        if RAW.fullmatch(line):
            self.raw_wanted = int(line[4:])
            self.set_raw_mode()
        elif line in self.commands:
            self.commands[line]()

    def raw_data_received(self, data: bytes) -> None:
        """Take the number of bytes that the last command named, and give the rest back."""
        assert data
        self.raw += data[: self.raw_wanted]
        extra = data[self.raw_wanted :]
        self.raw_wanted -= min(self.raw_wanted, len(data))
        if not self.raw_wanted:
            self.set_line_mode(extra)

    def line_length_exceeded(self, line: bytes) -> None:
        self.too_long.append(line)
        super().line_length_exceeded(line)


def receive(pieces: Iterable[bytes], delimiter: bytes = b"\r\n", longest: int = 16384) -> Recorder:
    """A recorder that received `pieces`. If a piece pauses it, it is resumed before the next one."""
    recorder = Recorder()
    recorder.delimiter, recorder.MAX_LENGTH = delimiter, longest
    recorder.commands[b"pause"] = recorder.pause_producing
    for piece in pieces:
        recorder.data_received(piece)
        while recorder.pipe.paused:
            recorder.resume_producing()
    return recorder


def test_a_chunk_may_hold_many_lines() -> None:
    assert receive([b"one\r\ntwo\r\n\r\nfour\r\n"]).lines == [b"one", b"two", b"", b"four"]


def test_a_line_may_come_in_many_chunks() -> None:
    assert receive([b"o", b"n", b"e", b"\r\n"]).lines == [b"one"]


def test_an_unfinished_line_waits() -> None:
    recorder = receive([b"one\r\ntw"])
    assert recorder.lines == [b"one"]
    recorder.data_received(b"o\r\n")
    assert recorder.lines == [b"one", b"two"]


def test_a_delimiter_in_two_chunks_is_one() -> None:
    assert receive([b"one\r", b"\ntwo\r", b"\n"]).lines == [b"one", b"two"]


def test_a_lone_line_feed_ends_a_line_as_well() -> None:
    assert receive([b"one\ntwo\r\nthree\n"]).lines == [b"one", b"two", b"three"]


def test_a_lone_carriage_return_belongs_to_the_line() -> None:
    assert receive([b"one\rtwo\r\r\n"]).lines == [b"one\rtwo\r"]


@pytest.mark.parametrize("delimiter", [b"\0", b"\n", b"--", b"\n\n", b"<end>"])
def test_any_delimiter_works(delimiter: bytes) -> None:
    data = b"one" + delimiter + b"t\rw\r\no" + delimiter
    expected = data.split(delimiter)[:-1]
    assert receive([data], delimiter).lines == expected
    assert receive([data[n : n + 1] for n in range(len(data))], delimiter).lines == expected


def test_with_another_delimiter_a_line_feed_is_part_of_the_line() -> None:
    assert receive([b"one\r\nstill;two;"], b";").lines == [b"one\r\nstill", b"two"]


def test_a_line_is_sent_with_its_delimiter_in_one_write() -> None:
    recorder = Recorder()
    recorder.send_line(b"hello")
    recorder.delimiter = b"\0"
    recorder.send_line(b"you")
    assert recorder.pipe.take() == b"hello\r\nyou\0"


# --- any split into chunks


def model(data: bytes, delimiter: bytes, longest: int) -> tuple[list[bytes], bytes, bool]:
    """The expected lines and raw bytes of `data`, and whether a line was too long."""
    lines: list[bytes] = []
    raw = b""
    separator = b"\n" if delimiter == b"\r\n" else delimiter
    while separator in data:
        line, _, data = data.partition(separator)
        if delimiter == b"\r\n":
            line = line.removesuffix(b"\r")
        if len(line) > longest:
            return lines, raw, True
        lines.append(line)
        if RAW.fullmatch(line):
            wanted = int(line[4:])
            raw, data = raw + data[:wanted], data[wanted:]
            if len(raw) < wanted:
                return lines, raw, False
    return lines, raw, len(data) >= longest + len(delimiter)


PIECES = st.sampled_from(
    [b"a", b"b" * 7, b"c" * 8, b"d" * 9, b"\r", b"\n", b"\r\n", b"--", b"-", b"pause", b"raw 3", b"\xff\0"]
)
DATA = st.lists(PIECES, max_size=60).map(b"".join)
CUTS = st.lists(st.integers(1, 12), min_size=1)


def cut(data: bytes, lengths: list[int]) -> list[bytes]:
    """`data` in pieces of these lengths, over and over."""
    pieces = []
    while data:
        for length in lengths:
            pieces.append(data[:length])
            data = data[length:]
    return [piece for piece in pieces if piece]


@given(DATA, CUTS, st.sampled_from([b"\r\n", b"\n", b"--", b"-"]), st.sampled_from([8, 1000]))
def test_whatever_the_split_the_lines_are_the_same(
    data: bytes, lengths: list[int], delimiter: bytes, longest: int
) -> None:
    lines, raw, too_long = model(data, delimiter, longest)
    for pieces in ([data], cut(data, lengths), cut(data, [1])):
        recorder = receive(pieces, delimiter, longest)
        assert recorder.lines == lines
        assert recorder.raw[: len(raw)] == raw
        assert bool(recorder.too_long) == recorder.pipe.disconnecting == too_long


def test_a_megabyte_that_comes_byte_by_byte_is_one_line() -> None:
    """If each byte cost a search through all bytes before it, this would take hours."""
    length = 1 << 20
    recorder = receive([b"x"] * length + [b"\r", b"\n"], longest=length)
    assert [len(line) for line in recorder.lines] == [length]


# --- lines that are too long


def test_send_line_of_a_text_raises_a_type_error_with_the_remedy() -> None:
    recorder = Recorder()
    with pytest.raises(TypeError, match="Encode text"):
        recorder.send_line("text")  # type: ignore[arg-type]  # that is the point
    recorder.send_line(memoryview(b"bytes"))  # type: ignore[arg-type]  # but it is bytes
    assert recorder.pipe.take() == b"bytes\r\n"


@pytest.mark.parametrize("delimiter", [b"\r\n", b";", b"<end>"])
@pytest.mark.parametrize("size", [1, 100])
def test_a_line_of_exactly_the_greatest_length_is_delivered(delimiter: bytes, size: int) -> None:
    recorder = receive(cut(b"x" * 10 + delimiter + b"y" + delimiter, [size]), delimiter, 10)
    assert recorder.lines == [b"x" * 10, b"y"]


@pytest.mark.parametrize("size", [1, 5, 100])
def test_a_line_that_is_too_long_ends_the_connection(size: int) -> None:
    recorder = receive(cut(b"fine\r\n" + b"x" * 11 + b"\r\nlost\r\n", [size]), longest=10)
    assert recorder.lines == [b"fine"]
    assert len(recorder.too_long) == 1
    assert recorder.pipe.disconnecting


@pytest.mark.parametrize("size", [1, 5, 100])
def test_an_unfinished_line_can_be_too_long(size: int) -> None:
    recorder = receive(cut(b"fine\r\n" + b"x" * 50, [size]), longest=10)
    assert recorder.lines == [b"fine"]
    assert recorder.too_long[0].startswith(b"x" * 11)
    assert recorder.pipe.disconnecting


def test_input_after_the_close_is_not_buffered() -> None:
    recorder = receive([b"x" * 50] * 1000, longest=10)
    assert len(recorder.too_long) == 1
    assert len(recorder._buffer) == 0


class Forgiving(Recorder):
    """Does not close the connection when a line is too long."""

    def line_length_exceeded(self, line: bytes) -> None:
        self.too_long.append(line)


def test_if_the_connection_stays_open_the_next_chunk_is_delivered() -> None:
    recorder = Forgiving()
    recorder.MAX_LENGTH = 10
    recorder.data_received(b"x" * 50 + b"\r\ndropped with it\r\n")
    recorder.data_received(b"next\r\n")
    assert recorder.lines == [b"next"]
    assert len(recorder.too_long) == 1


# --- raw mode


def test_raw_bytes_begin_right_after_the_line_that_set_raw_mode() -> None:
    recorder = receive([b"raw 5\r\na\r\nb\nline\r\n"])
    assert recorder.raw == b"a\r\nb\n"
    assert recorder.lines == [b"raw 5", b"line"]


def test_raw_data_may_be_longer_than_a_line() -> None:
    recorder = receive([b"raw 99\r\n" + b"x" * 99 + b"line\r\n"], longest=10)
    assert recorder.raw == b"x" * 99
    assert recorder.lines == [b"raw 99", b"line"]


@pytest.mark.parametrize("size", [1, 1 << 20])
def test_a_thousand_switches_between_lines_and_raw_do_not_recurse(size: int) -> None:
    recorder = receive(cut(b"raw 3\r\na\r\n" * 2000, [size]))
    assert recorder.lines == [b"raw 3"] * 2000
    assert recorder.raw == b"a\r\n" * 2000


def test_set_line_mode_called_from_outside_delivers_the_extra_bytes() -> None:
    recorder = receive([b"raw 99\r\nabc"])
    recorder.set_line_mode(b"one\r\ntw")
    recorder.data_received(b"o\r\n")
    assert recorder.lines == [b"raw 99", b"one", b"two"]


def test_extra_bytes_from_a_line_handler_are_delivered_after_the_chunk() -> None:
    recorder = Recorder()
    recorder.commands[b"extra"] = lambda: recorder.set_line_mode(b"four\r\nfi")
    recorder.data_received(b"extra\r\ntwo\r\nthree\r\n")
    recorder.data_received(b"ve\r\n")
    assert recorder.lines == [b"extra", b"two", b"three", b"four", b"five"]


# --- pausing


def paused_at(line: bytes) -> Recorder:
    """A recorder that pauses at `line`."""
    recorder = Recorder()
    recorder.commands[line] = recorder.pause_producing
    return recorder


def test_pausing_within_a_chunk_keeps_the_rest() -> None:
    recorder = paused_at(b"wait")
    recorder.data_received(b"one\r\nwait\r\ntwo\r\nthr")
    assert (recorder.lines, recorder.pipe.paused) == ([b"one", b"wait"], True)
    recorder.resume_producing()
    assert (recorder.lines, recorder.pipe.paused) == ([b"one", b"wait", b"two"], False)
    recorder.data_received(b"ee\r\n")
    assert recorder.lines == [b"one", b"wait", b"two", b"three"]


def test_input_that_arrives_while_paused_is_delivered_in_order() -> None:
    recorder = paused_at(b"wait")
    recorder.data_received(b"wait\r\none\r\n")
    recorder.data_received(b"two\r\n")
    assert recorder.lines == [b"wait"]
    recorder.resume_producing()
    assert recorder.lines == [b"wait", b"one", b"two"]


def test_paused_is_true_between_pause_and_resume_in_either_mode() -> None:
    recorder = Recorder()
    for set_mode in (recorder.set_line_mode, recorder.set_raw_mode):
        recorder.pause_producing()
        set_mode()
        assert recorder.paused
        recorder.resume_producing()
        assert not recorder.paused


def test_each_line_of_a_chunk_may_pause() -> None:
    recorder = paused_at(b"wait")
    recorder.data_received(b"wait\r\n" * 5)
    for resumed in range(1, 5):
        assert len(recorder.lines) == resumed
        recorder.resume_producing()
    assert len(recorder.lines) == 5


def test_resuming_inside_the_handler_continues_in_order() -> None:
    recorder = Recorder()

    def pause_and_resume() -> None:
        recorder.pause_producing()
        recorder.resume_producing()

    recorder.commands[b"blink"] = pause_and_resume
    recorder.data_received(b"blink\r\none\r\nblink\r\ntwo\r\n")
    assert recorder.lines == [b"blink", b"one", b"blink", b"two"]


def test_raw_data_waits_as_well() -> None:
    recorder = Recorder()
    recorder.raw_wanted = 3

    def wait() -> None:
        recorder.pause_producing()
        recorder.set_raw_mode()

    recorder.commands[b"wait"] = wait
    recorder.data_received(b"wait\r\nabcline\r\n")
    assert recorder.raw == b""
    recorder.resume_producing()
    assert recorder.raw == b"abc"
    assert recorder.lines == [b"wait", b"line"]


@pytest.mark.parametrize("way", ["resumed", "set to line mode"])
def test_a_handler_that_fails_when_it_is_called_from_outside_ends_its_own_connection(
    way: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Its caller, a timer or another connection, could not handle the error."""
    recorder = paused_at(b"wait")
    recorder.commands[b"fail"] = lambda: 1 // 0
    if way == "resumed":
        recorder.data_received(b"wait\r\nfail\r\none\r\n")
        recorder.resume_producing()
    else:
        recorder.data_received(b"raw 99\r\nabc")
        recorder.set_line_mode(b"fail\r\none\r\n")
    assert recorder.pipe.aborted
    assert len(caplog.records) == 1
    assert "ZeroDivisionError" in caplog.text


# --- the end


def test_lines_after_lose_connection_are_not_delivered() -> None:
    recorder = Recorder()
    recorder.commands[b"quit"] = recorder.pipe.lose_connection
    recorder.data_received(b"one\r\nquit\r\ntwo\r\n")
    recorder.data_received(b"three\r\n")
    assert recorder.lines == [b"one", b"quit"]


def test_raw_data_after_lose_connection_is_not_delivered() -> None:
    recorder = Recorder()

    def leave() -> None:
        recorder.set_raw_mode()
        recorder.pipe.lose_connection()

    recorder.commands[b"quit"] = leave
    recorder.data_received(b"quit\r\nabc")
    assert recorder.raw == b""


def test_resuming_after_lose_connection_delivers_nothing() -> None:
    recorder = paused_at(b"wait")
    recorder.data_received(b"wait\r\none\r\n")
    recorder.pipe.lose_connection()
    recorder.resume_producing()
    assert recorder.lines == [b"wait"]


def test_lines_that_a_pause_holds_back_can_be_popped_once() -> None:
    recorder = Recorder()
    recorder.commands[b"pause"] = recorder.pause_producing
    recorder.data_received(b"one\r\npause\r\ntwo\r\nthree\r\nunfin")
    assert recorder.lines == [b"one", b"pause"]
    assert recorder.pop_lines() == [b"two", b"three"]
    assert recorder.pop_lines() == []


def test_discarded_input_is_not_delivered_and_later_input_is() -> None:
    recorder = Recorder()
    recorder.commands[b"discard"] = recorder.discard_input
    recorder.data_received(b"one\r\ndiscard\r\ntwo\r\nthr")
    recorder.discard_input()  # as TLS does when its handshake is complete
    recorder.data_received(b"ee\r\n")
    assert recorder.lines == [b"one", b"discard", b"ee"]


def test_input_that_a_pause_holds_back_is_discarded_too() -> None:
    recorder = Recorder()
    recorder.data_received(b"on")
    recorder.pause_producing()
    recorder.data_received(b"e\r\ntwo\r\n")
    recorder.discard_input()
    recorder.resume_producing()
    recorder.data_received(b"three\r\n")
    assert recorder.lines == [b"three"]
