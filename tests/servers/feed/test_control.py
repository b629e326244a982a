"""Whoever watches may ask for anything; what is asked wrongly is answered, and the feed goes on."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.formats.feed import Delta, Hello, Message, Reply, SessionEvent, Snapshot, Wire, decode
from core.protocols.protocol import Factory, Protocol
from core.protocols.sessions import SessionRegistry
from core.reactor import Reactor
from core.testing import CLIENT, StringTransport
from core.transports.stream import StreamTransport
from servers.echo import EchoFactory
from servers.feed.control import KICK_WITHIN, ControlFactory, ControlProtocol
from tests.conftest import turn_until
from tests.core.helpers import Far, pair

TICK = 0.25
SUBSCRIBE = {"do": "subscribe", "id": 1, "v": 1, "interval": TICK}


class SteppedReactor(Reactor):
    """A real one, whose time passes when it is told to."""

    now = 0.0

    def seconds(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        """Let time pass, and take a turn without waiting for anything."""
        self.now += seconds
        self.call_soon(int)
        self.turn()


@dataclass
class FeedServer:
    """An echo server with its control feed, and what was announced to whom."""

    reactor: SteppedReactor = field(default_factory=SteppedReactor)
    sessions: SessionRegistry = field(default_factory=SessionRegistry)
    announced: list[str] = field(default_factory=list)
    token: str = ""
    has_chat: bool = True

    def __post_init__(self) -> None:
        announcers = {"chat": self.announced.append} if self.has_chat else {}
        services = {"echo": ["tcp:127.0.0.1:8001"]}
        self.control = ControlFactory(self.reactor, self.sessions, services, announcers, self.token)

    def visitor(self, factory: Factory | None = None, reads: bool = True) -> tuple[StreamTransport, Far]:
        """A session over a real connection: this end, and the visitor's."""
        factory = factory or EchoFactory(greets=False)
        factory.service, factory.sessions = "echo", self.sessions
        return pair(self.reactor, Protocol(), reads, factory)

    def turn_until(self, condition: object) -> None:
        """Turn until `condition()` holds."""
        assert callable(condition)
        self.reactor.call_soon(int)
        turn_until(self.reactor, condition)

    def close(self) -> None:
        self.reactor.clear()
        self.reactor.close()


class Watcher:
    """A client of the feed, without a socket."""

    def __init__(self, server: FeedServer, subscribes: bool = True) -> None:
        self.server = server
        self.transport = StringTransport()
        protocol = server.control.build_protocol(CLIENT)
        assert isinstance(protocol, ControlProtocol)
        self.protocol = protocol
        protocol.make_connection(self.transport)
        if subscribes:
            self.ask(**SUBSCRIBE)
            self.read()
            self.finish_snapshot()

    def finish_snapshot(self) -> None:
        """Take what there is of the snapshot."""
        while self.transport.producer is not None:
            self.transport.producer.resume_producing()
        self.read()

    def ask(self, **request: object) -> list[Message]:
        """Ask for something; all that is said at once."""
        self.protocol.data_received(json.dumps(request).encode() + b"\n")
        return self.read()

    def read(self) -> list[Message]:
        """What was said since the last time."""
        messages = [decode(line.encode()) for line in self.transport.lines()]
        return [message for message in messages if message is not None]

    def next(self) -> list[Message]:
        """What is said after an interval."""
        self.server.reactor.advance(TICK)
        return self.read()

    def happenings(self) -> list[tuple[str, int, str]]:
        """The events of the next interval."""
        return [
            (each.what, each.session, each.text) for each in self.next() if isinstance(each, SessionEvent)
        ]

    def close(self) -> None:
        self.protocol.connection_lost(EOFError())


@pytest.fixture
def server() -> Iterator[FeedServer]:
    server = FeedServer()
    yield server
    server.close()


@pytest.fixture
def watcher(server: FeedServer) -> Iterator[Watcher]:
    watcher = Watcher(server)
    yield watcher
    watcher.close()


