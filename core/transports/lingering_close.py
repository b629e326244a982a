"""A lingering close: closing a socket at once can destroy data that was already sent, so close in two steps.

If a socket is closed while received bytes are unread, the kernel resets the connection, and the reset makes
the peer drop what it has not read yet (RFC 1122, 4.2.2.13). So first end the sending side, then read and
discard until the peer closes too.
"""

import socket

from core.interfaces import Descriptor, ReactorCore
from core.timers import cancel_if_active

IDLE_TIMEOUT = 1.0
"""Close after this many seconds in which the peer has sent nothing."""

MAX_LINGER = 30.0
"""Close after this many seconds even if the peer still sends."""

RECEIVE_SIZE = 65536

FIRST_FLIGHT = 14600
"""Bytes that a new connection sends without waiting for an acknowledgement (RFC 6928)."""


class LingeringClose(Descriptor):
    """Takes over the socket of a connection that has ended: sends the end of the stream, then drops input."""

    def __init__(self, reactor: ReactorCore, sock: socket.socket) -> None:
        self._reactor = reactor
        self._socket = sock
        self._until = reactor.seconds() + MAX_LINGER
        self._timeout = reactor.call_later(IDLE_TIMEOUT, self._close)
        reactor.watch(self, True, False)
        end_sending(sock)

    def fileno(self) -> int:
        return self._socket.fileno()

    def on_readable(self) -> None:
        try:
            if self._socket.recv(RECEIVE_SIZE):
                if self._reactor.turned_at < self._until:
                    self._timeout.reset(IDLE_TIMEOUT)
                return
        except BlockingIOError:
            return
        except OSError:  # a reset ends the connection too
            pass
        self._close()

    def on_error(self, error: Exception) -> None:
        self._close()

    def _close(self) -> None:
        cancel_if_active(self._timeout)
        self._reactor.forget(self)
        self._reactor.close_at_turn_end(self._socket)


def closes_at_once(sock: socket.socket, sent: int) -> bool:
    """Send the end of the stream. Whether `sent` bytes and it went in the first flight, and nothing came.

    If the peer sends now, and is reset because the socket is closed, it has received everything before.
    """
    if sent > FIRST_FLIGHT:
        return False
    try:
        sock.shutdown(socket.SHUT_WR)
        sock.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False


def end_sending(sock: socket.socket) -> None:
    """Send the end of the stream, unless the peer has reset the connection."""
    try:
        sock.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def is_drained(sock: socket.socket) -> bool:
    """Whether there is nothing to read, neither data nor the end of it."""
    try:
        sock.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False
