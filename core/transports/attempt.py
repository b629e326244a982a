"""An attempt to connect: one socket and one address. It ends with a connected socket or with an error.

The kernel connects in the background. The socket becomes writable when `connect` has succeeded or failed;
SO_ERROR says which. There are two exceptions. A Unix socket whose backlog is full does not wait: it is tried
again. And on loopback a TCP socket can be connected to itself, if the system has given it the very port that
it connects to.
"""

import errno
import socket
from collections.abc import Callable

from core.errors import UserError
from core.interfaces import Descriptor, ReactorCore
from core.transports.sockets import Name, error_of, pending_error, prepare_tcp, reset_on_close

IN_PROGRESS = {0, errno.EINPROGRESS, errno.EWOULDBLOCK}

RETRY_INTERVAL = 0.05
"""Seconds after which a Unix socket whose backlog was full is tried again."""

OnConnected = Callable[[socket.socket], None]
OnFailed = Callable[[Exception], None]


class Attempt(Descriptor):
    """Calls `on_connected` with the socket, or `on_failed` with the reason; neither after `close`.

    `busy`: the server's backlog was full when this was tried last.
    """

    busy = False

    def __init__(
        self, reactor: ReactorCore, family: int, name: Name, on_connected: OnConnected, on_failed: OnFailed
    ) -> None:
        self._reactor = reactor
        self._on_connected = on_connected
        self._on_failed = on_failed
        self._name = name
        self.closed = False
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.setblocking(False)
        try:
            self._connect()
        except OSError:  # the path is too long for a Unix socket
            self._socket.close()
            raise

    def _connect(self) -> None:
        if self.closed:
            return
        number = self._socket.connect_ex(self._name)
        self.busy = self._is_unix() and number == errno.EAGAIN
        if self.busy:
            self._reactor.watch(self, False, False)  # so that a reactor that stops ends this attempt
            self._reactor.call_later(RETRY_INTERVAL, self._connect)
        elif number in IN_PROGRESS:
            self._reactor.watch(self, False, True)
        else:
            self._reactor.call_soon(self.on_error, error_of(number))

    def _is_unix(self) -> bool:
        return self._socket.family == getattr(socket, "AF_UNIX", None)

    def fileno(self) -> int:
        return self._socket.fileno()

    def on_writable(self) -> None:
        error = pending_error(self._socket)
        if error is None and self._is_connected_to_itself():
            reset_on_close(self._socket)  # else its port would stay in use, which is the server's
            error = error_of(errno.ECONNREFUSED)
        if error is not None:
            self.on_error(error)
        else:
            self._reactor.forget(self)
            if not self._is_unix():
                prepare_tcp(self._socket)
            self.closed = True
            self._on_connected(self._socket)

    def _is_connected_to_itself(self) -> bool:
        try:
            return not self._is_unix() and self._socket.getsockname() == self._socket.getpeername()
        except OSError:  # connected, and reset at once
            return False

    def on_error(self, error: Exception) -> None:
        """The attempt has failed because of `error`."""
        if not self.closed:
            self.close()
            self._on_failed(error)

    def shut_down(self) -> None:
        """Fail with UserError, so that no further address is tried."""
        self.on_error(UserError())

    def close(self) -> None:
        """Close the socket without calling `on_failed`."""
        self.closed = True
        self._reactor.forget(self)
        self._reactor.close_at_turn_end(self._socket)
