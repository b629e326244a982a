"""Each request is answered, also a wrong one, and the feed goes on."""

import json
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.formats.feed import Delta, Hello, Message, Reply, SessionEvent, Snapshot, Wire, decode
from core.protocols.protocol import Factory, Protocol
from core.protocols.sessions import SessionRegistry
from core.testing import CLIENT, StringTransport
from core.transports.stream import StreamTransport
from servers.echo import EchoFactory
from servers.feed.control import KICK_WITHIN, ControlFactory, ControlProtocol, belongs_to_us
from tests.conftest import turn_until
from tests.core.helpers import PeerSocket, SteppedReactor, pair

TICK = 0.25
SUBSCRIBE = {"do": "subscribe", "id": 1, "v": 1, "interval": TICK}


@dataclass
class FeedServer:
    """An echo server with its control feed, which records the announcements."""

    reactor: SteppedReactor = field(default_factory=SteppedReactor)
    sessions: SessionRegistry = field(default_factory=SessionRegistry)
    announced: list[str] = field(default_factory=list)
    token: str = ""
    has_chat: bool = True

    def __post_init__(self) -> None:
        announcers = {"chat": self.announced.append} if self.has_chat else {}
        services = {"echo": ["tcp:127.0.0.1:8001"]}
        self.control = ControlFactory(self.reactor, self.sessions, services, announcers, self.token)

    def connect(
        self, factory: Factory | None = None, reads: bool = True
    ) -> tuple[StreamTransport, PeerSocket]:
        """Open a session over a real connection. Returns both ends."""
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
        """Read the whole snapshot."""
        while self.transport.producer is not None:
            self.transport.producer.resume_producing()
        self.read()

    def ask(self, **request: object) -> list[Message]:
        """Send a request. Returns the messages that answer it at once."""
        self.protocol.data_received(json.dumps(request).encode() + b"\n")
        return self.read()

    def read(self) -> list[Message]:
        """The messages since the last read."""
        messages = [decode(line.encode()) for line in self.transport.lines()]
        return [message for message in messages if message is not None]

    def next(self) -> list[Message]:
        """The messages of the next interval."""
        self.server.reactor.advance(TICK)
        return self.read()

    def events(self) -> list[tuple[str, int, str]]:
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
    """The error of the only reply."""
    (reply,) = messages
    assert isinstance(reply, Reply)
    return reply.error


def test_a_subscriber_receives_the_reply_the_hello_and_the_snapshot_in_this_order(server: FeedServer) -> None:
    transport, peer_socket = server.connect()
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
    peer_socket.close()


def test_a_client_that_has_not_subscribed_receives_nothing(server: FeedServer) -> None:
    watcher = Watcher(server, subscribes=False)
    server.connect()[1].close()
    server.control.publish("error", "oh")
    assert watcher.next() == []
    watcher.close()


def test_each_message_is_one_json_object_in_one_line(watcher: Watcher, server: FeedServer) -> None:
    server.sessions.open("echo", server.connect()[0])
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
def test_an_impossible_request_is_answered_and_the_feed_goes_on(
    watcher: Watcher, line: bytes, number: int | None
) -> None:
    watcher.protocol.data_received(line + b"\n")
    (reply,) = watcher.read()
    assert isinstance(reply, Reply)
    assert reply.re == number
    assert reply.error
    assert [type(message) for message in watcher.next()] == [Delta]


@given(st.binary().filter(lambda data: not {10, 13} & set(data)))
def test_random_bytes_are_answered_as_a_broken_request(line: bytes) -> None:
    server = FeedServer()
    watcher = Watcher(server)
    watcher.protocol.data_received(line + b"\n")
    assert error_of(watcher.read())
    watcher.close()
    server.close()


# --- events


def test_events_report_that_a_session_opens_changes_and_closes(watcher: Watcher, server: FeedServer) -> None:
    transport, peer_socket = server.connect()
    (session,) = server.sessions
    session.report("CHAT", "bob\x1b[2J")
    assert watcher.events() == [
        ("opened", 1, f"from {transport.peer}"),
        ("state", 1, "CHAT bob␛[2J"),
    ]
    peer_socket.close()
    server.turn_until(lambda: not len(server.sessions))
    *news, delta = watcher.next()
    assert [message.what for message in news if isinstance(message, SessionEvent)] == ["closed"]
    assert isinstance(delta, Delta)
    assert [number for number, _ in delta.gone] == [1]


def test_an_error_belongs_to_no_session(watcher: Watcher, server: FeedServer) -> None:
    server.control.publish("error", "oh")
    assert watcher.events() == [("error", 0, "oh")]


# --- kick and announce


def test_a_kicked_session_is_closed_with_the_reason(watcher: Watcher, server: FeedServer) -> None:
    _, peer = server.connect()
    watcher.next()
    assert watcher.ask(do="kick", id=7, session=1, reason="too loud") == [Reply(7)]
    server.turn_until(peer.has_ended)
    peer.close()
    server.turn_until(lambda: not len(server.sessions))
    *news, delta = watcher.next()
    assert [(each.what, each.text) for each in news if isinstance(each, SessionEvent)] == [
        ("kicked", "too loud"),
        ("closed", "kicked: too loud"),
    ]
    assert isinstance(delta, Delta)
    assert delta.gone == ((1, "kicked: too loud"),)


