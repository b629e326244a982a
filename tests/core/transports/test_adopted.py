"""Sockets that are bound already: the reactor serves them, and leaves what belongs to their owner."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.endpoints import FDEndpoint
from core.errors import CannotListenError
from core.interfaces import IPv4Address
from core.protocols.protocol import DatagramProtocol
from core.reactor import Reactor
from tests.conftest import turn_until
from tests.core.helpers import RecordingFactory, RecordingProtocol


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """A listening TCP socket, as another process has it."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        yield sock


def handed_over(sock: socket.socket) -> int:
    """Another descriptor of `sock`, as a child gets it."""
    return os.dup(sock.fileno())


def test_a_listening_socket_is_served_and_stays_open_for_its_owner(
    reactor: Reactor, listening: socket.socket
) -> None:
    factory = RecordingFactory(RecordingProtocol)
    number = handed_over(listening)
    port = FDEndpoint(number).listen(reactor, factory)
    assert port.host == IPv4Address("tcp", *listening.getsockname())
    assert not os.get_inheritable(number)
    with socket.create_connection(listening.getsockname()) as client:
        client.sendall(b"hello")
        turn_until(reactor, lambda: factory.built and factory.built[0].data == b"hello")
    port.stop_listening()
    assert factory.calls == ["start", "stop"]
    with socket.create_connection(listening.getsockname()):  # it waits in the queue
        listening.accept()[0].close()


def test_the_path_of_a_unix_socket_stays(reactor: Reactor, tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(path))
        sock.listen()
        port = FDEndpoint(handed_over(sock)).listen(reactor, RecordingFactory(RecordingProtocol))
        assert str(port.host) == f"unix:{path}"
        port.stop_listening()
    assert path.exists()


def test_a_udp_socket_is_served(reactor: Reactor) -> None:
    class Recorder(DatagramProtocol):
        def __init__(self) -> None:
            self.received: list[bytes] = []

        def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
            self.received.append(data)

    protocol = Recorder()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        endpoint = FDEndpoint(handed_over(sock))
        assert endpoint.is_datagram
        port = endpoint.listen_udp(reactor, protocol)
        sock.sendto(b"hello", sock.getsockname())
        turn_until(reactor, lambda: protocol.received == [b"hello"])
        assert str(port.host) == f"udp:127.0.0.1:{sock.getsockname()[1]}"


def test_what_cannot_be_served_is_an_error_that_names_the_descriptor(
    reactor: Reactor, tmp_path: Path
) -> None:
    factory = RecordingFactory(RecordingProtocol)
    file = os.open(tmp_path, os.O_RDONLY)
    with socket.socket() as idle, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as unbound:
        for number in (file, idle.fileno(), unbound.fileno(), 99_999, 2**40):
            with pytest.raises(CannotListenError, match=f"fd:{number}"):
                FDEndpoint(number).listen(reactor, factory)
            with pytest.raises(CannotListenError, match=f"fd:{number}"):
                FDEndpoint(number).listen_udp(reactor, DatagramProtocol())
        assert not FDEndpoint(file).is_datagram
        assert not FDEndpoint(2**40).is_datagram
        assert unbound.fileno() >= 0  # the owner of a socket that is refused still has it
    os.close(file)
    assert factory.calls == []
