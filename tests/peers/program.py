"""A program of another process is waited for by what it says, never by the clock."""

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

ROOT = Path(__file__).parent.parent.parent
PROGRAMS = Path(__file__).parent / "programs"
GUARD = 20.0
"""Seconds of waiting after which a program is taken to hang, and killed. None takes nearly as long."""


class Program:
    """A running program: what it prints is read, what it reads is typed here. `with` ends it.

    It has a runtime directory of its own, so that it meets no other server of this user.
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
        """Have the program read `text`."""
        assert self._process.stdin is not None
        with self._guarded():
            self._process.stdin.write(text.encode())
            self._process.stdin.flush()

    def end_input(self) -> None:
        """Have the program see the end of its input."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    def until(self, text: str) -> str:
        """What it prints up to the line with `text` in it."""
        assert self._process.stdout is not None
        said = b""
        with self._guarded():
            while line := self._process.stdout.readline():
                said += line
                if text.encode() in line:
                    return said.decode()
        raise AssertionError(f"{self} ended without {text!r}, after {said.decode()!r} and {self.errors()!r}")

    def rest(self) -> str:
        """What it prints up to its end."""
        assert self._process.stdout is not None
        with self._guarded():
            return self._process.stdout.read().decode()

    def errors(self) -> str:
        """What it has said on stderr."""
        return self._errors.read_text("utf-8")

    def wait(self) -> int:
        """Its exit status; below 0 if a signal ended it, as the guard does."""
        with self._guarded():
            return self._process.wait()

    def stop(self) -> int:
        """Send it SIGTERM, for its exit status."""
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
    """A Python program, started."""
    return Program(sys.executable, *arguments)


def twisted(name: str, *arguments: str) -> Program:
    """A Twisted program of the folder `programs`, started."""
    return python(str(PROGRAMS / f"{name}.py"), *arguments)


def announced(server: Program) -> list[tuple[str, str]]:
    """What it announces once it listens: names of services, and endpoint strings."""
    lines = server.until("stop with Ctrl-C").splitlines()
    return [(words[0], words[-1]) for line in lines if "listening on" in line and (words := line.split())]


def places(server: Program) -> dict[str, str]:
    """Where each of its services listens, once it does."""
    return dict(announced(server))


def port(place: str) -> str:
    """The number of the port in an endpoint string."""
    return place.rpartition(":")[2]