def test_a_kicked_session_that_does_not_read_is_aborted(watcher: Watcher, server: FeedServer) -> None:
    transport, peer = server.connect(reads=False)
    transport.write(bytes(50_000_000))
    server.reactor.advance(0)
    assert transport.waiting
    watcher.ask(do="kick", id=7, session=1)
    server.reactor.advance(KICK_WITHIN - 0.1)
    assert server.sessions.get(1)
    server.reactor.advance(0.2)
    server.turn_until(lambda: not len(server.sessions))
    watcher.read()
    assert ("closed", 1, "kicked") in watcher.events()
    peer.close()


def test_a_client_that_has_not_subscribed_can_kick(server: FeedServer) -> None:
    _, peer = server.connect()
    watcher = Watcher(server, subscribes=False)
    assert watcher.ask(do="kick", id=7, session=1) == [Reply(7)]
    server.turn_until(peer.has_ended)
    watcher.close()
    peer.close()


@pytest.mark.parametrize("service", ["chat", ""])
def test_an_announcement_is_sent_without_control_characters(
    watcher: Watcher, server: FeedServer, service: str
) -> None:
    assert watcher.ask(do="announce", id=8, text="lunch\x1b[2J", service=service) == [Reply(8)]
    assert server.announced == ["lunch␛[2J"]


@pytest.mark.parametrize("service", ["echo", ""])
def test_an_announcement_is_refused_if_no_service_can_announce(service: str) -> None:
    server = FeedServer(has_chat=False)
    watcher = Watcher(server)
    error = error_of(watcher.ask(do="announce", id=8, text="lunch", service=service))
    assert error == "echo cannot announce"
    watcher.close()
    server.close()


# --- the wire view


def wires(messages: list[Message], direction: str) -> list[bytes]:
    """The data of the wire messages in one direction."""
    return [each.data for each in messages if isinstance(each, Wire) and each.direction == direction]


def speak(server: FeedServer, peer: PeerSocket, data: bytes) -> None:
    """Send `data`, and wait for its echo."""
    expected = len(peer.received) + len(data)
    peer.socket.send(data)
    server.turn_until(lambda: len(peer.received) == expected)


def test_each_byte_of_a_watched_session_is_sent_in_both_directions(
    watcher: Watcher, server: FeedServer
) -> None:
    _, peer = server.connect()
    assert watcher.ask(do="watch", id=7, session=1) == [Reply(7)]
    for byte in range(256):
        speak(server, peer, bytes([byte]))
        seen = watcher.next()
        assert (wires(seen, "in"), wires(seen, "out")) == ([bytes([byte])], [bytes([byte])])
    peer.close()


def test_one_write_is_one_wire_message(watcher: Watcher, server: FeedServer) -> None:
    _, peer = server.connect()
    watcher.ask(do="watch", id=7, session=1)
    speak(server, peer, b"hello\r\n")
    seen = watcher.next()
    assert (wires(seen, "in"), wires(seen, "out")) == ([b"hello\r\n"], [b"hello\r\n"])
    peer.close()


def test_after_unwatch_no_bytes_are_sent(watcher: Watcher, server: FeedServer) -> None:
    transport, peer = server.connect()
    watcher.ask(do="watch", id=7, session=1)
    watcher.ask(do="watch", id=8, session=1)
    assert watcher.ask(do="unwatch", id=9, session=1) == [Reply(9)]
    assert transport.tap is None
    speak(server, peer, b"secret")
    assert wires(watcher.next(), "in") == []
    peer.close()


def test_two_clients_may_watch_a_session_and_one_may_disconnect(watcher: Watcher, server: FeedServer) -> None:
    transport, peer = server.connect()
    other = Watcher(server)
    for each in (watcher, other):
        each.ask(do="watch", id=7, session=1)
    speak(server, peer, b"one")
    server.reactor.advance(TICK)
    assert wires(watcher.read(), "in") == wires(other.read(), "in") == [b"one"]
    other.close()
    speak(server, peer, b"two")
    assert wires(watcher.next(), "in") == [b"two"]
    watcher.ask(do="unwatch", id=8, session=1)
    assert transport.tap is None
    peer.close()


def test_a_client_that_disconnects_leaves_no_tap_no_timer_and_no_meter(server: FeedServer) -> None:
    transport, peer = server.connect()
    timers = server.reactor.timers
    watcher = Watcher(server)
    watcher.ask(do="watch", id=7, session=1)
    watcher.close()
    left: list[object] = [transport.tap, server.reactor.meter, server.reactor.timers]
    assert left == [None, None, timers]
    assert server.control.clients == []
    peer.close()


# --- permissions


def test_with_a_token_every_request_is_refused_until_it_is_sent(server: FeedServer) -> None:
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


def test_a_stall_is_sent_at_once_but_not_to_clients_with_pending_data() -> None:
    server = FeedServer(token="x")  # so that a TCP connection will do
    idle, idle_far = pair(server.reactor, Protocol(), factory=server.control)
    busy, busy_far = pair(server.reactor, Protocol(), reads=False, factory=server.control)
    _, stranger_far = pair(server.reactor, Protocol(), factory=server.control)
    for peer in (idle_far, busy_far):
        peer.socket.send(b'{"do": "token", "id": 0, "token": "x"}\n' + json.dumps(SUBSCRIBE).encode() + b"\n")
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
    for peer in (idle_far, busy_far, stranger_far):
        peer.close()
    server.close()


def test_a_socket_of_our_own_process_belongs_to_us() -> None:
    near, far = socket.socketpair()
    with near, far:
        assert belongs_to_us(near)
