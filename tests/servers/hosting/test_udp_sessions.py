"""The peers of a UDP service are sessions: opened by a datagram, counted, and closed when they are silent."""

import socket
from collections.abc import Iterator

import pytest

from core.interfaces import UnixAddress
from core.protocols.protocol import DatagramProtocol
from core.protocols.sessions import Observer, Session, SessionRegistry
from core.reactor import Reactor
from core.transports.datagram import DatagramPort
from servers.hosting import udp_sessions
from servers.hosting.udp_sessions import MAX_PEERS, UDPSessions
from tests.conftest import turn_until


class Shout(DatagramProtocol):
    """Records every call, and answers a datagram with its bytes in capitals and a `!`."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.received: list[bytes] = []

    def start_protocol(self) -> None:
        self.calls.append("start")

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        self.received.append(data)
        self.transport.write(data.upper() + b"!", address)

    def connection_refused(self) -> None:
        self.calls.append("refused")

    def stop_protocol(self) -> None:
        self.calls.append("stop")


class Log(Observer):
    """Records when sessions are opened and closed."""

    def __init__(self) -> None:
        self.entries: list[str] = []

    def session_opened(self, session: Session) -> None:
        self.entries.append(f"{session.service} {session.traffic.peer} opened")

    def session_closed(self, session: Session, reason: str) -> None:
        self.entries.append(f"{session.service} {session.traffic.peer} closed: {reason}")


class Service:
    """A `Shout` on a UDP port, with sessions."""

    def __init__(self, reactor: Reactor) -> None:
        self.shout, self.registry, self.log = Shout(), SessionRegistry(), Log()
        self.registry.observers.append(self.log)
        self.port = reactor.listen_udp(0, UDPSessions(self.shout, "shout", self.registry, reactor))
        self.address = address(self.port)


def address(port: DatagramPort) -> tuple[str, int]:
    assert not isinstance(port.host, UnixAddress)
    return port.host.host, port.host.port


@pytest.fixture
def service(reactor: Reactor) -> Service:
    return Service(reactor)


@pytest.fixture
def peer() -> Iterator[socket.socket]:
    """A plain socket that writes to the service."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.setblocking(False)
        yield sock


def test_a_peer_is_a_session_until_it_is_silent(
    reactor: Reactor, service: Service, peer: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(udp_sessions, "IDLE_TIMEOUT", 0.0)
    peer.sendto(b"hello", service.address)
    turn_until(reactor, lambda: len(service.log.entries) == 2)
    host, number = peer.getsockname()
    name = f"shout udp:{host}:{number}"
    assert service.log.entries == [f"{name} opened", f"{name} closed: silent for a while"]
    assert len(service.registry) == 0
    peer.sendto(b"again", service.address)
    turn_until(reactor, lambda: len(service.log.entries) == 4)


def test_received_and_sent_bytes_are_counted_and_passed_to_the_tap(
    reactor: Reactor, service: Service, peer: socket.socket
) -> None:
    peer.sendto(b"one", service.address)
    turn_until(reactor, lambda: service.shout.received)
    (session,) = service.registry
    tapped: list[tuple[str, bytes]] = []
    session.traffic.tap = lambda direction, data: tapped.append((direction, data))
    peer.sendto(b"two", service.address)
    turn_until(reactor, lambda: len(service.shout.received) == 2)
    assert tapped == [("in", b"two"), ("out", b"TWO!")]
    assert (session.traffic.bytes_in, session.traffic.bytes_out) == (6, 8)
    assert session.traffic.active_at == reactor.turned_at
    assert [peer.recv(100), peer.recv(100)] == [b"ONE!", b"TWO!"]


def test_a_kicked_peer_has_no_session_until_it_writes_again(
    reactor: Reactor, service: Service, peer: socket.socket
) -> None:
    peer.sendto(b"x", service.address)
    turn_until(reactor, lambda: service.shout.received)
    next(iter(service.registry)).kick("enough")
    assert service.log.entries[1].endswith("closed: enough")
    peer.sendto(b"x", service.address)
    turn_until(reactor, lambda: len(service.shout.received) == 2)
    assert len(service.registry) == 1


def test_a_new_peer_replaces_the_oldest_when_there_are_too_many(
    reactor: Reactor, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(udp_sessions, "MAX_PEERS", 3)
    assert MAX_PEERS > 3
    for _ in range(5):
        reactor.listen_udp(0, DatagramProtocol()).write(b"x", service.address)
    turn_until(reactor, lambda: len(service.shout.received) == 5)
    assert len(service.registry) == 3
    reasons = [entry.partition(" closed: ")[2] for entry in service.log.entries]
    assert reasons.count("replaced by a new peer") == 2
    first = service.log.entries[0].removesuffix(" opened")
    assert service.log.entries[3].startswith(f"{first} closed")


def test_a_port_that_stops_leaves_neither_a_session_nor_a_timer(
    reactor: Reactor, service: Service, peer: socket.socket
) -> None:
    timers = reactor.timers
    peer.sendto(b"x", service.address)
    turn_until(reactor, lambda: service.shout.received)
    service.port.stop_listening()
    turn_until(reactor, lambda: "stop" in service.shout.calls)
    assert len(service.registry) == 0
    assert service.log.entries[1].endswith("closed: the server has stopped")
    assert reactor.timers == timers


def test_the_protocol_has_a_transport_as_without_sessions(
    reactor: Reactor, service: Service, peer: socket.socket
) -> None:
    transport = service.shout.transport
    assert service.shout.calls == ["start"]
    assert transport.host == service.port.host
    with pytest.raises(ValueError, match="not an address"):
        transport.write(b"x", ("::1", 9))
    transport.connect(*peer.getsockname())
    transport.write(b"hello")
    assert peer.recv(100) == b"hello"
    peer.close()
    transport.write(b"hello?")
    turn_until(reactor, lambda: "refused" in service.shout.calls)
