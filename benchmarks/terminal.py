"""A full-screen program in a pseudo-terminal (pty): it is started, gets keys, and its output is read.

Memory and processor time are the kernel's figures for the program's process.
"""

import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable
from contextlib import suppress
from fcntl import ioctl
from pathlib import Path

from benchmarks.servers import cpu_seconds

ROWS, COLUMNS = 40, 120
TIMEOUT = 30.0
"""Seconds to wait for output before a TimeoutError."""


class Terminal:
    """`python -m` with `arguments`, in a pty of ROWS and COLUMNS."""

    def __init__(self, *arguments: str) -> None:
        self.pid, self._number = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "xterm-256color"
            os.environ.pop("NO_COLOR", None)
            ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
            os.execv(sys.executable, [sys.executable, "-m", *arguments])

    def seconds_until(
        self, wanted: str, act: Callable[[], object] = lambda: None, timeout: float = TIMEOUT
    ) -> float:
        """Call `act`, and return the seconds until the program has written `wanted`. Raises TimeoutError."""
        began, end, seen = time.monotonic(), wanted.encode(), b""
        act()
        while (left := began + timeout - time.monotonic()) > 0:
            if select.select([self._number], [], [], left)[0]:
                seen = seen[-len(end) :] + os.read(self._number, 1 << 16)
                if end in seen:
                    return time.monotonic() - began
        raise TimeoutError(f"{wanted!r} was not written")

    def read_for(self, seconds: float) -> None:
        """Read and discard the output for some seconds, so that the program never has to wait for it."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if select.select([self._number], [], [], left)[0]:
                os.read(self._number, 1 << 16)

    def type(self, keys: str) -> None:
        """Send `keys` to the program."""
        os.write(self._number, keys.encode())

    def processor_time(self) -> float:
        """User and system time so far, in seconds."""
        return cpu_seconds(self.pid)

    def memory(self) -> str:
        """The resident memory now, and its maximum so far."""
        status = dict(
            line.split(":", 1) for line in Path(f"/proc/{self.pid}/status").read_text().splitlines()
        )
        now, most = (int(status[key].split()[0]) / 1024 for key in ("VmRSS", "VmHWM"))
        return f"{now:.0f} MiB, at most {most:.0f} MiB"

    def end(self) -> None:
        """Stop the program with SIGTERM, and wait for its end."""
        os.kill(self.pid, signal.SIGTERM)
        with suppress(OSError):  # EIO: the program has closed its end of the pty
            self.read_for(5.0)
        os.waitpid(self.pid, 0)
        os.close(self._number)
