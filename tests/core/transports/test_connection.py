"""A connection begins once and ends once, whatever its protocol does about either."""

import gc
import logging
import random
import socket
import weakref
from collections.abc import Callable

import pytest

from core.engine.pollers import EpollPoller
from core.errors import ConnectionAborted, ConnectionDone
from core.interfaces import Address, IPv4Address, Transport, UnixAddress
from core.protocols.protocol import Factory, Protocol
from core.protocols.sessions import Observer, Session, SessionRegistry
from core.reactor import Reactor
from core.transports.stream import StreamTransport
from tests.conftest import turn_until
from tests.core.helpers import PeerSocket, RecordingFactory, RecordingProtocol, pair, tcp_pair
from tests.core.outside import connect


class Failing(RecordingProtocol):
    """Raises in the handlers that the test names."""

    def __init__(self, *places: str) -> None:
        super().__init__()
        self.places = places

    def connection_made(self) -> None:
        super().connection_made()
        self.fail_in("made")

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self.fail_in("data")

    def connection_lost(self, reason: Exception) -> None:
        super().connection_lost(reason)
        self.fail_in("lost")

    def fail_in(self, place: str) -> None:
        if place in self.places:
            raise ZeroDivisionError(place)


class NotingPoller(EpollPoller):
    """Records each registration with the kernel."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[int] = []

    def set(self, number: int, old: int, new: int) -> None:
        self.asked.append(number)
        super().set(number, old, new)


class Diary(Observer):
    """Notes the beginnings and ends of sessions."""

    def __init__(self) -> None:
        self.entries: list[str] = []

    def session_opened(self, session: Session) -> None:
        self.entries.append(f"{session.service} opened")

    def session_closed(self, session: Session, reason: str) -> None:
        self.entries.append(f"{session.service} closed: {reason}")


def tracebacks(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The errors that were logged with a traceback."""
    return [str(record.exc_info[1]) for record in caplog.records if record.exc_info]


def test_both_ends_have_addresses(reactor: Reactor) -> None:
    transport, peer_socket = pair(reactor, RecordingProtocol())
    assert transport.peer == IPv4Address("tcp", *peer_socket.socket.getsockname())
    assert transport.host == IPv4Address("tcp", *peer_socket.socket.getpeername())


def test_a_unix_socket_has_no_name_at_the_other_end(reactor: Reactor) -> None:
    near, other = socket.socketpair()
    near.setblocking(False)
    transport = StreamTransport(reactor, near, "")
    transport.start(RecordingFactory(RecordingProtocol))
    PeerSocket(reactor, other)
    assert transport.peer == UnixAddress("")


def test_a_handler_that_raises_is_logged_once_and_ends_that_connection_alone(
    reactor: Reactor, caplog: pytest.LogCaptureFixture
) -> None:
    failing, other = Failing("data"), RecordingProtocol()
    _, peer = pair(reactor, failing)
    _, other_far = pair(reactor, other)
    peer.socket.sendall(b"x")
    other_far.socket.sendall(b"x")
    turn_until(reactor, lambda: failing.reasons and other.data)
    assert isinstance(failing.reasons[0], ZeroDivisionError)
    assert tracebacks(caplog) == ["data"]
    turn_until(reactor, peer.has_ended)
    other_far.socket.sendall(b"y")
    turn_until(reactor, lambda: other.data == b"xy")
    assert failing.calls == ["made", "data", "lost"]


def test_a_connection_made_that_raises_is_logged_once_and_ends_that_connection(
    reactor: Reactor, caplog: pytest.LogCaptureFixture
) -> None:
    failing = Failing("made")
    _, peer = pair(reactor, failing)
    turn_until(reactor, lambda: failing.reasons and peer.has_ended())
    assert isinstance(failing.reasons[0], ZeroDivisionError)
    assert failing.calls == ["made", "lost"]
    assert tracebacks(caplog) == ["made"]


