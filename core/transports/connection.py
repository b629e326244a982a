"""A connection begins once and ends once, and whoever answers for it hears of both.

While there is no protocol, `protocol` is one whose methods do nothing: `core/transports/stream.py` needs no
test for None.
"""

import logging
import socket
import struct
from collections.abc import Callable

from core.addresses import Address, address_of
from core.errors import ConnectionAborted, ConnectionLost
from core.interfaces import Descriptor, ReactorCore, Transport
from core.protocols.protocol import Factory, Protocol
from core.protocols.sessions import Tap

log = logging.getLogger(__name__)

NO_LINGER = struct.pack("ii", 1, 0)
NOBODY = Protocol()


class Connection(Descriptor, Transport):
    """A connected socket, the protocol that answers for it, and what is counted of it.

    `bytes_in` and `bytes_out` count what was read and sent, `waiting` what is still to go out.
    `when_lost` is called with the reason, once the protocol knows of it.
    """

    __slots__ = (
        "reactor",
        "socket",
        "protocol",
        "disconnecting",
        "waiting",
        "bytes_in",
        "bytes_out",
        "active_at",
        "tap",
        "when_lost",
        "_peer_name",
        "_ended",
        "__weakref__",
    )

    def __init__(self, reactor: ReactorCore, sock: socket.socket, peer_name: object) -> None:
        self.reactor = reactor
        self.socket = sock
        self.protocol = NOBODY
        self.watched = 0
        self.disconnecting = False
        self.waiting = self.bytes_in = self.bytes_out = 0
        self.active_at = reactor.turned_at
        self.tap: Tap | None = None
        self.when_lost: Callable[[Exception], None] | None = None
        self._peer_name = peer_name
        self._ended = False

    @property
    def peer(self) -> Address:
        """The address of the other end."""
        return address_of(self._peer_name)

    @property
    def host(self) -> Address:
        """The address of this end. OSError once the connection is closed."""
        return address_of(self.socket.getsockname())

    def fileno(self) -> int:
        """The socket's descriptor, -1 once it is closed."""
        return self.socket.fileno()

    def introduce(self, factory: Factory) -> None:
        """Have `factory` build the protocol, and make them known to each other; without one, close."""
        try:
            protocol = factory.build_protocol(self.peer)
            if protocol is None:
                self.lose_connection()
                return
            self.protocol = protocol
            if factory.sessions is not None:
                protocol.session = factory.sessions.open(factory.service, self)
                protocol.session.on_kick = protocol.on_kick
            protocol.make_connection(self)
        except Exception as error:
            log.exception("the connection with %s could not begin", self.peer)
            self.on_error(error)

    def abort_connection(self) -> None:
        """Close at once; the kernel throws away what it had not sent yet, and resets the connection."""
        if not self._ended:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
            self._end(ConnectionAborted())

    def on_error(self, error: Exception) -> None:
        """A handler raised: this connection is lost, and that is the reason."""
        self._end(error)

    def shut_down(self) -> None:
        """The reactor stops: send what is owed and close."""
        self.lose_connection()

    def _end(self, reason: Exception, close: bool = True) -> None:
        """It is over for us: hear no more of the socket. The protocol is told on the next turn."""
        if self._ended:
            return
        self._ended = self.disconnecting = True
        self.reactor.forget(self)
        if close:
            self.reactor.close_at_turn_end(self.socket)
        self.reactor.call_soon(self._deliver_loss, reason)

    def _deliver_loss(self, reason: Exception) -> None:
        protocol, self.protocol = self.protocol, NOBODY
        try:
            protocol.connection_lost(reason)
        finally:
            if protocol.session is not None:
                protocol.session.close(str(reason))
            if self.when_lost is not None:
                self.when_lost(reason)


def lost_by(error: OSError) -> ConnectionLost:
    """The reason for the loss of a connection that failed with `error`."""
    lost = ConnectionLost(f"connection was lost: {error.strerror or error}")
    lost.__cause__ = error.with_traceback(None)  # its frames would hold the transport
    return lost
