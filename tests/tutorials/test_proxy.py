"""tutorials/proxy.py: the end of one side reaches the other, and a slow reader slows the sender."""

import resource
import socket
from collections.abc import Callable

import pytest

from core.interfaces import IPv4Address
from core.reactor import Reactor
from core.transports.back_pressure import HIGH_WATER
from core.transports.lingering_close import RECEIVE_SIZE
from core.transports.stream import StreamTransport
from tests.conftest import turn_until
from tests.core.helpers import PeerSocket, RecordingFactory, RecordingProtocol
from tests.running import run
from tutorials.proxy import Near, Proxy

MUCH = 100_000_000


class Network:
    """A client and a server with a proxy between them, all on one reactor. The two ends are plain sockets."""

    def __init__(self, reactor: Reactor, reads: bool = True) -> None:
        self.reactor = reactor
        listening = socket.create_server(("127.0.0.1", 0))
        self.proxy = ObservedProxy(reactor, *listening.getsockname())
        near_socket = connect(reactor, self.proxy)
        near_socket.setblocking(False)
        reactor.call_soon(int)
        reactor.turn()
        with listening:
            far_socket, _ = listening.accept()
        self.client = PeerSocket(reactor, near_socket)
        self.server = PeerSocket(reactor, far_socket, reads)
        turn_until(reactor, lambda: hasattr(self.near, "other"))

    @property
    def near(self) -> Near:
        return self.proxy.built[0]

    def has_ended(self) -> bool:
        """Whether both connections of the proxy have ended."""
        near, far = self.near.transport, self.near.other
        assert isinstance(near, StreamTransport)
        assert isinstance(far, StreamTransport)
        return near.fileno() == far.fileno() == -1


class ObservedProxy(Proxy):
    """Keeps the near protocols."""

    def __init__(self, reactor: Reactor, host: str, port: int) -> None:
        super().__init__(reactor, host, port)
        self.built: list[Near] = []

    def build_protocol(self, address: object) -> Near:
        near = Near()
        near.factory = self
        self.built.append(near)
        return near


def connect(reactor: Reactor, proxy: Proxy) -> socket.socket:
    """A socket that is connected to a port of the proxy."""
    host = reactor.listen_tcp(0, proxy).host
    assert isinstance(host, IPv4Address)
    return socket.create_connection((host.host, host.port))


def half_close(peer: PeerSocket) -> None:
    peer.socket.shutdown(socket.SHUT_WR)


def test_both_sides_receive_what_the_other_sends(reactor: Reactor) -> None:
    network = Network(reactor)
    network.client.socket.sendall(b"question")
    network.server.socket.sendall(b"answer")
    turn_until(reactor, lambda: network.server.received and network.client.received)
    assert network.server.received == b"question"
    assert network.client.received == b"answer"


@pytest.mark.parametrize("first", ["client", "server"])
def test_a_half_close_is_passed_on_and_the_other_half_stays_open(reactor: Reactor, first: str) -> None:
    network = Network(reactor)
    asking, answering = network.client, network.server
    if first == "server":
        asking, answering = answering, asking
    asking.socket.sendall(b"question")
    half_close(asking)
    turn_until(reactor, answering.has_ended)
    assert answering.received == b"question"
    answering.socket.sendall(b"answer")
    half_close(answering)
    turn_until(reactor, lambda: asking.has_ended() and network.has_ended())
    assert isinstance(asking.end, EOFError)
    assert asking.received == b"answer"


@pytest.mark.parametrize("first", ["client", "server"])
@pytest.mark.parametrize("end", [PeerSocket.close, PeerSocket.reset])
def test_the_end_of_either_side_ends_the_other(
    reactor: Reactor, first: str, end: Callable[[PeerSocket], None]
) -> None:
    network = Network(reactor)
    gone, other = network.client, network.server
    if first == "server":
        gone, other = other, gone
    gone.socket.sendall(b"last words")
    turn_until(reactor, lambda: other.received)
    end(gone)
    turn_until(reactor, other.has_ended)
    assert isinstance(other.end, EOFError)
    other.close()
    turn_until(reactor, network.has_ended)


def test_a_client_that_does_not_read_and_resets_ends_the_server_side(reactor: Reactor) -> None:
    network = Network(reactor)
    network.reactor.watch(network.client, False, False)
    turns_without_progress = 0
    while turns_without_progress < 20:
        try:
            network.server.socket.send(bytes(65536))
            turns_without_progress = 0
        except BlockingIOError:
            turns_without_progress += 1
        reactor.call_soon(int)
        reactor.turn()
    network.client.reset()
    turn_until(reactor, network.server.has_ended)
    turn_until(reactor, network.has_ended)


def test_a_refused_connection_closes_the_near_side(reactor: Reactor) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        client = PeerSocket(reactor, connect(reactor, Proxy(reactor, *unused.getsockname())))
        turn_until(reactor, client.has_ended)
    assert isinstance(client.end, EOFError)


def test_a_client_that_resets_before_the_server_has_answered_is_forgotten(reactor: Reactor) -> None:
    server = RecordingFactory(RecordingProtocol)
    host = reactor.listen_tcp(0, server).host
    assert isinstance(host, IPv4Address)
    client = PeerSocket(reactor, connect(reactor, Proxy(reactor, host.host, host.port)))
    client.socket.sendall(b"never mind")
    client.reset()
    turn_until(reactor, lambda: server.built and server.built[0].reasons)
    client = PeerSocket(reactor, connect(reactor, Proxy(reactor, host.host, host.port)))
    client.close()
    turn_until(reactor, lambda: len(server.built) == 2 and server.built[1].reasons)


def test_a_slow_reader_slows_the_sender_and_little_waits_in_the_proxy(reactor: Reactor) -> None:
    network = Network(reactor, reads=False)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sent = received = most = 0
    piece = bytes(1 << 16)
    while received < MUCH:
        while sent < MUCH:
            try:
                sent += network.client.socket.send(piece[: MUCH - sent])
            except BlockingIOError:
                break
        for _ in range(2):
            reactor.call_soon(int)
            reactor.turn()
        assert network.near.other is not None
        most = max(most, network.near.other.waiting)
        try:
            received += len(network.server.socket.recv(1 << 18))
        except BlockingIOError:
            pass
    assert most <= HIGH_WATER + RECEIVE_SIZE
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000  # KiB


# --- the command


def test_it_says_that_the_port_is_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as used:
        port = used.getsockname()[1]
        result = run("tutorials.proxy", str(port), "127.0.0.1", "8000")
    assert result.returncode == 1
    assert result.stderr == (
        f"cannot listen on tcp:127.0.0.1:{port}: Address already in use."
        " Stop the other server, or choose another LISTEN_PORT.\n"
    )


def test_a_wrong_argument_is_one_line() -> None:
    result = run("tutorials.proxy", "8100", "127.0.0.1", "http")
    assert result.returncode == 2
    assert len(result.stderr.splitlines()) == 1
