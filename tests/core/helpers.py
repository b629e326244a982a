"""Helpers for tests of transports: recording protocols and factories, and both ends of a connection."""

import socket
from collections.abc import Callable
from typing import Generic, TypeVar

from core.interfaces import AbstractConnector, Address, Descriptor, ReactorCore
from core.protocols.protocol import ClientFactory, Factory, Protocol
from core.transports.stream import StreamTransport


class Witness(Protocol):
    """A protocol that records its notifications, the received data and the reason of the end."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.data = bytearray()
        self.reasons: list[Exception] = []

    def connection_made(self) -> None:
        self.heard.append("made")

    def data_received(self, data: bytes) -> None:
        self.heard.append("data")
        self.data += data

    def connection_lost(self, reason: Exception) -> None:
        self.heard.append("lost")
        self.reasons.append(reason)


Made = TypeVar("Made", bound=Protocol)


class Making(Factory, Generic[Made]):
    """A factory that calls `build` for each protocol, and records the protocols, the starts and the stops."""

    def __init__(self, build: Callable[[], Made]) -> None:
        self.build = build
        self.built: list[Made] = []
        self.heard: list[str] = []

    def build_protocol(self, address: Address) -> Protocol | None:
        protocol = self.build()
        protocol.factory = self
        self.built.append(protocol)
        return protocol

    def start_factory(self) -> None:
        self.heard.append("start")

    def stop_factory(self) -> None:
        self.heard.append("stop")


class Calling(Making[Made], ClientFactory):
    """A client factory like Making, which also records failed attempts and lost connections."""

    def __init__(self, build: Callable[[], Made]) -> None:
        super().__init__(build)
        self.failures: list[Exception] = []
        self.losses: list[Exception] = []

    def started_connecting(self, connector: AbstractConnector) -> None:
        self.heard.append("connecting")

    def client_connection_failed(self, connector: AbstractConnector, reason: Exception) -> None:
        self.heard.append("failed")
        self.failures.append(reason)

    def client_connection_lost(self, connector: AbstractConnector, reason: Exception) -> None:
        self.heard.append("lost")
        self.losses.append(reason)


class Far(Descriptor):
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


def tcp_pair() -> tuple[socket.socket, socket.socket]:
    """Two sockets that are connected by TCP."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        one = socket.create_connection(listening.getsockname())
        other, _ = listening.accept()
    return one, other


def pair(
    reactor: ReactorCore, protocol: Protocol, reads: bool = True, factory: Factory | None = None
) -> tuple[StreamTransport, Far]:
    """Connect `protocol`. Returns its transport, already started, and the socket at the other end."""
    near, other = tcp_pair()
    near.setblocking(False)
    far = Far(reactor, other, reads)
    transport = StreamTransport(reactor, near, other.getsockname())
    transport.start(factory or Making(lambda: protocol))
    return transport, far