def test_a_build_protocol_that_raises_is_logged_once_and_ends_that_connection(
    reactor: Reactor, caplog: pytest.LogCaptureFixture
) -> None:
    def build() -> Protocol:
        raise ZeroDivisionError("build")

    _, peer = pair(reactor, RecordingProtocol(), factory=RecordingFactory(build))
    turn_until(reactor, peer.has_ended)
    assert tracebacks(caplog) == ["build"]


def test_a_connection_lost_that_raises_is_logged_once_and_spares_the_rest(
    reactor: Reactor, caplog: pytest.LogCaptureFixture
) -> None:
    protocols = [Failing("lost"), RecordingProtocol(), Failing("lost")]
    registry = SessionRegistry()
    for protocol in protocols:
        factory = RecordingFactory(lambda protocol=protocol: protocol)  # type: ignore[misc]
        factory.sessions = registry
        pair(reactor, protocol, factory=factory)
    assert len(registry) == 3
    for protocol in protocols:
        protocol.transport.abort_connection()
    turn_until(reactor, lambda: all(each.reasons for each in protocols))
    assert len(registry) == 0
    assert tracebacks(caplog) == ["lost", "lost"]


def test_a_connection_for_which_no_protocol_is_built_is_closed_cleanly(reactor: Reactor) -> None:
    class Closed(Factory):
        def build_protocol(self, address: Address) -> None:
            return None

    near, other = tcp_pair()
    near.setblocking(False)
    peer = PeerSocket(reactor, other)
    peer.socket.sendall(b"is anybody there?")
    StreamTransport(reactor, near, other.getsockname()).start(Closed())
    turn_until(reactor, peer.has_ended)
    assert isinstance(peer.end, EOFError)


def test_a_connection_that_is_answered_and_closed_at_once_is_never_registered() -> None:
    class Quote(RecordingProtocol):
        def connection_made(self) -> None:
            self.transport.write(b"Be brief.\r\n")
            self.transport.lose_connection()

    poller = NotingPoller()
    reactor = Reactor(poller)
    quote = Quote()
    near, other = tcp_pair()
    near.setblocking(False)
    number = near.fileno()
    StreamTransport(reactor, near, other.getsockname()).start(RecordingFactory(lambda: quote))
    turn_until(reactor, lambda: quote.reasons)
    with other:
        assert other.recv(100) == b"Be brief.\r\n"
        assert other.recv(100) == b""
    assert number not in poller.asked
    reactor.close()


def test_the_same_registration_is_not_made_twice() -> None:
    poller = NotingPoller()
    reactor = Reactor(poller)
    protocol = RecordingProtocol()
    transport, peer = pair(reactor, protocol)
    for _ in range(5):
        peer.socket.sendall(b"x")
        transport.write(b"y")
        transport.resume_producing()
        reactor.turn()
    assert poller.asked.count(transport.fileno()) == 1
    reactor.clear()
    reactor.close()


def test_the_session_registry_is_notified_of_the_beginning_and_the_end(reactor: Reactor) -> None:
    diary, protocol = Diary(), RecordingProtocol()
    factory = RecordingFactory(lambda: protocol)
    factory.service, factory.sessions = "chat", SessionRegistry()
    factory.sessions.observers.append(diary)
    _, peer_socket = pair(reactor, protocol, factory=factory)
    (session,) = factory.sessions
    assert protocol.session is session
    assert session.traffic.peer == protocol.transport.peer
    peer_socket.close()
    turn_until(reactor, lambda: len(diary.entries) == 2)
    assert diary.entries == ["chat opened", f"chat closed: {ConnectionDone()}"]
    assert len(factory.sessions) == 0


