"""Helpers for tests of transports: recording protocols and factories, and both ends of a connection."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Generic, TypeVar

from core.interfaces import AbstractConnector, Address, Descriptor, ReactorCore
from core.protocols.protocol import ClientFactory, Factory, Protocol
from core.reactor import Reactor
from core.transports.stream import StreamTransport


class RecordingProtocol(Protocol):
    """A protocol that records its notifications, the received data and the reason of the end."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.data = bytearray()
        self.reasons: list[Exception] = []

    def connection_made(self) -> None:
        self.calls.append("made")

    def data_received(self, data: bytes) -> None:
        self.calls.append("data")
        self.data += data

    def connection_lost(self, reason: Exception) -> None:
        self.calls.append("lost")
        self.reasons.append(reason)


Made = TypeVar("Made", bound=Protocol)


class RecordingFactory(Factory, Generic[Made]):
    """A factory that calls `build` for each protocol, and records the protocols, the starts and the stops."""

    def __init__(self, build: Callable[[], Made]) -> None:
        self.build = build
        self.built: list[Made] = []
        self.calls: list[str] = []

    def build_protocol(self, address: Address) -> Protocol | None:
        protocol = self.build()
        protocol.factory = self
        self.built.append(protocol)
        return protocol

    def start_factory(self) -> None:
        self.calls.append("start")

    def stop_factory(self) -> None:
        self.calls.append("stop")


class RecordingClientFactory(RecordingFactory[Made], ClientFactory):
    """A client factory like RecordingFactory, which also records failed attempts and lost connections."""

    def __init__(self, build: Callable[[], Made]) -> None:
        super().__init__(build)
        self.failures: list[Exception] = []
        self.losses: list[Exception] = []

    def started_connecting(self, connector: AbstractConnector) -> None:
        self.calls.append("connecting")

    def client_connection_failed(self, connector: AbstractConnector, reason: Exception) -> None:
        self.calls.append("failed")
        self.failures.append(reason)

    def client_connection_lost(self, connector: AbstractConnector, reason: Exception) -> None:
        self.calls.append("lost")
        self.losses.append(reason)


class PeerSocket(Descriptor):
    """A plain socket on the same reactor: the peer of a transport under test.

    It stores the received bytes. `end` is EOFError after the end of stream, or the error. With `reads=False`
    it reads nothing until `read()` is called.
    """

    def __init__(self, reactor: ReactorCore, sock: socket.socket, reads: bool = True) -> None:
        self.received = bytearray()
        self.end: Exception | None = None
        self.socket = sock
        self._reactor = reactor
        sock.setblocking(False)
        reactor.watch(self, reads, False)

    def fileno(self) -> int:
        return self.socket.fileno()

    def read(self) -> None:
        self._reactor.watch(self, True, False)

    def has_ended(self) -> bool:
        return self.end is not None

    def on_readable(self) -> None:
        try:
            while data := self.socket.recv(1 << 20):
                self.received += data
            self._end(EOFError())
        except BlockingIOError:
            pass
        except OSError as error:
            self._end(error)

    def on_error(self, error: Exception) -> None:
        self._end(error)

    def _end(self, error: Exception) -> None:
        self.end = error.with_traceback(None)  # its frames would keep the objects under test alive
        self._reactor.watch(self, False, False)

    def shut_down(self) -> None:
        self.close()

    def close(self) -> None:
        self._reactor.forget(self)
        self.socket.close()

    def reset(self) -> None:
        """Close the socket so that the other end gets a connection reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.close()


class SteppedReactor(Reactor):
    """A real reactor whose clock moves only when the test calls `advance`."""

    now = 0.0

    def seconds(self) -> float:
        return self.now

    def advance(self, seconds: float, turns: int = 1) -> None:
        """Move the clock, and take `turns` turns without waiting."""
        self.now += seconds
        for _ in range(turns):
            self.call_soon(int)
            self.turn()


def tcp_pair() -> tuple[socket.socket, socket.socket]:
    """Two sockets that are connected by TCP."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        one = socket.create_connection(listening.getsockname())
        other, _ = listening.accept()
    return one, other


@contextmanager
def busy_server(path: Path) -> Iterator[socket.socket]:
    """A Unix socket that listens at `path`, and whose backlog is full."""
    with ExitStack() as stack:
        server = stack.enter_context(socket.socket(socket.AF_UNIX))
        server.bind(str(path))
        server.listen(0)
        while True:
            client = stack.enter_context(socket.socket(socket.AF_UNIX))
            client.setblocking(False)
            if client.connect_ex(str(path)):
                break
        yield server


def pair(
    reactor: ReactorCore, protocol: Protocol, reads: bool = True, factory: Factory | None = None
) -> tuple[StreamTransport, PeerSocket]:
    """Connect `protocol`. Returns its transport, already started, and the socket at the other end."""
    near, other = tcp_pair()
    near.setblocking(False)
    peer = PeerSocket(reactor, other, reads)
    transport = StreamTransport(reactor, near, other.getsockname())
    transport.start(factory or RecordingFactory(lambda: protocol))
    return transport, peer
