"""The two interactive clients: echo and insult."""

from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.runner import Program
from clients.talk import Talk, TalkFactory, TypedInput, VisibleText
from core.endpoints import TCPEndpoint
from core.errors import ConnectionDone, ConnectionLost
from core.interfaces import PushProducer
from core.reactor import Reactor
from core.testing import StringTransport
from tests.clients.running import client, terminal
from tests.program import python
from tests.running import Server, serving


class KeylessFactory(TalkFactory):
    """Uses a StringTransport of the test instead of the keyboard."""

    def __init__(self, reactor: Reactor) -> None:
        program = Program(reactor, "echo", TCPEndpoint("127.0.0.1", 8001))
        super().__init__(program, sends_quit=True)
        self.typing = StringTransport()

    def open_keyboard(self, talk: Talk) -> PushProducer:
        self.keyboard = TypedInput(talk, self.sends_quit)
        self.keyboard.make_connection(self.typing)
        return self.typing


@pytest.fixture
def factory() -> Iterator[KeylessFactory]:
    reactor = Reactor()
    yield KeylessFactory(reactor)
    reactor.close()


@pytest.fixture
def transport(factory: KeylessFactory) -> StringTransport:
    """The transport to the server, after `factory` has connected."""
    transport = StringTransport()
    protocol = factory.build_protocol(transport.peer)
    assert protocol is not None
    protocol.make_connection(transport)
    return transport


@pytest.mark.parametrize("name", ["echo", "insult"])
def test_typed_lines_are_sent_and_answers_appear_at_once(suite: Server, name: str) -> None:
    with python("-m", f"clients.{name}", "--connect", suite.endpoints[name][0]) as program:
        program.until("Welcome")
        for _ in range(3):
            program.type("printers\n")
            program.until("printers" if name == "echo" else "deadline")
        program.end_input()
        assert program.wait() == 0


def test_at_the_end_of_input_the_client_waits_until_every_byte_has_come_back(suite: Server) -> None:
    data = b"".join(b"%d\n" % number for number in range(300_000)) + b"no end of line"
    result = client("echo", "--connect", suite.endpoints["echo"][0], said=data)
    assert result.returncode == 0
    assert result.stdout.partition(b"\n")[2] == data


def test_the_echo_client_works_without_a_greeting() -> None:
    with serving("servers.echo", "--port", "0", "--no-greeting") as server:
        result = client("echo", "--connect", server.endpoints["echo"][0], said=b"hello")
    assert (result.returncode, result.stdout) == (0, b"hello")


def test_the_last_topic_needs_no_end_of_line(suite: Server) -> None:
    result = client("insult", "--connect", suite.endpoints["insult"][0], said=b"nonsense")
    assert result.stdout.decode().splitlines()[-1] == "I've got nothing."
    assert result.returncode == 0


def test_quit_ends_the_echo_client_and_is_not_sent(suite: Server) -> None:
    with python("-m", "clients.echo", "--connect", suite.endpoints["echo"][0]) as program:
        program.type("hello\nquit\nmore\n")
        assert program.rest().splitlines()[1:] == ["hello"]
        assert program.wait() == 0


def test_quit_is_sent_to_the_insult_server(suite: Server) -> None:
    with python("-m", "clients.insult", "--connect", suite.endpoints["insult"][0]) as program:
        program.type(" Quit \nprinters\n")
        assert program.rest().splitlines()[-1] == "Goodbye, loser."
        assert program.wait() == 0


def test_the_end_of_input_in_a_terminal_exits_0(suite: Server) -> None:
    with terminal("echo", "--connect", suite.endpoints["echo"][0]) as seen:
        seen.until_line("Welcome")
        seen.keys("hello\n")
        seen.until(lambda: seen.lines.count("hello") == 2)
        seen.keys("\x04")
        assert seen.wait() == 0


def test_ctrl_c_in_a_terminal_exits_0(suite: Server) -> None:
    with terminal("insult", "--connect", suite.endpoints["insult"][0]) as seen:
        seen.until_line("Welcome")
        seen.keys("\x03")
        assert seen.wait() == 0
        assert "Traceback" not in seen.raw


@given(data=st.binary(max_size=60), cuts=st.lists(st.integers(0, 60), max_size=5))
def test_the_output_does_not_depend_on_how_the_data_is_cut(data: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(data)]
    show = VisibleText()
    pieces = [show.feed(data[start:end]) for start, end in pairwise(edges)]
    assert "".join(pieces) + show.feed(b"", final=True) == VisibleText().feed(data, final=True)


@pytest.mark.parametrize(
    "pieces", [[b"a\nquit\nb"], [b"a\nqu", b"it\nb"], [b"a\n", b" QUIT", b"\t\r", b"\n"]]
)
def test_quit_is_recognized_in_any_pieces(
    factory: KeylessFactory, transport: StringTransport, pieces: list[bytes]
) -> None:
    for piece in pieces:
        factory.keyboard.data_received(piece)
    assert factory.typing.disconnecting
    assert transport.take().lower().replace(b"\t", b"").replace(b" ", b"") == b"a\r\nquit\r\n"


def test_a_line_that_only_contains_quit_does_not_quit(
    factory: KeylessFactory, transport: StringTransport
) -> None:
    factory.keyboard.data_received(b"quit it\nI quit\nquitquit\n" + b"x" * 100)
    factory.keyboard.data_received(b"quit\n")
    assert not factory.typing.disconnecting
    assert transport.take().endswith(b"x" * 100 + b"quit\r\n")


@given(data=st.text("a\r\n", max_size=20).map(str.encode), cuts=st.lists(st.integers(0, 20), max_size=4))
def test_a_line_server_gets_each_line_with_crlf_in_any_pieces(data: bytes, cuts: list[int]) -> None:
    with closing(Reactor()) as reactor:
        factory, transport = KeylessFactory(reactor), StringTransport()
        talk = factory.build_protocol(transport.peer)
        assert talk is not None
        talk.make_connection(transport)
        for start, end in pairwise([0, *sorted(cuts), len(data)]):
            factory.keyboard.data_received(data[start:end])
        factory.keyboard.connection_lost(ConnectionDone())
    ended = data if data.endswith(b"\n") else data + b"\n" * bool(data)
    assert transport.take() == ended.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def test_a_server_that_does_not_read_pauses_the_keyboard(
    factory: KeylessFactory, transport: StringTransport
) -> None:
    assert transport.producer is not None
    transport.producer.pause_producing()
    assert factory.typing.paused
    transport.producer.resume_producing()
    assert not factory.typing.paused


@pytest.mark.parametrize(
    ("input_ended", "reason", "is_expected"),
    [(True, ConnectionDone(), True), (True, ConnectionLost(), False), (False, ConnectionDone(), False)],
)
def test_the_end_of_the_connection_is_an_error_unless_the_input_has_ended_and_it_is_clean(
    factory: KeylessFactory,
    transport: StringTransport,
    input_ended: bool,
    reason: Exception,
    is_expected: bool,
) -> None:
    protocol = transport.producer
    assert isinstance(protocol, Talk)
    if input_ended:
        factory.keyboard.connection_lost(ConnectionDone())
    protocol.connection_lost(reason)
    assert factory.program.ending
    assert (factory.program.failure == "") is is_expected
