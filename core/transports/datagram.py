"""A UDP socket: one protocol object for all who write to it, since nobody is connected.

A datagram comes whole or not at all, perhaps twice, and in any order. Many are read in a turn: to wake up
for each one would cost more than to answer it.
"""

import logging
import socket
from collections.abc import Callable

from core.addresses import host_and_port
from core.deferred import Deferred, succeed
from core.interfaces import Address, DatagramTransport, Descriptor, ReactorCore, address_of
from core.mistakes import check_port, say_ignored
from core.protocols.protocol import DatagramProtocol
from core.protocols.sessions import Session, SessionRegistry, Tap
from core.timers import DelayedCall
from core.transports.sockets import bind, open_socket

log = logging.getLogger(__name__)

DATAGRAMS_IN_A_TURN = 64
LARGEST = 65536
FORGET_AFTER = 60.0
"""Seconds without a datagram after which a peer is no longer a session."""

MOST_PEERS = 1000
"""The oldest makes room for a new one: an address is easily forged (RFC 4732, 3.1)."""


class Peer:
    """Whoever sent us datagrams lately; what the session register counts by."""

    session: Session

    def __init__(self, address: Address, forget: Callable[[], None]) -> None:
        self.address = address
        self.bytes_in = self.bytes_out = self.waiting = 0
        self.active_at = 0.0
        self.tap: Tap | None = None
        self._forget = forget

    @property
    def peer(self) -> Address:
        """Where it writes from."""
        return self.address

    def lose_connection(self) -> None:
        """There is no connection to lose; but it is forgotten until it writes again."""
        self._forget()

    abort_connection = lose_connection


