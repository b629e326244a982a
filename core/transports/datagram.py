"""A UDP socket: one protocol object receives from all peers, because UDP has no connections.

A datagram arrives whole or not at all, perhaps twice, and in any order. Several are read in one turn: a turn
of the loop costs more than the answer to a datagram. They are read in one go: the code of the handler then
stays in the processor's cache from one datagram to the next.
"""

import logging
import socket
from collections import deque

from core.addresses import SocketName, host_and_port, socket_name
from core.deferred import Deferred, succeed
from core.interfaces import DatagramTransport, Descriptor, ReactorCore, address_of, as_bytes
from core.mistakes.checks import check_host, check_port, warn_of_result
from core.protocols.protocol import DatagramProtocol
from core.transports.packet_info import PacketInfo
from core.transports.sockets import bind, open_socket

log = logging.getLogger(__name__)

DATAGRAMS_IN_A_TURN = 64
MAX_DATAGRAM = 65536


class DatagramPort(Descriptor, DatagramTransport):
    """A bound UDP socket."""

    def __init__(self, reactor: ReactorCore, protocol: DatagramProtocol, sock: socket.socket) -> None:
        self.protocol = protocol
        self._reactor = reactor
        self._socket = sock
        self.host = address_of(sock.getsockname(), "udp")
        packet_info = PacketInfo.for_socket(sock)
        self._receive = packet_info.receive if packet_info else sock.recvfrom
        self._send = packet_info.send if packet_info else sock.sendto
        self._received: deque[tuple[bytes, SocketName]] = deque()  # and not yet passed to the protocol
        self._checked: str | None = None  # the last host that `_check` has accepted
        self._has_zone = False
        self._connected = False

    def fileno(self) -> int:
        return self._socket.fileno()

    def start_listening(self) -> None:
        """Receive from now on. Raises what `start_protocol` raises."""
        if self.watched or not self.is_open():
            raise RuntimeError(f"{self!r} cannot begin to listen: it does so once")
        self._reactor.watch(self, True, False)
        try:
            self.protocol.make_connection(self)
        except Exception:
            self._close()
            raise

    def stop_listening(self) -> Deferred[None]:
        """Close the socket. The Deferred fires after `stop_protocol`, and fails if that raises."""
        stopped = succeed(None)
        if self.is_open():
            self._close()
            stopped = Deferred().add_callback(lambda _: self.protocol.stop_protocol())
            self._reactor.call_soon(stopped.callback, None)
        return stopped

    def _close(self) -> None:
        self._reactor.forget(self)
        self._socket.close()
        self._received.clear()

    def is_open(self) -> bool:
        """Whether the port receives."""
        return self._socket.fileno() >= 0

    def __repr__(self) -> str:
        state = f"listening on {self.host}" if self.is_open() else "not listening"
        return f"<DatagramPort of {type(self.protocol).__qualname__}, {state}>"

    def on_readable(self) -> None:
        """Read the datagrams that have arrived, then pass each one to the protocol."""
        receive, received = self._receive, self._received
        for _ in range(DATAGRAMS_IN_A_TURN):
            try:
                received.append(receive(MAX_DATAGRAM))
            except ConnectionRefusedError:
                self._reactor.call_soon(self.protocol.connection_refused)
            except OSError:  # no more have arrived; on some systems: a peer is unreachable
                break
        self._deliver()

    def _deliver(self) -> None:
        """Pass the received datagrams to the protocol. If it raises, the others follow in the next turn."""
        received = self._received
        while received:
            data, name = received.popleft()
            address = name if len(name) == 2 else host_and_port(name)
            try:
                result = self.protocol.datagram_received(data, address)  # type: ignore[func-returns-value]
            except Exception:
                self._reactor.call_soon(self._deliver)
                raise
            if result is not None:
                warn_of_result(log, self.protocol.datagram_received, result)  # type: ignore[unreachable]

    def on_error(self, error: Exception) -> None:
        """One bad datagram must not close the port."""

    def shut_down(self) -> None:
        self.stop_listening()

    def write(self, data: bytes, address: tuple[str, int] | None = None) -> None:
        """As the contract says; OSError if the datagram is too large or there is no route."""
        try:
            if address is None:
                self._send_to_peer(data)
            else:
                if address[0] != self._checked:
                    self._check("write", address)
                self._send(data, socket_name(*address) if self._has_zone else address)
        except (BlockingIOError, InterruptedError):
            pass
        except ConnectionRefusedError:
            self._reactor.call_soon(self.protocol.connection_refused)
        except (TypeError, OverflowError):
            as_bytes(data)  # raises a TypeError that says how to convert text
            self._check("write", address)  # raises an error that says what is wrong with the port
            raise
        except OSError:
            if self.is_open():  # after the end a write does nothing
                raise

    def _send_to_peer(self, data: bytes) -> None:
        if not self._connected:
            raise ValueError("no address to send to: give one, or call connect() first")
        self._socket.send(data)

    def connect(self, host: str, port: int) -> None:
        if self._connected:
            raise RuntimeError(f"{self!r} is connected already, and can be connected once")
        self._check("connect", (host, port))
        self._socket.connect(socket_name(host, port))
        self._connected = True

    def _check(self, name: str, address: object) -> None:
        if not (isinstance(address, tuple) and len(address) == 2):
            raise TypeError(f'{name} takes an address such as ("127.0.0.1", 9999), and got {address!r}')
        host, port = address
        check_host(name, host)
        check_port(name, port)
        try:
            socket.inet_pton(self._socket.family, host.partition("%")[0])
        except OSError:
            problem = f"{self.host} cannot send to {host!r}: not an address of its family"
            raise ValueError(f"{problem}, and names are not looked up") from None
        self._checked, self._has_zone = host, "%" in host  # RFC 4007


def bind_udp(interface: str, number: int, is_shared: bool = False) -> socket.socket:
    """A bound UDP socket; an empty `interface` means all of them. Raises CannotListenError.

    With `is_shared` other sockets of this user may have the same port (SO_REUSEPORT).
    """
    sock, name = open_socket("udp", socket.SOCK_DGRAM, interface, number)
    if is_shared:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    bind(sock, name, str(address_of(name, "udp")))
    return sock
