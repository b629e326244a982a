"""The command `step` as a process, driven by keys. Its output is read line by line."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer

from tests.running import GUARD, ROOT, Client, connect, environment


class Stepper:
    """`python -m tutorials step --plain` with the arguments."""

    def __init__(self, *arguments: str, **changes: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tutorials", "step", "--plain", *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment(**changes),
        )
        assert self.process.stdout is not None
        self._output = self.process.stdout
        self.printed = b""

    def type(self, keys: str) -> None:
        """Press each of the keys."""
        assert self.process.stdin is not None
        self.process.stdin.write(keys.encode())
        self.process.stdin.flush()

    def until(self, pattern: str) -> list[str]:
        """Read up to a line in which the pattern is found. Returns the lines that were read."""
        lines: list[str] = []
        while not lines or not re.search(pattern, lines[-1]):
            line = self._output.readline()
            assert line, f"it ended before {pattern!r} came: {lines}"
            self.printed += line
            lines.append(line.decode().rstrip("\n"))
        return lines

    def stop_before(self, name: str) -> list[str]:
        """Read up to the stop before the callback `name`, and its source. Returns the lines of the state."""
        lines = self.until(f"^about to run.*: {re.escape(name)}  ")
        lines += self.until("^>")
        return lines[max(number for number, line in enumerate(lines) if line.startswith("turn ")) :]

    def connect(self) -> Client:
        """Connect with the server that it steps, which must have been told to print where it listens."""
        return connect(int(self.until(r"listening on tcp:127\.0\.0\.1:\d+$")[-1].rpartition(":")[2]))

    def end(self) -> list[str]:
        """The rest of the lines. The command must end with 0."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        rest = self._output.read()  # `communicate` would leave out the lines that `readline` has buffered
        self.printed += rest
        assert self.process.wait(GUARD) == 0
        return rest.decode().splitlines()


@contextmanager
def stepping(*arguments: str, **changes: str) -> Iterator[Stepper]:
    """A Stepper that is killed at the end of the `with` block, if it still runs."""
    stepper = Stepper(*arguments, **changes)
    guard = Timer(GUARD, stepper.process.kill)
    guard.start()
    with stepper.process:
        try:
            yield stepper
        finally:
            guard.cancel()
            stepper.process.kill()
