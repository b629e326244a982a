"""The bytes that telnet, a byte order mark and a web browser add to typed lines."""

import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.testing import StringTransport
from servers.hosting.typed_lines import TelnetFilter, TypedLineReceiver
from tests.core.protocols.test_lines import cut

IAC, SB, SE = b"\xff", b"\xff\xfa", b"\xff\xf0"
WILL, WONT, DO, DONT = (bytes([code]) for code in (0xFB, 0xFC, 0xFD, 0xFE))
REFUSAL = {WILL: IAC + DONT, DO: IAC + WONT}
TIMING_MARK = b"\x06"


class Recorder(TypedLineReceiver):
    """Records its lines."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.pipe = StringTransport()
        self.make_connection(self.pipe)
        self.connection_made()

    def line_received(self, line: bytes) -> None:
        typed = self.first_line(line) if self.is_first_line else line
        if typed is not None:
            self.lines.append(typed)


def receive(*chunks: bytes) -> Recorder:
    """A recorder that received `chunks`."""
    recorder = Recorder()
    for chunk in chunks:
        recorder.data_received(chunk)
    return recorder


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r\0"])
def test_cr_nul_ends_a_line_as_crlf_does(end: bytes) -> None:
    assert receive(b"one" + end + b"two" + end).lines == [b"one", b"two"]


def test_a_nul_without_cr_belongs_to_the_line() -> None:
    assert receive(b"a\0b\r\n\0c\r\n").lines == [b"a\0b", b"\0c"]


def test_do_timing_mark_is_answered_and_ctrl_c_is_no_part_of_the_line() -> None:
    recorder = receive(b"hel" + IAC + b"\xf4" + IAC + DO + TIMING_MARK + b"lo\r\n")
    assert recorder.lines == [b"hello"]
    assert recorder.pipe.take() == b"\xff\xfc\x06"


def test_what_putty_sends_first_is_refused_and_is_no_part_of_the_name() -> None:
    naws, tspeed, ttype, environ, echo, sga = (bytes([code]) for code in (31, 32, 24, 39, 1, 3))
    opening = b"".join(
        IAC + verb + option
        for verb, option in (
            (WILL, naws),
            (WILL, tspeed),
            (WILL, ttype),
            (WILL, environ),
            (DO, echo),
            (WILL, sga),
            (DO, sga),
        )
    )
    recorder = receive(opening + b"ann\r\n")
    assert recorder.lines == [b"ann"]
    answers = recorder.pipe.take()
    assert answers[:12] == b"".join(IAC + DONT + option for option in (naws, tspeed, ttype, environ))
    assert answers[12:] == IAC + WONT + echo + IAC + DONT + sga + IAC + WONT + sga


def test_wont_and_dont_are_not_answered() -> None:
    assert receive(IAC + WONT + b"\x01" + IAC + DONT + b"\x03").pipe.take() == b""


def test_iac_twice_is_the_byte_255() -> None:
    assert receive(b"a" + IAC + IAC + b"b\n").lines == [b"a\xffb"]


@pytest.mark.parametrize("line", [b"\xff\xfe", b"\xff\xfd", b"\xff", b"caf\xff!", b"\xff\xe9"])
def test_bytes_of_another_encoding_that_are_no_command_stay_in_their_line(line: bytes) -> None:
    assert receive(line + b"\r\n").lines == [line]


def test_an_endless_subnegotiation_costs_no_memory_and_no_time() -> None:
    telnet = TelnetFilter(lambda data: None)
    assert telnet.feed(SB) == b""
    began = time.process_time()
    for _ in range(16):
        assert telnet.feed(b"x" * (1 << 16)) == b""
    for _ in range(1 << 16):
        telnet.feed(b"\xff")
    assert time.process_time() - began < 5
    assert len(telnet._held) <= 3
    assert telnet.feed(SE + b"typed") == b"typed"


def test_a_megabyte_of_commands_is_removed_in_linear_time() -> None:
    answers: list[bytes] = []
    telnet = TelnetFilter(answers.append)
    began = time.process_time()
    assert telnet.feed((IAC + DO + b"\x01") * (1 << 18)) == b""
    assert time.process_time() - began < 5
    assert answers == [(IAC + WONT + b"\x01") * (1 << 18)]


def test_a_subnegotiation_without_an_end_ends_at_the_next_command() -> None:
    recorder = receive(SB + b"\x18\x00xterm" + IAC + DO + TIMING_MARK + b"ann\r\n")
    assert recorder.lines == [b"ann"]
    assert recorder.pipe.take() == IAC + WONT + TIMING_MARK


# --- any split into chunks

OPTIONS = st.integers(0, 255).filter(lambda code: code not in b"\r\n").map(lambda code: bytes([code]))
INSIDE = st.lists(st.sampled_from([b"a", b"\r", b"\n", b"\0", IAC + IAC])).map(b"".join)
TYPED = st.sampled_from([b"a", b"bc", b"\r\n", b"\n", b"\r\0", b"\0", b"\r", b"\xc3\xa4"])


@st.composite
def sessions(draw: st.DrawFn) -> tuple[bytes, bytes, bytes]:
    """The bytes that telnet sends, those of them that were typed, and the expected answers."""
    sent, typed, answers = b"", b"", b""
    for kind in draw(st.lists(st.sampled_from(["typed", "option", "command", "sub", "255"]), max_size=30)):
        if kind == "typed":
            piece = draw(TYPED)
            sent, typed = sent + piece, typed + piece
        elif kind == "option":
            verb, option = draw(st.sampled_from([WILL, WONT, DO, DONT])), draw(OPTIONS)
            sent += IAC + verb + option
            answers += REFUSAL[verb] + option if verb in REFUSAL else b""
        elif kind == "command":
            sent += IAC + bytes([draw(st.integers(0xEC, 0xF9))])
        elif kind == "sub":
            sent += SB + draw(INSIDE) + SE
        else:
            sent, typed = sent + IAC + IAC, typed + IAC
    return sent, typed, answers


def as_lines(typed: bytes) -> list[bytes]:
    """The lines of the typed bytes: each ends with CR LF, CR NUL or LF."""
    return [line.removesuffix(b"\r") for line in re.sub(rb"\r\0", rb"\r\n", typed).split(b"\n")[:-1]]


@given(sessions(), st.lists(st.integers(1, 5), min_size=1))
def test_whatever_the_split_telnets_bytes_are_no_part_of_a_line(
    session: tuple[bytes, bytes, bytes], lengths: list[int]
) -> None:
    sent, typed, answers = session
    for chunks in ([sent], cut(sent, lengths), cut(sent, [1])):
        recorder = receive(*chunks)
        assert recorder.lines == as_lines(typed)
        assert recorder.pipe.take() == answers


@given(st.lists(st.sampled_from([b"\xff", b"\xfa", b"\xfd", b"\xf0", b"\x06", b"\r", b"\n", b"\0", b"a"])))
@example([b"\xff", b"\xfa", b"\xff", b"\xff", b"\xf0", b"a", b"\n"])
def test_whatever_the_split_any_bytes_make_the_same_lines_and_answers(pieces: list[bytes]) -> None:
    whole, split = receive(b"".join(pieces)), receive(*pieces)
    assert split.lines == whole.lines
    assert split.pipe.take() == whole.pipe.take()


# --- the first line


@pytest.mark.parametrize("size", [1, 2, 100])
def test_a_byte_order_mark_is_removed_from_the_first_line_only(size: int) -> None:
    text = "\N{BYTE ORDER MARK}one\n\N{BYTE ORDER MARK}two\n".encode()
    assert receive(*cut(text, [size])).lines == [b"one", b"\xef\xbb\xbftwo"]


@pytest.mark.parametrize(
    "request_line", [b"GET / HTTP/1.1", b"POST /chat HTTP/1.0", b"OPTIONS * HTTP/1.1", b"PRI * HTTP/2.0"]
)
def test_a_first_line_that_is_an_http_request_closes_the_connection(request_line: bytes) -> None:
    recorder = receive(request_line + b"\r\nHost: 127.0.0.1\r\n\r\nmallory\r\n")
    assert recorder.pipe.take() == b"This is not a web server. Good-bye.\r\n"
    assert recorder.pipe.disconnecting
    assert recorder.lines == []


@pytest.mark.parametrize("line", [b"GET / HTTP", b"get / HTTP/1.1", b"I GET / HTTP/1.1", b"GET HTTP/1.1"])
def test_other_lines_are_no_http_request(line: bytes) -> None:
    assert not receive(line + b"\r\n").pipe.disconnecting


def test_an_http_request_later_is_a_line_like_any_other() -> None:
    assert not receive(b"ann\r\nGET / HTTP/1.1\r\n").pipe.disconnecting