def test_a_kicked_session_can_write_once_more_and_has_the_kick_as_its_end_reason(reactor: Reactor) -> None:
    class LastWord(RecordingProtocol):
        def on_kick(self, reason: str) -> None:
            self.transport.write(reason.encode())

    diary, protocol = Diary(), LastWord()
    factory = RecordingFactory(lambda: protocol)
    factory.service, factory.sessions = "chat", SessionRegistry()
    factory.sessions.observers.append(diary)
    _, peer = pair(reactor, protocol, factory=factory)
    next(iter(factory.sessions)).kick("spam")
    turn_until(reactor, lambda: protocol.reasons and peer.has_ended())
    assert diary.entries[-1] == "chat closed: spam"
    assert peer.received == b"spam"


def close(peer: PeerSocket, transport: Transport) -> None:
    peer.close()


def reset(peer: PeerSocket, transport: Transport) -> None:
    peer.reset()


def send(peer: PeerSocket, transport: Transport) -> None:
    peer.socket.sendall(b"x")


def lose(peer: PeerSocket, transport: Transport) -> None:
    transport.lose_connection()


def abort(peer: PeerSocket, transport: Transport) -> None:
    transport.abort_connection()


@pytest.mark.parametrize("end", [close, reset, send, lose, abort])
def test_protocol_and_transport_can_be_collected_afterwards(
    reactor: Reactor, end: Callable[[PeerSocket, Transport], None]
) -> None:
    def live_and_die() -> list[weakref.ref[object]]:
        failing = Failing("data")
        transport, peer = pair(reactor, failing)
        end(peer, transport)
        turn_until(reactor, lambda: failing.reasons)
        return [weakref.ref(failing), weakref.ref(transport)]

    logging.disable()  # a log record keeps the objects of its traceback
    remains = live_and_die()
    logging.disable(logging.NOTSET)
    reactor.call_soon(int)
    reactor.turn()
    gc.collect()
    assert [each() for each in remains] == [None, None]


def test_a_reason_that_is_kept_does_not_keep_the_connection_in_memory(reactor: Reactor) -> None:
    reasons: list[Exception] = []

    def live_and_die() -> weakref.ref[object]:
        transport, peer = pair(reactor, RecordingProtocol())
        transport.when_lost = reasons.append
        peer.reset()
        turn_until(reactor, lambda: reasons)
        return weakref.ref(transport)

    remains = live_and_die()
    reactor.call_soon(int)
    reactor.turn()
    gc.collect()
    assert remains() is None
    assert isinstance(reasons[0].__cause__, ConnectionResetError)


def test_when_lost_is_called_after_connection_lost(reactor: Reactor) -> None:
    protocol = RecordingProtocol()
    transport, _ = pair(reactor, protocol)
    transport.when_lost = lambda reason: protocol.calls.append("told")
    transport.abort_connection()
    turn_until(reactor, lambda: "told" in protocol.calls)
    assert protocol.calls == ["made", "lost", "told"]
    assert isinstance(protocol.reasons[0], ConnectionAborted)


def test_random_bytes_and_random_ends_leave_nothing_behind(
    reactor: Reactor, caplog: pytest.LogCaptureFixture
) -> None:
    class Echo(RecordingProtocol):
        def data_received(self, data: bytes) -> None:
            self.transport.write(data)

    chance = random.Random(26)
    factory = RecordingFactory(Echo)
    port = reactor.listen_tcp(0, factory)
    before = (reactor.descriptors, reactor.timers)
    for count in range(1, 101):
        peer = PeerSocket(reactor, connect(port), reads=chance.random() < 0.5)
        turn_until(reactor, lambda count=count: len(factory.built) == count)  # type: ignore[misc]
        peer.socket.send(chance.randbytes(chance.choice((1, 100, 10_000))))
        if chance.random() < 0.5:
            turn_until(reactor, lambda: factory.built[-1].transport.waiting == 0)
        chance.choice((PeerSocket.close, PeerSocket.reset))(peer)
    turn_until(reactor, lambda: all(each.reasons for each in factory.built))
    assert (reactor.descriptors, reactor.timers) == before
    assert not caplog.records
