"""UDP peers as sessions, so that the monitor can show them: UDP itself has no connections.

A wrapper stands between a protocol and its socket. It opens a session for each address that sends a
datagram, and closes it when the peer has been silent for a while.
"""

from collections.abc import Callable

from core.interfaces import Address, DatagramTransport, ReactorCore, address_of
from core.protocols.protocol import DatagramProtocol
from core.protocols.sessions import Session, SessionRegistry, Tap
from core.timers import DelayedCall

IDLE_TIMEOUT = 60.0
"""Seconds without a datagram after which a peer's session is closed."""

MAX_PEERS = 1000
"""With more peers, a new one replaces the oldest: a sender address is easily forged (RFC 4732, 3.1)."""


class Peer:
    """A peer as the session registry sees it: its address, its byte counts, and the calls that close it."""

    session: Session

    def __init__(self, address: Address, forget: Callable[[], None]) -> None:
        self.peer = address
        self.bytes_in = self.bytes_out = self.waiting = 0
        self.active_at = 0.0
        self.tap: Tap | None = None
        self._forget = forget

    def lose_connection(self) -> None:
        """Close the session. The next datagram of the peer opens another one."""
        self._forget()

    abort_connection = lose_connection


class UDPSessions(DatagramProtocol, DatagramTransport):
    """Wraps `protocol`: counts for each peer what is received and sent, in a session of `service`."""

    def __init__(
        self, protocol: DatagramProtocol, service: str, sessions: SessionRegistry, reactor: ReactorCore
    ) -> None:
        self.protocol = protocol
        self._service = service
        self._sessions = sessions
        self._reactor = reactor
        self._peers: dict[tuple[str, int], Peer] = {}
        self._sweep: DelayedCall | None = None

    # --- as the protocol of the socket

    def start_protocol(self) -> None:
        self.host = self.transport.host
        self.protocol.make_connection(self)

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        peer = self._peers.get(address) or self._add(address)
        peer.bytes_in += len(data)
        peer.active_at = self._reactor.turned_at
        if peer.tap is not None:
            peer.tap("in", data)
        self.protocol.datagram_received(data, address)

    def connection_refused(self) -> None:
        self.protocol.connection_refused()

    def stop_protocol(self) -> None:
        for address in list(self._peers):
            self._forget(address, "the server has stopped")
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None
        self.protocol.stop_protocol()

    # --- as the transport of the protocol

    def write(self, data: bytes, address: tuple[str, int] | None = None) -> None:
        self.transport.write(data, address)
        peer = self._peers.get(address) if address is not None else None
        if peer is not None:
            peer.bytes_out += len(data)
            if peer.tap is not None:
                peer.tap("out", data)

    def connect(self, host: str, port: int) -> None:
        self.transport.connect(host, port)

    # --- peers

    def _add(self, address: tuple[str, int]) -> Peer:
        if len(self._peers) >= MAX_PEERS:
            self._forget(next(iter(self._peers)), "replaced by a new peer")
        peer = Peer(address_of(address, "udp"), lambda: self._forget(address, "forgotten"))
        self._peers[address] = peer
        peer.session = self._sessions.open(self._service, peer)
        self._schedule_sweep()
        return peer

    def _forget(self, address: tuple[str, int], reason: str) -> None:
        peer = self._peers.pop(address, None)
        if peer is not None:
            peer.session.close(reason)

    def _schedule_sweep(self) -> None:
        if self._sweep is None and self._peers:
            self._sweep = self._reactor.call_later(IDLE_TIMEOUT / 2, self._forget_idle_peers)

    def _forget_idle_peers(self) -> None:
        now = self._reactor.seconds()
        for address, peer in list(self._peers.items()):
            if now - peer.active_at > IDLE_TIMEOUT:
                self._forget(address, "silent for a while")
        self._sweep = None
        self._schedule_sweep()
