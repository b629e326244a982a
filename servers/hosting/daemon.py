"""Detaching from the terminal: the server runs in the background, and its start still has an exit status.

The lesson: a daemon has no terminal, no parent that waits for it, and nothing that it inherited by chance.
But the user who starts it wants to know whether it serves. So the first process waits until the daemon is
ready or has failed. (The library python-daemon detaches at once: its first process has exited 0 before a port
is bound. It also opens /dev/null after the chroot, where it is not.)
"""

import os
import signal
import sys
from collections.abc import Callable, Collection
from contextlib import suppress
from types import FrameType

from core.engine.signals import STOPPING, is_ignored
from core.standard_streams import writer

STANDARD = range(3)
"""The descriptors of the standard streams."""


class Daemon:
    """This process, in the background. The process that it was detached from waits for `report_ready`."""

    def __init__(self, starter: int) -> None:
        self._starter: int | None = starter  # the writing end of a pipe
        self._null: int | None = os.open(os.devnull, os.O_RDWR)  # now: there may be none after a chroot
        os.dup2(self._null, sys.stdin.fileno())

    def report_ready(self) -> None:
        """Let the first process exit with status 0, and end all output to its terminal.

        BrokenPipeError if that process was interrupted.
        """
        starter, self._starter = self._starter, None
        self.end_output()
        if starter is not None:
            try:
                os.write(starter, b"!")
            finally:
                os.close(starter)

    def end_output(self) -> None:
        """End all output to the terminal in this process. It reports nothing more: a worker does not."""
        for stream in (sys.stdout, sys.stderr):
            writer(stream).close()
            if self._null is not None:
                os.dup2(self._null, stream.fileno())
        for number in (self._null, self._starter):
            if number is not None:
                os.close(number)
        self._null = self._starter = None


def detach(kept: Collection[int] = ()) -> Daemon:
    """Continue in a daemon: a process without a terminal, in a session that it does not lead.

    This process waits for the daemon and exits, with 0 when it is ready, or with its status if it ends
    before. Closes all descriptors except the standard streams and `kept`.
    """
    reading, writing = os.pipe()
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)  # until there is a handler
    if leader := os.fork():
        os.close(writing)
        raise SystemExit(_wait_for(leader))
    os.setsid()
    set_handlers(signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if daemon := os.fork():  # only the leader of a session can get a terminal again
        os.close(writing)
        os._exit(0 if os.read(reading, 1) else _status_of(daemon))
    close_all_except({*STANDARD, *kept, writing})
    return Daemon(writing)


def _wait_for(leader: int) -> int:
    """The exit status of the process that waits for the daemon. After Ctrl-C the daemon does not serve."""
    try:
        set_handlers(signal.default_int_handler)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
        return _status_of(leader)
    except KeyboardInterrupt:
        with suppress(ProcessLookupError):
            os.kill(leader, signal.SIGKILL)  # so the daemon cannot report that it is ready
        return 128 + signal.SIGINT


def _status_of(child: int) -> int:
    """Wait until `child` ends. Returns its exit status; after a signal 128 and its number."""
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return status if status >= 0 else 128 - status


def set_handlers(handler: Callable[[int, FrameType | None], object] | signal.Handlers) -> None:
    """Set the handler of the signals that stop a program. A Ctrl-C that is ignored remains ignored."""
    for number in STOPPING:
        if not is_ignored(number):
            signal.signal(number, handler)


def close_all_except(kept: Collection[int]) -> None:
    """Close all descriptors of this process except those in `kept`."""
    first = 0
    for number in (*sorted(kept), os.sysconf("SC_OPEN_MAX")):
        if first < number:  # with an empty range Python would close all of them
            os.closerange(first, number)
        first = number + 1