def error_of(messages: list[Message]) -> str:
    """That of the only answer."""
    (reply,) = messages
    assert isinstance(reply, Reply)
    return reply.error


def test_a_subscriber_is_answered_greeted_and_shown_all_rows_in_this_order(server: FeedServer) -> None:
    transport, far = server.visitor()
    watcher = Watcher(server, subscribes=False)
    reply, hello = watcher.ask(**SUBSCRIBE)
    assert reply == Reply(1)
    assert hello == Hello(1, os.getpid(), server.reactor.engine, (("echo", ("tcp:127.0.0.1:8001",)),))
    assert watcher.transport.producer is not None
    watcher.transport.producer.resume_producing()
    (snapshot,) = watcher.read()
    assert isinstance(snapshot, Snapshot)
    assert [(row.id, row.service, row.transport) for row in snapshot.rows] == [(1, "echo", "tcp")]
    assert snapshot.rows[0].peer == str(transport.peer).removeprefix("tcp:")
    assert snapshot.last
    watcher.close()
    far.close()


def test_who_has_not_subscribed_is_told_nothing(server: FeedServer) -> None:
    watcher = Watcher(server, subscribes=False)
    server.visitor()[1].close()
    server.control.publish("error", "oh")
    assert watcher.next() == []
    watcher.close()


def test_everything_is_one_json_object_a_line(watcher: Watcher, server: FeedServer) -> None:
    server.sessions.open("echo", server.visitor()[0])
    server.reactor.advance(TICK)
    lines = watcher.transport.take().splitlines()
    assert all(isinstance(json.loads(line), dict) for line in lines)
    assert {json.loads(line)["type"] for line in lines} == {"event", "delta"}


@pytest.mark.parametrize(
    ("line", "number"),
    [
        (b"", None),
        (b"hello", None),
        (b"\xff\xfe\x00", None),
        (b"[1]", None),
        (b'{"do": "subscribe"}', None),
        (b'{"id": 7}', 7),
        (b'{"do": "dance", "id": 7}', 7),
        (b'{"do": "subscribe", "id": 7, "v": 2}', 7),
        (b'{"do": "subscribe", "id": 7}', 7),
        (b'{"do": "kick", "id": 7, "session": 99}', 7),
        (b'{"do": "watch", "id": 7, "session": 99}', 7),
        (b'{"do": "unwatch", "id": 7, "session": 99}', 7),
        (b'{"do": "announce", "id": 7, "text": "x", "service": "qotd"}', 7),
        (b'{"do": "token", "id": 7, "token": "x"}', 7),
        (b'{"do": "token", "id": 7, "token": "\xc3\xa9"}', 7),
        (b'{"do": "token", "id": 7, "token": "\\ud800"}', 7),
        (b'{"do": "\\ud800", "id": 7}', 7),
    ],
)
def test_what_cannot_be_done_is_answered_and_the_feed_goes_on(
    watcher: Watcher, line: bytes, number: int | None
) -> None:
    watcher.protocol.data_received(line + b"\n")
    (reply,) = watcher.read()
    assert isinstance(reply, Reply)
    assert reply.re == number
    assert reply.error
    assert [type(message) for message in watcher.next()] == [Delta]


@given(st.binary().filter(lambda data: not {10, 13} & set(data)))
def test_random_bytes_are_answered_like_any_other_broken_request(line: bytes) -> None:
    server = FeedServer()
    watcher = Watcher(server)
    watcher.protocol.data_received(line + b"\n")
    assert error_of(watcher.read())
    watcher.close()
    server.close()


# --- what happens


def test_a_session_is_heard_of_as_it_comes_says_who_it_is_and_goes(
    watcher: Watcher, server: FeedServer
) -> None:
    transport, far = server.visitor()
    (session,) = server.sessions
    session.report("CHAT", "bob\x1b[2J")
    assert watcher.happenings() == [
        ("opened", 1, f"from {transport.peer}"),
        ("state", 1, "CHAT bob␛[2J"),
    ]
    far.close()
    server.turn_until(lambda: not len(server.sessions))
    *news, delta = watcher.next()
    assert [message.what for message in news if isinstance(message, SessionEvent)] == ["closed"]
    assert isinstance(delta, Delta)
    assert [number for number, _ in delta.gone] == [1]


