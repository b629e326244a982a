"""A program in a pseudo-terminal (pty) of its own: types keys, and measures until the answer is drawn."""

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

ROWS, COLUMNS = 40, 120


class Terminal:
    """Runs `python -m` with `arguments`, in colour. Its output must be read, or the program blocks."""

    def __init__(self, *arguments: str) -> None:
        self.pid, self._number = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "xterm-256color"
            os.environ.pop("NO_COLOR", None)
            ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
            os.execv(sys.executable, [sys.executable, "-m", *arguments])

    def type(self, text: str) -> None:
        """Send `text` as keys."""
        os.write(self._number, text.encode())

    def read(self, seconds: float) -> None:
        """Read and discard the output for so many seconds."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if select.select([self._number], [], [], left)[0]:
                os.read(self._number, 1 << 16)

    def draws(self, wanted: str, act: Callable[[], object] = lambda: None, within: float = 30.0) -> float:
        """Seconds from the call of `act` until `wanted` is in the output. TimeoutError."""
        began, seen, pattern = time.monotonic(), b"", wanted.encode()
        act()
        while (left := began + within - time.monotonic()) > 0:
            if select.select([self._number], [], [], left)[0]:
                seen = seen[-len(pattern) :] + os.read(self._number, 1 << 16)
                if pattern in seen:
                    return time.monotonic() - began
        raise TimeoutError(f"{wanted!r} was not drawn within {within:g} s")

    def processor_time(self) -> float:
        """Seconds of processor time that the program has used, in all its threads."""
        threads = Path(f"/proc/{self.pid}/task").glob("*/schedstat")
        return sum(int(path.read_text().split()[0]) for path in threads) / 1e9

    def memory(self) -> tuple[float, float]:
        """Resident memory in MiB: now, and at most."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        status = dict(line.split(":", 1) for line in lines)
        now, most = (int(status[key].split()[0]) / 1024 for key in ("VmRSS", "VmHWM"))
        return now, most

    def end(self) -> None:
        """Stop the program and close the terminal."""
        os.kill(self.pid, signal.SIGTERM)
        with suppress(OSError):  # EIO: the program has closed its end
            self.read(5.0)
        os.waitpid(self.pid, 0)
        os.close(self._number)
