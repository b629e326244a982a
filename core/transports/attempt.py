"""An attempt is one socket on its way to one address; it ends with a connection, or with the reason why not.

The kernel does the work. Writable means that it is decided, and then the socket is asked which way.
"""

import errno
import os
import socket
from collections.abc import Callable

from core.errors import UserError
from core.interfaces import Descriptor, ReactorCore
from core.transports.sockets import Name, prepare_tcp

UNDER_WAY = {0, errno.EINPROGRESS, errno.EWOULDBLOCK}


class Attempt(Descriptor):
    """Calls `on_connected` with the socket, or `on_failed` with the reason; neither once it is closed."""

    def __init__(
        self,
        reactor: ReactorCore,
        family: int,
        name: Name,
        on_connected: Callable[[socket.socket], None],
        on_failed: Callable[[Exception], None],
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
        if number in UNDER_WAY:
            reactor.watch(self, False, True)
        else:
            reactor.call_soon(self._on_errno, number)

    def fileno(self) -> int:
        """The socket's descriptor."""
        return self._socket.fileno()

    def on_writable(self) -> None:
        """It is decided."""
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
        """Count it as failed."""
        if not self._closed:
            self.close()
            self._on_failed(error)

    def shut_down(self) -> None:
        """Give up, and ask for no further attempt."""
        self.on_error(UserError())

    def close(self) -> None:
        """Drop the socket and tell nobody."""
        self._closed = True
        self._reactor.forget(self)
        self._reactor.close_at_turn_end(self._socket)