def test_an_error_is_nobodys_in_particular(watcher: Watcher, server: FeedServer) -> None:
    server.control.publish("error", "oh")
    assert watcher.happenings() == [("error", 0, "oh")]


# --- kick and announce


def test_a_kicked_session_is_closed_with_the_reason(watcher: Watcher, server: FeedServer) -> None:
    _, far = server.visitor()
    watcher.next()
    assert watcher.ask(do="kick", id=7, session=1, reason="too loud") == [Reply(7)]
    server.turn_until(far.has_ended)
    far.close()
    server.turn_until(lambda: not len(server.sessions))
    *news, delta = watcher.next()
    assert [(each.what, each.text) for each in news if isinstance(each, SessionEvent)] == [
        ("kicked", "too loud"),
        ("closed", "kicked: too loud"),
    ]
    assert isinstance(delta, Delta)
    assert delta.gone == ((1, "kicked: too loud"),)


def test_so_is_one_that_never_reads_what_it_is_owed(watcher: Watcher, server: FeedServer) -> None:
    transport, far = server.visitor(reads=False)
    transport.write(bytes(50_000_000))
    server.reactor.advance(0)
    assert transport.waiting
    watcher.ask(do="kick", id=7, session=1)
    server.reactor.advance(KICK_WITHIN - 0.1)
    assert server.sessions.get(1)
    server.reactor.advance(0.2)
    server.turn_until(lambda: not len(server.sessions))
    watcher.read()
    assert ("closed", 1, "kicked") in watcher.happenings()
    far.close()


def test_a_session_can_be_kicked_by_someone_who_did_not_subscribe(server: FeedServer) -> None:
    _, far = server.visitor()
    watcher = Watcher(server, subscribes=False)
    assert watcher.ask(do="kick", id=7, session=1) == [Reply(7)]
    server.turn_until(far.has_ended)
    watcher.close()
    far.close()


@pytest.mark.parametrize("service", ["chat", ""])
def test_an_announcement_is_said_where_it_can_be_with_nothing_a_terminal_obeys(
    watcher: Watcher, server: FeedServer, service: str
) -> None:
    assert watcher.ask(do="announce", id=8, text="lunch\x1b[2J", service=service) == [Reply(8)]
    assert server.announced == ["lunch␛[2J"]


@pytest.mark.parametrize("service", ["echo", ""])
def test_where_nobody_can_hear_an_announcement_it_is_refused(service: str) -> None:
    server = FeedServer(has_chat=False)
    watcher = Watcher(server)
    error = error_of(watcher.ask(do="announce", id=8, text="lunch", service=service))
    assert error == "echo cannot announce"
    watcher.close()
    server.close()


# --- the wire view


def wires(messages: list[Message], direction: str) -> list[bytes]:
    """The pieces that went one way."""
    return [each.data for each in messages if isinstance(each, Wire) and each.direction == direction]


def speak(server: FeedServer, far: Far, data: bytes) -> None:
    """Send `data`, and wait for its echo."""
    expected = len(far.received) + len(data)
    far.socket.send(data)
    server.turn_until(lambda: len(far.received) == expected)


def test_a_watched_session_is_seen_byte_by_byte_both_ways(watcher: Watcher, server: FeedServer) -> None:
    _, far = server.visitor()
    assert watcher.ask(do="watch", id=7, session=1) == [Reply(7)]
    for byte in range(256):
        speak(server, far, bytes([byte]))
        seen = watcher.next()
        assert (wires(seen, "in"), wires(seen, "out")) == ([bytes([byte])], [bytes([byte])])
    far.close()


def test_what_is_written_in_one_piece_is_seen_in_one_piece(watcher: Watcher, server: FeedServer) -> None:
    _, far = server.visitor()
    watcher.ask(do="watch", id=7, session=1)
    speak(server, far, b"hello\r\n")
    seen = watcher.next()
    assert (wires(seen, "in"), wires(seen, "out")) == ([b"hello\r\n"], [b"hello\r\n"])
    far.close()


