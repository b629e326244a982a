"""However the network cuts the bytes, the lines are the same."""

import re
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.protocols.lines import LineReceiver
from core.testing import StringTransport

RAW = re.compile(rb"raw \d+")
"""A line that makes so many bytes after it raw ones."""


class Recorder(LineReceiver):
    """Notes what it gets. A line may be an order, so that a test says in its bytes what is to happen."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.raw = bytearray()
        self.too_long: list[bytes] = []
        self.raw_wanted = 0
        self.pipe = StringTransport()
        self.orders: dict[bytes, Callable[[], object]] = {}
        self.make_connection(self.pipe)

    def line_received(self, line: bytes) -> None:
        self.lines.append(line)
        if RAW.fullmatch(line):
            self.raw_wanted = int(line[4:])
            self.set_raw_mode()
        elif line in self.orders:
            self.orders[line]()

    def raw_data_received(self, data: bytes) -> None:
        """Take as much as the last order said, and give the rest back."""
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
    """What comes of `pieces`; who pauses is resumed after each of them."""
    recorder = Recorder()
    recorder.delimiter, recorder.MAX_LENGTH = delimiter, longest
    recorder.orders[b"pause"] = recorder.pause_producing
    for piece in pieces:
        recorder.data_received(piece)
        while recorder.pipe.paused:
            recorder.resume_producing()
    return recorder


def test_a_chunk_may_hold_many_lines() -> None:
    assert receive([b"one\r\ntwo\r\n\r\nfour\r\n"]).lines == [b"one", b"two", b"", b"four"]


def test_a_line_may_come_in_many_chunks() -> None:
    assert receive([b"o", b"n", b"e", b"\r\n"]).lines == [b"one"]


def test_what_is_no_whole_line_yet_waits() -> None:
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
def test_any_delimiter_will_do(delimiter: bytes) -> None:
    data = b"one" + delimiter + b"t\rw\r\no" + delimiter
    expected = data.split(delimiter)[:-1]
    assert receive([data], delimiter).lines == expected
    assert receive([data[n : n + 1] for n in range(len(data))], delimiter).lines == expected


def test_a_delimiter_of_ones_own_makes_a_line_feed_a_letter() -> None:
    assert receive([b"one\r\nstill;two;"], b";").lines == [b"one\r\nstill", b"two"]


def test_a_line_is_sent_with_its_delimiter_in_one_write() -> None:
    recorder = Recorder()
    recorder.send_line(b"hello")
    recorder.delimiter = b"\0"
    recorder.send_line(b"you")
    assert recorder.pipe.take() == b"hello\r\nyou\0"


# --- whatever the split


def model(data: bytes, delimiter: bytes, longest: int) -> tuple[list[bytes], bytes, bool]:
    """What to expect of `data` in one piece: the lines, the raw bytes, and whether a line was too long."""
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
    """Were every byte to cost a look at all the bytes before it, this would take hours."""
    length = 1 << 20
    recorder = receive([b"x"] * length + [b"\r", b"\n"], longest=length)
    assert [len(line) for line in recorder.lines] == [length]


# --- lines that are too long


def test_a_text_instead_of_a_line_of_bytes_is_a_type_error_that_tells_the_remedy() -> None:
    recorder = Recorder()
    with pytest.raises(TypeError, match="encode it first"):
        recorder.send_line("text")  # type: ignore[arg-type]  # that is the point
    recorder.send_line(memoryview(b"bytes"))  # type: ignore[arg-type]  # but it is bytes
    assert recorder.pipe.take() == b"bytes\r\n"


@pytest.mark.parametrize("delimiter", [b"\r\n", b";", b"<end>"])
@pytest.mark.parametrize("size", [1, 100])
def test_a_line_of_exactly_the_greatest_length_is_taken(delimiter: bytes, size: int) -> None:
    recorder = receive(cut(b"x" * 10 + delimiter + b"y" + delimiter, [size]), delimiter, 10)
    assert recorder.lines == [b"x" * 10, b"y"]


@pytest.mark.parametrize("size", [1, 5, 100])
def test_a_line_that_is_too_long_ends_the_connection(size: int) -> None:
    recorder = receive(cut(b"fine\r\n" + b"x" * 11 + b"\r\nlost\r\n", [size]), longest=10)
    assert recorder.lines == [b"fine"]
    assert len(recorder.too_long) == 1
    assert recorder.pipe.disconnecting


@pytest.mark.parametrize("size", [1, 5, 100])
def test_a_line_is_too_long_before_it_has_ended(size: int) -> None:
    recorder = receive(cut(b"fine\r\n" + b"x" * 50, [size]), longest=10)
    assert recorder.lines == [b"fine"]
    assert recorder.too_long[0].startswith(b"x" * 11)
    assert recorder.pipe.disconnecting


def test_nothing_is_kept_of_what_comes_after_the_end() -> None:
    recorder = receive([b"x" * 50] * 1000, longest=10)
    assert len(recorder.too_long) == 1
    assert len(recorder._rest) == 0


class Forgiving(Recorder):
    """Does not end the connection over a line."""

    def line_length_exceeded(self, line: bytes) -> None:
        self.too_long.append(line)


def test_who_does_not_end_the_connection_gets_what_comes_in_the_next_chunk() -> None:
    recorder = Forgiving()
    recorder.MAX_LENGTH = 10
    recorder.data_received(b"x" * 50 + b"\r\ndropped with it\r\n")
    recorder.data_received(b"next\r\n")
    assert recorder.lines == [b"next"]
    assert len(recorder.too_long) == 1


# --- raw mode


def test_raw_bytes_begin_right_after_the_line_that_asked_for_them() -> None:
    recorder = receive([b"raw 5\r\na\r\nb\nline\r\n"])
    assert recorder.raw == b"a\r\nb\n"
    assert recorder.lines == [b"raw 5", b"line"]


def test_a_line_may_be_longer_than_allowed_in_raw_mode() -> None:
    recorder = receive([b"raw 99\r\n" + b"x" * 99 + b"line\r\n"], longest=10)
    assert recorder.raw == b"x" * 99
    assert recorder.lines == [b"raw 99", b"line"]


@pytest.mark.parametrize("size", [1, 1 << 20])
def test_a_thousand_switches_between_lines_and_raw_do_not_recurse(size: int) -> None:
    recorder = receive(cut(b"raw 3\r\na\r\n" * 2000, [size]))
    assert recorder.lines == [b"raw 3"] * 2000
    assert recorder.raw == b"a\r\n" * 2000


def test_line_mode_may_be_set_again_from_outside_with_what_was_too_much() -> None:
    recorder = receive([b"raw 99\r\nabc"])
    recorder.set_line_mode(b"one\r\ntw")
    recorder.data_received(b"o\r\n")
    assert recorder.lines == [b"raw 99", b"one", b"two"]


# --- pausing


def paused_at(order: bytes) -> Recorder:
    """It pauses at the line `order`."""
    recorder = Recorder()
    recorder.orders[order] = recorder.pause_producing
    return recorder


def test_pausing_within_a_chunk_keeps_the_rest() -> None:
    recorder = paused_at(b"wait")
    recorder.data_received(b"one\r\nwait\r\ntwo\r\nthr")
    assert (recorder.lines, recorder.pipe.paused) == ([b"one", b"wait"], True)
    recorder.resume_producing()
    assert (recorder.lines, recorder.pipe.paused) == ([b"one", b"wait", b"two"], False)
    recorder.data_received(b"ee\r\n")
    assert recorder.lines == [b"one", b"wait", b"two", b"three"]


def test_what_comes_while_paused_is_kept_behind_what_came_before() -> None:
    recorder = paused_at(b"wait")
    recorder.data_received(b"wait\r\none\r\n")
    recorder.data_received(b"two\r\n")
    assert recorder.lines == [b"wait"]
    recorder.resume_producing()
    assert recorder.lines == [b"wait", b"one", b"two"]


def test_each_line_of_a_chunk_may_pause() -> None:
    recorder = paused_at(b"wait")
    recorder.data_received(b"wait\r\n" * 5)
    for resumed in range(1, 5):
        assert len(recorder.lines) == resumed
        recorder.resume_producing()
    assert len(recorder.lines) == 5


def test_resuming_inside_of_the_handler_goes_on_and_turns_no_line_round() -> None:
    recorder = Recorder()

    def pause_and_resume() -> None:
        recorder.pause_producing()
        recorder.resume_producing()

    recorder.orders[b"blink"] = pause_and_resume
    recorder.data_received(b"blink\r\none\r\nblink\r\ntwo\r\n")
    assert recorder.lines == [b"blink", b"one", b"blink", b"two"]


def test_raw_data_waits_as_well() -> None:
    recorder = Recorder()
    recorder.raw_wanted = 3

    def wait() -> None:
        recorder.pause_producing()
        recorder.set_raw_mode()

    recorder.orders[b"wait"] = wait
    recorder.data_received(b"wait\r\nabcline\r\n")
    assert recorder.raw == b""
    recorder.resume_producing()
    assert recorder.raw == b"abc"
    assert recorder.lines == [b"wait", b"line"]


@pytest.mark.parametrize("way", ["resumed", "set to line mode"])
def test_a_handler_that_fails_when_it_is_called_from_outside_ends_its_own_connection(
    way: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever called it, a timer or another connection, can do nothing about it."""
    recorder = paused_at(b"wait")
    recorder.orders[b"fail"] = lambda: 1 // 0
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
    recorder.orders[b"quit"] = recorder.pipe.lose_connection
    recorder.data_received(b"one\r\nquit\r\ntwo\r\n")
    recorder.data_received(b"three\r\n")
    assert recorder.lines == [b"one", b"quit"]


def test_raw_data_after_lose_connection_is_not_delivered() -> None:
    recorder = Recorder()

    def leave() -> None:
        recorder.set_raw_mode()
        recorder.pipe.lose_connection()

    recorder.orders[b"quit"] = leave
    recorder.data_received(b"quit\r\nabc")
    assert recorder.raw == b""


def test_resuming_after_lose_connection_delivers_nothing() -> None:
    recorder = paused_at(b"wait")
    recorder.data_received(b"wait\r\none\r\n")
    recorder.pipe.lose_connection()
    recorder.resume_producing()
    assert recorder.lines == [b"wait"]
