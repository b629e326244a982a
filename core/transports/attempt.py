"""An attempt to connect: one socket and one address. It ends with a connection or with the reason why not.

The kernel connects in the background. The socket becomes writable when `connect` has succeeded or failed;
SO_ERROR says which.
"""

import errno
import os
import socket
from collections.abc import Callable

from core.errors import UserError
from core.interfaces import Descriptor, ReactorCore
from core.transports.sockets import Name, prepare_tcp

IN_PROGRESS = {0, errno.EINPROGRESS, errno.EWOULDBLOCK}

OnConnected = Callable[[socket.socket], None]
OnFailed = Callable[[Exception], None]


class Attempt(Descriptor):
    """Calls `on_connected` with the socket, or `on_failed` with the reason; neither after `close`."""

    def __init__(
        self, reactor: ReactorCore, family: int, name: Name, on_connected: OnConnected, on_failed: OnFailed
    ) -> None:
        self._reactor = reactor
        self._on_connected = on_connected
        self._on_failed = on_failed
        self._closed = False
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.setblocking(False)
        try:
            number = self._socket.connect_ex(name)
        except OSError:  # the path is too long for a Unix socket
            self._socket.close()
            raise
        if number in IN_PROGRESS:
            reactor.watch(self, False, True)
        else:
            reactor.call_soon(self._on_errno, number)

    def fileno(self) -> int:
        return self._socket.fileno()

    def on_writable(self) -> None:
        number = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if number:
            self._on_errno(number)
        else:
            self._reactor.forget(self)
            if self._socket.family != getattr(socket, "AF_UNIX", None):
                prepare_tcp(self._socket)
            self._on_connected(self._socket)

    def _on_errno(self, number: int) -> None:
        self.on_error(OSError(number, os.strerror(number)))

    def on_error(self, error: Exception) -> None:
        """The attempt has failed because of `error`."""
        if not self._closed:
            self.close()
            self._on_failed(error)

    def shut_down(self) -> None:
        """Fail with UserError, so that no further address is tried."""
        self.on_error(UserError())

    def close(self) -> None:
        """Close the socket without calling `on_failed`."""
        self._closed = True
        self._reactor.forget(self)
        self._reactor.close_at_turn_end(self._socket)
