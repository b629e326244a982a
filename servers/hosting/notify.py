"""Tells the service manager that the server is ready, alive or stopping: the protocol of sd_notify(3).

The lesson: the manager names a datagram socket in NOTIFY_SOCKET, and a message is a line of text. WATCHDOG=1
comes from a timer of the reactor. So a loop that hangs sends none, and the manager starts the server again.
"""

import logging
import os
import socket
from collections.abc import MutableMapping

from core.errors import in_words
from core.interfaces import ReactorTime
from core.task import LoopingCall

log = logging.getLogger(__name__)


class Notifier:
    """The manager's end of the protocol, as `environ` describes it. Without a manager it does nothing.

    The variables are removed, so that no child takes them for its own. `alive_every` is the time in seconds
    between two signs of life, half of what the manager waits for; 0: it does not wait.
    """

    def __init__(self, environ: MutableMapping[str, str] = os.environ) -> None:
        self._path = environ.pop("NOTIFY_SOCKET", "")
        timeout, process = environ.pop("WATCHDOG_USEC", ""), environ.pop("WATCHDOG_PID", "")
        is_ours = process in ("", str(os.getpid()))
        self.alive_every = int(timeout) / 2e6 if self._path and is_ours and timeout.isdigit() else 0.0
        self._socket: socket.socket | None = None

    def connect(self) -> None:
        """Connect now: after a chroot the path of the socket would be another one. Failure is logged."""
        if not self._path:
            return
        if self._path[0] not in "/@":
            log.warning("cannot notify %s: only a path, or @ and an abstract name, is understood", self._path)
            return
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        sock.setblocking(False)
        try:
            sock.connect("\0" + self._path[1:] if self._path[0] == "@" else self._path)
        except OSError as error:
            sock.close()
            log.warning("cannot notify %s: %s", self._path, in_words(error))
        else:
            self._socket = sock

    def send(self, message: str) -> None:
        """Send `message`, such as READY=1. Failure is logged: the server goes on."""
        if self._socket is not None:
            try:
                self._socket.send(message.encode())
            except OSError as error:
                log.warning("cannot notify %s: %s", self._path, in_words(error))

    def start_signs_of_life(self, clock: ReactorTime) -> None:
        """Send WATCHDOG=1 now, and then every `alive_every` seconds, as long as the reactor turns."""
        if self._socket is not None and self.alive_every:
            calls = LoopingCall(self.send, "WATCHDOG=1")
            calls.clock = clock
            calls.start(self.alive_every)

    def close(self) -> None:
        """Close the socket, if there is one."""
        if self._socket is not None:
            self._socket.close()
