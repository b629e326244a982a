"""Runs a program in a process of its own. Tests wait for its output, never for a fixed time."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from tests.running import GUARD, ROOT, complaints_in

PROGRAMS = ROOT / "tests" / "peers" / "programs"


class Program:
    """A running program with its stdin, stdout and stderr. The end of the `with` block kills it.

    It has its own runtime directory, so it does not find the other servers of this user. A wait that takes
    longer than GUARD seconds kills the program.
    """

    def __init__(self, *command: str) -> None:
        self.command = command
        self._folder = tempfile.TemporaryDirectory()
        self._errors = Path(self._folder.name, "stderr")
        settings = {"PYTHONUNBUFFERED": "1", "REACTOR_SCHOOL_RUNTIME_DIR": self._folder.name}
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, **settings, "LC_ALL": "C.UTF-8"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
            )

    def __enter__(self) -> "Program":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._process.kill()
        self._process.__exit__(kind, None, trace)
        self._folder.cleanup()

    def type(self, text: str) -> None:
        """Write `text` to the program's stdin."""
        assert self._process.stdin is not None
        with self._guarded():
            self._process.stdin.write(text.encode())
            self._process.stdin.flush()

    def end_input(self) -> None:
        """Close the program's stdin."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    def until(self, text: str) -> str:
        """Its output up to and including the next line that contains `text`."""
        assert self._process.stdout is not None
        output = b""
        with self._guarded():
            while line := self._process.stdout.readline():
                output += line
                if text.encode() in line:
                    return output.decode()
        raise AssertionError(
            f"{self} ended without {text!r}, after {output.decode()!r} and {self.errors()!r}"
        )

    def rest(self) -> str:
        """The rest of its output, up to its end."""
        assert self._process.stdout is not None
        with self._guarded():
            return self._process.stdout.read().decode()

    def errors(self) -> str:
        """Its stderr so far, as `complaints_in` shows it."""
        return complaints_in(self._errors.read_text("utf-8"))

    def wait(self) -> int:
        """Wait for its end. Returns the exit status, which is negative if a signal ended the program."""
        with self._guarded():
            return self._process.wait()

    def stop(self) -> int:
        """Send SIGTERM, and wait for the end. Returns the exit status."""
        self._process.send_signal(signal.SIGTERM)
        return self.wait()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        guard = threading.Timer(GUARD, self._process.kill)
        guard.start()
        try:
            yield
        finally:
            guard.cancel()

    def __repr__(self) -> str:
        return " ".join(self.command)


def python(*arguments: str) -> Program:
    """Start `python` with `arguments`."""
    return Program(sys.executable, *arguments)


def twisted(name: str, *arguments: str) -> Program:
    """Start the Twisted program `programs/NAME.py`."""
    return python(str(PROGRAMS / f"{name}.py"), *arguments)


def announced(server: Program) -> list[tuple[str, str]]:
    """Wait until `server` listens. Returns pairs of a service name and an endpoint string."""
    lines = server.until("stop with Ctrl-C").splitlines()
    return [(words[0], words[-1]) for line in lines if "listening on" in line and (words := line.split())]


def endpoints(server: Program) -> dict[str, str]:
    """Wait until `server` listens. Returns its endpoint strings by service name."""
    return dict(announced(server))


def port(endpoint: str) -> str:
    """The port number in an endpoint string."""
    return endpoint.rpartition(":")[2]
