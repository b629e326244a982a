"""The services that listen: when they bind, when the address is free again, and what they serve."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from core.endpoints import TCPEndpoint, UnixEndpoint
from core.errors import CannotListenError
from core.interfaces import IPv4Address, UnixAddress
from core.protocols.protocol import DatagramProtocol
from core.reactor import Reactor
from core.services import MultiService, StreamServerEndpointService, TCPServer, UDPServer, UNIXServer
from core.services.ports import ListeningService
from tests.conftest import turn_until
from tests.core.helpers import RecordingFactory, RecordingProtocol

Factory = RecordingFactory[RecordingProtocol]
KINDS: dict[str, Callable[[Factory, str, Reactor], ListeningService]] = {
    "TCP": lambda factory, path, reactor: TCPServer(0, factory, reactor=reactor),
    "UNIX": lambda factory, path, reactor: UNIXServer(path, factory, reactor),
    "endpoint": lambda factory, path, reactor: StreamServerEndpointService(
        TCPEndpoint("127.0.0.1", 0), factory, reactor
    ),
    "Unix endpoint": lambda factory, path, reactor: StreamServerEndpointService(
        UnixEndpoint(path), factory, reactor
    ),
}


def connect(server: ListeningService) -> socket.socket:
    """A socket that is connected to `server`. OSError if it does not listen."""
    if isinstance(server.host, UnixAddress):
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(server.host.path)
        return sock
    return socket.create_connection((server.host.host, server.host.port))


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_listens_from_the_privileged_start_until_it_is_stopped(
    reactor: Reactor, kind: str, tmp_path: Path
) -> None:
    factory = RecordingFactory(RecordingProtocol)
    server = KINDS[kind](factory, str(tmp_path / "socket"), reactor)
    server.privileged_start_service()
    host = server.host
    assert not server.running
    server.start_service()
    assert (server.running, server.host) == (True, host)
    with connect(server) as client:
        turn_until(reactor, lambda: factory.built)
        stopped: list[object] = []
        server.stop_service().add_callback(stopped.append)
        turn_until(reactor, lambda: stopped)
        assert factory.built[0].calls == ["made"]
        with pytest.raises(RuntimeError, match="does not listen"):
            connect(server)
        client.sendall(b"still here")
        turn_until(reactor, lambda: factory.built[0].data == b"still here")
    assert factory.calls == ["start", "stop"]
    assert not server.running
    server.start_service()
    connect(server).close()


def test_a_server_that_never_started_can_be_stopped(reactor: Reactor) -> None:
    server = TCPServer(0, RecordingFactory(RecordingProtocol), reactor=reactor)
    stopped: list[object] = []
    server.stop_service().add_callback(stopped.append)
    assert stopped == [None]


def test_a_port_in_use_is_an_error_of_the_start(reactor: Reactor) -> None:
    factory = RecordingFactory(RecordingProtocol)
    first = TCPServer(0, factory, interface="127.0.0.1", reactor=reactor)
    first.start_service()
    assert isinstance(first.host, IPv4Address)
    with pytest.raises(CannotListenError):
        TCPServer(first.host.port, factory, reactor=reactor).privileged_start_service()


def test_a_server_that_joins_a_running_group_listens_at_once(reactor: Reactor) -> None:
    group = MultiService()
    group.reactor = reactor
    group.start_service()
    server = TCPServer(0, RecordingFactory(RecordingProtocol))
    server.set_service_parent(group)
    connect(server).close()
    server.disown_service_parent()
    with pytest.raises(RuntimeError, match="does not listen"):
        connect(server)


def test_a_udp_server_receives_until_it_is_stopped(reactor: Reactor) -> None:
    class Recorder(DatagramProtocol):
        def __init__(self) -> None:
            self.events: list[object] = []

        def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
            self.events.append(data)

        def stop_protocol(self) -> None:
            self.events.append("stopped")

    protocol = Recorder()
    server = UDPServer(0, protocol, interface="127.0.0.1", reactor=reactor)
    server.start_service()
    assert isinstance(server.host, IPv4Address)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.sendto(b"hello", (server.host.host, server.host.port))
    turn_until(reactor, lambda: protocol.events == [b"hello"])
    stopped: list[object] = []
    server.stop_service().add_callback(stopped.append)
    turn_until(reactor, lambda: stopped)
    assert protocol.events == [b"hello", "stopped"]
