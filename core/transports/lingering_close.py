"""To close a socket is not to part in peace: what was sent last may never arrive.

A socket that is closed with bytes unread is reset, and the reset destroys what was still on its way to the
peer (RFC 1122, 4.2.2.13). So whoever has said its last word goes on listening, without attention, until the
peer has said its own.
"""

import socket

from core.interfaces import Descriptor, ReactorCore

IDLE_TIMEOUT = 1.0
"""Seconds of silence after which the peer is taken to have said all."""

MAX_LINGER = 30.0
"""Seconds after which one who goes on all the same is cut short."""

RECEIVE_SIZE = 65536


class LingeringClose(Descriptor):
    """What is left of a connection: its sending side is shut down, and what still comes is thrown away."""

    def __init__(self, reactor: ReactorCore, sock: socket.socket) -> None:
        self._reactor = reactor
        self._socket = sock
        self._until = reactor.seconds() + MAX_LINGER
        self._timeout = reactor.call_later(IDLE_TIMEOUT, self._close)
        reactor.watch(self, True, False)
        try:
            sock.shutdown(socket.SHUT_WR)
        except OSError:  # the peer was faster
            self._close()

    def fileno(self) -> int:
        """The socket's descriptor."""
        return self._socket.fileno()

    def on_readable(self) -> None:
        """Throw away what comes, up to its end."""
        try:
            if self._socket.recv(RECEIVE_SIZE):
                if self._reactor.turned_at < self._until:
                    self._timeout.reset(IDLE_TIMEOUT)
                return
        except BlockingIOError:
            return
        except OSError:  # a reset is an end as well
            pass
        self._close()

    def on_error(self, error: Exception) -> None:
        """Wait no longer."""
        self._close()

    def _close(self) -> None:
        if self._timeout.active():
            self._timeout.cancel()
        self._reactor.forget(self)
        self._reactor.close_at_turn_end(self._socket)


def is_drained(sock: socket.socket) -> bool:
    """Nothing unread lies in the socket, for now. Reads once to find out, and throws away what it read."""
    try:
        sock.recv(RECEIVE_SIZE)
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False
