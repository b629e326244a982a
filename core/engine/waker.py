"""A loop that sleeps in the kernel hears only descriptors: so one of them is ours, to wake it with.

This is the self-pipe trick (D. J. Bernstein), with a socket pair because Windows can wait for nothing else.
"""

import socket
from contextlib import suppress

from core.interfaces import Descriptor, ReactorCore


class Waker(Descriptor):
    """A byte written at one end makes the other end readable, and that is all."""

    def __init__(self, reactor: ReactorCore) -> None:
        self._near, self._far = socket.socketpair()
        self._near.setblocking(False)
        self._far.setblocking(False)
        reactor.watch(self, True, False)

    def wake(self) -> None:
        """Make the loop turn; from any thread or signal handler."""
        with suppress(OSError):  # full of such bytes already, or closed
            self._far.send(b"!")

    def signal_fileno(self) -> int:
        """What `signal.set_wakeup_fd` may write to."""
        return self._far.fileno()

    def fileno(self) -> int:
        """The end that becomes readable."""
        return self._near.fileno()

    def on_readable(self) -> None:
        """Being awake is all there is to it: swallow the bytes."""
        with suppress(BlockingIOError):
            self._near.recv(4096)

    def on_error(self, error: Exception) -> None:
        """Stay."""

    def close(self) -> None:
        """Close both ends."""
        self._near.close()
        self._far.close()
