"""Wakes a loop that sleeps in the kernel, from another thread or a signal handler.

The loop waits only for descriptors, so one of them is its own: the self-pipe trick (D. J. Bernstein). It is
a socket pair because Windows cannot wait for a pipe.
"""

import socket
from contextlib import suppress
from weakref import finalize

from core.interfaces import Descriptor, ReactorCore


class Waker(Descriptor):
    """A socket pair: a byte written at the far end makes the near end readable."""

    def __init__(self, reactor: ReactorCore) -> None:
        self._near, self._far = socket.socketpair()
        self._near.setblocking(False)
        self._far.setblocking(False)
        # The sockets are closed at the end of the program at the latest, without a ResourceWarning.
        self._close = finalize(self, _close, self._near, self._far)
        reactor.watch(self, True, False)

    def wake(self) -> None:
        """Make the loop turn. May be called from any thread or signal handler."""
        with suppress(OSError):  # its buffer is full, so the loop will wake anyway; or it is closed
            self._far.send(b"!")

    def signal_fileno(self) -> int:
        """The descriptor for `signal.set_wakeup_fd`."""
        return self._far.fileno()

    def fileno(self) -> int:
        return self._near.fileno()

    def on_readable(self) -> None:
        """Read and discard the wake-up bytes."""
        with suppress(BlockingIOError):
            self._near.recv(4096)

    def on_error(self, error: Exception) -> None:
        """Ignore: the loop still needs to be woken."""

    def close(self) -> None:
        self._close()


def _close(near: socket.socket, far: socket.socket) -> None:
    near.close()
    far.close()