class DatagramPort(Descriptor, DatagramTransport):
    """A bound UDP socket."""

    def __init__(self, reactor: ReactorCore, protocol: DatagramProtocol, sock: socket.socket) -> None:
        self.protocol = protocol
        self._reactor = reactor
        self._socket = sock
        self._address = address_of(sock.getsockname(), "udp")
        self._checked: str | None = None  # the last host that was found to be a right one
        self._connected = False
        self._peers: dict[tuple[str, int], Peer] = {}
        self._sweep: DelayedCall | None = None

    @property
    def host(self) -> Address:
        """The address that the socket is bound to."""
        return self._address

    def fileno(self) -> int:
        """The socket's descriptor, -1 once it is closed."""
        return self._socket.fileno()

    def start_listening(self) -> None:
        """Receive from now on."""
        self._reactor.watch(self, True, False)
        self.protocol.make_connection(self)

    def stop_listening(self) -> Deferred[None]:
        """Stop receiving. The Deferred fires after `stop_protocol`, and fails with what that raises."""
        if self._socket.fileno() >= 0:
            self._reactor.forget(self)
            self._socket.close()
            for address in list(self._peers):
                self._forget(address, "the server has stopped")
            if self._sweep is not None:
                self._sweep.cancel()
                self._sweep = None
            stopped = Deferred[None]()
            self._reactor.call_soon(stopped.callback, None)
            return stopped.add_callback(lambda _: self.protocol.stop_protocol())
        return succeed(None)

    def is_open(self) -> bool:
        """Whether the port receives."""
        return self._socket.fileno() >= 0

    def __repr__(self) -> str:
        state = f"listening on {self._address}" if self._socket.fileno() >= 0 else "not listening"
        return f"<DatagramPort of {type(self.protocol).__qualname__}, {state}>"

    def on_readable(self) -> None:
        """Hand on what has come, each datagram by itself."""
        for _ in range(DATAGRAMS_IN_A_TURN):
            try:
                data, name = self._socket.recvfrom(LARGEST)
            except (BlockingIOError, InterruptedError):
                return
            except ConnectionRefusedError:
                self.protocol.connection_refused()
                continue
            except OSError:  # the protocol has closed this; or, on some systems, another peer is gone
                return
            address = host_and_port(name)
            if self.protocol.sessions is not None:
                peer = self._peers.get(address) or self._meet(address, self.protocol.sessions)
                peer.bytes_in += len(data)
                peer.active_at = self._reactor.turned_at
                if peer.tap is not None:
                    peer.tap("in", data)
            handler: Callable[[bytes, tuple[str, int]], object] = self.protocol.datagram_received
            if (result := handler(data, address)) is not None:
                say_ignored(log, handler, result)

    def on_error(self, error: Exception) -> None:
        """The datagram was somebody's; the port is everybody's, and lives on."""

    def shut_down(self) -> None:
        """Receive no more."""
        self.stop_listening()

    def write(self, data: bytes, address: tuple[str, int] | None = None) -> None:
        """Send one datagram, now. It may be lost here, if the kernel has no room, as well as on the way.

        ValueError for an address of the wrong family or with a name in it, or for none at all; TypeError
        for anything but bytes; OSError if the datagram is too large or nothing leads there.
        """
        try:
            if address is None:
                sent = self._send_to_peer(data)
            else:
                if address[0] != self._checked:
                    self._check(address[0])
                sent = self._socket.sendto(data, address)
        except OSError as error:
            self._on_failed_send(error)
            return
        peer = self._peers.get(address) if address is not None else None
        if peer is not None:
            peer.bytes_out += sent
            if peer.tap is not None:
                peer.tap("out", data)

    def _on_failed_send(self, error: OSError) -> None:
        if isinstance(error, ConnectionRefusedError):
            self._reactor.call_soon(self.protocol.connection_refused)
        elif not isinstance(error, BlockingIOError | InterruptedError) and self._socket.fileno() >= 0:
            raise error  # after the end a write does nothing

    def _send_to_peer(self, data: bytes) -> int:
        if not self._connected:
            raise ValueError("no address to send to, and connect() has named none")
        return self._socket.send(data)

    def connect(self, host: str, port: int) -> None:
        """Speak with this peer only; from now on its refusal can be told. ValueError as for `write`."""
        if self._connected:
            raise RuntimeError(f"{self!r} is connected already; that can be done once")
        check_port("connect", port)
        self._check(host)
        self._socket.connect((host, port))
        self._connected = True

    def _check(self, host: str) -> None:
        try:
            socket.inet_pton(self._socket.family, host.partition("%")[0])  # without its zone (RFC 4007)
        except OSError:
            raise ValueError(f"not an address that {self._address} can send to: {host!r}") from None
        self._checked = host

    # --- who is there, for as long as they write

    def _meet(self, address: tuple[str, int], sessions: SessionRegistry) -> Peer:
        if len(self._peers) >= MOST_PEERS:
            self._forget(next(iter(self._peers)), "made room for another")
        peer = Peer(address_of(address, "udp"), lambda: self._forget(address, "forgotten"))
        self._peers[address] = peer
        peer.session = sessions.open(self.protocol.service, peer)
        if self._sweep is None:
            self._sweep = self._reactor.call_later(FORGET_AFTER / 2, self._forget_the_silent)
        return peer

    def _forget(self, address: tuple[str, int], reason: str) -> None:
        peer = self._peers.pop(address, None)
        if peer is not None:
            peer.session.close(reason)

    def _forget_the_silent(self) -> None:
        now = self._reactor.seconds()
        for address, peer in list(self._peers.items()):
            if now - peer.active_at > FORGET_AFTER:
                self._forget(address, "silent for a while")
        self._sweep = None
        if self._peers:
            self._sweep = self._reactor.call_later(FORGET_AFTER / 2, self._forget_the_silent)


def bind_udp(interface: str, number: int) -> socket.socket:
    """A bound UDP socket; an empty `interface` means all of them. CannotListenError."""
    sock, name = open_socket("udp", socket.SOCK_DGRAM, interface, number)
    bind(sock, name, str(address_of(name, "udp")))
    return sock