def test_nothing_more_is_seen_once_it_is_not_watched(watcher: Watcher, server: FeedServer) -> None:
    transport, far = server.visitor()
    watcher.ask(do="watch", id=7, session=1)
    watcher.ask(do="watch", id=8, session=1)
    assert watcher.ask(do="unwatch", id=9, session=1) == [Reply(9)]
    assert transport.tap is None
    speak(server, far, b"secret")
    assert wires(watcher.next(), "in") == []
    far.close()


def test_two_may_watch_the_same_session_and_one_may_go(watcher: Watcher, server: FeedServer) -> None:
    transport, far = server.visitor()
    other = Watcher(server)
    for each in (watcher, other):
        each.ask(do="watch", id=7, session=1)
    speak(server, far, b"one")
    server.reactor.advance(TICK)
    assert wires(watcher.read(), "in") == wires(other.read(), "in") == [b"one"]
    other.close()
    speak(server, far, b"two")
    assert wires(watcher.next(), "in") == [b"two"]
    watcher.ask(do="unwatch", id=8, session=1)
    assert transport.tap is None
    far.close()


def test_a_watcher_that_goes_leaves_no_tap_no_timer_and_no_meter(server: FeedServer) -> None:
    transport, far = server.visitor()
    timers = server.reactor.timers
    watcher = Watcher(server)
    watcher.ask(do="watch", id=7, session=1)
    watcher.close()
    left: list[object] = [transport.tap, server.reactor.meter, server.reactor.timers]
    assert left == [None, None, timers]
    assert server.control.clients == []
    far.close()


# --- who may


def test_where_a_token_is_asked_for_nothing_is_done_without_it(server: FeedServer) -> None:
    guarded = FeedServer(token="x")
    watcher = Watcher(guarded, subscribes=False)
    for request in (
        SUBSCRIBE,
        {"do": "kick", "id": 1, "session": 1},
        {"do": "announce", "id": 1, "text": "x"},
        {"do": "token", "id": 1, "token": "y"},
        {"do": "token", "id": 1, "token": "é"},
        {"do": "token", "id": 1},
    ):
        assert error_of(watcher.ask(**request)) == "first send the token"
    assert guarded.announced == []
    assert watcher.ask(do="token", id=2, token="x") == [Reply(2)]
    assert watcher.ask(**SUBSCRIBE)[0] == Reply(1)
    watcher.close()
    guarded.close()


# --- a stall


def test_a_stall_is_told_at_once_and_not_to_those_who_are_owed_something() -> None:
    server = FeedServer(token="x")  # so that a TCP connection will do
    idle, idle_far = pair(server.reactor, Protocol(), factory=server.control)
    busy, busy_far = pair(server.reactor, Protocol(), reads=False, factory=server.control)
    _, stranger_far = pair(server.reactor, Protocol(), factory=server.control)
    for far in (idle_far, busy_far):
        far.socket.send(b'{"do": "token", "id": 0, "token": "x"}\n' + json.dumps(SUBSCRIBE).encode() + b"\n")
    server.turn_until(lambda: b"snapshot" in idle_far.received and busy.bytes_out)
    busy.write(bytes(50_000_000))
    server.reactor.advance(0)
    heard, owed = len(idle_far.received), busy.waiting
    server.control.on_stall("has not turned for 0.1 s: f in x.py:3")
    server.turn_until(lambda: len(idle_far.received) > heard)
    stall = decode(bytes(idle_far.received[heard:]))
    assert isinstance(stall, SessionEvent)
    assert (stall.what, stall.text) == ("stall", "has not turned for 0.1 s: f in x.py:3")
    assert idle.waiting == 0
    assert busy.waiting == owed > 0
    assert stranger_far.received == b""
    for far in (idle_far, busy_far, stranger_far):
        far.close()
    server.close()
