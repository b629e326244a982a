"""Runs servers as processes, reads their output, and connects to them with blocking sockets."""

import os
import re
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
GUARD = 60.0
"""Seconds after which a wait fails. No test takes nearly as long, twelve at once on two cores included."""

LISTENING = re.compile(r"(\w+) listening on (\w+):(.*)")
BLOCKED = re.compile(r"^\S+ \S+ WARNING core\.engine\.watchdog: .*\n(?: +.*\n)*", re.MULTILINE)
"""A warning of the watchdog: two lines, and those of the stack."""
RUNTIME_DIR = tempfile.TemporaryDirectory(prefix="reactor-school-")
CONFIG_DIR = tempfile.TemporaryDirectory(prefix="reactor-school-")


def environment(**changes: str) -> dict[str, str]:
    """The environment for a child process: this process's, directories for tests, and `changes`."""
    kept = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    ours = {"REACTOR_SCHOOL_RUNTIME_DIR": RUNTIME_DIR.name, "XDG_CONFIG_HOME": CONFIG_DIR.name}
    return {**kept, **ours, **changes}


def complaints_in(errors: str) -> str:
    """A program's stderr without the warnings of a blocked reactor, which a busy machine adds."""
    return BLOCKED.sub("", errors)


def run(*command: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m COMMAND…`, and wait for its end."""
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=GUARD,
        env=environment(**changes),
    )


class Server:
    """A server started with `python -m COMMAND…`. The constructor waits until it listens.

    `endpoints` has its endpoint strings by service name, `lines` the lines of its stdout.
    """

    def __init__(
        self,
        *command: str,
        env: Mapping[str, str] | None = None,
        prefix: Sequence[str] = (),
        pass_fds: Sequence[int] = (),
    ) -> None:
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115 - close() closes it
        self.process = subprocess.Popen(
            [*prefix, sys.executable, "-m", *command],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            env=environment(**(env or {})),
            pass_fds=pass_fds,
        )
        assert self.process.stdout is not None
        self.output = self.process.stdout
        self.endpoints: dict[str, list[str]] = {}
        self.lines: list[str] = []
        while not self.lines or self.lines[-1] != "stop with Ctrl-C":
            line = self.output.readline()
            assert line, self.stderr()
            self.lines.append(line.rstrip("\n"))
            if found := LISTENING.fullmatch(self.lines[-1]):
                self.endpoints.setdefault(found[1], []).append(f"{found[2]}:{found[3]}")

    def stderr(self) -> str:
        """Its stderr so far. Reading does not move the position at which the server writes.

        A character of which the server has written only a part is left out.
        """
        file = self.errors.fileno()
        return getincrementaldecoder("utf-8")().decode(os.pread(file, os.fstat(file).st_size, 0))

    def complaints(self) -> str:
        """Its stderr as `complaints_in` shows it."""
        return complaints_in(self.stderr())

    def port(self, name: str = "") -> int:
        """The first port of the service `name`, or of the first service."""
        endpoints = self.endpoints[name] if name else next(iter(self.endpoints.values()))
        return int(endpoints[0].rpartition(":")[2])

    def connect(self, name: str = "") -> "Client":
        """A client that is connected to `port(name)`."""
        return connect(self.port(name))

    def descriptors(self) -> int:
        """The number of its open file descriptors."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def stop(self, *signals: int) -> int:
        """Send `signals` (default: SIGTERM), and wait for the end. Returns the exit status."""
        for number in signals or (signal.SIGTERM,):
            self.process.send_signal(number)
        self.lines += self.output.read().splitlines()
        return self.process.wait(GUARD)

    def close(self) -> None:
        """Kill the server if it still runs, and close the pipes."""
        self.process.kill()
        self.process.wait()
        self.output.close()
        self.errors.close()


def connect(port: int, host: str = "127.0.0.1") -> "Client":
    """A client that is connected to a TCP port."""
    return Client(socket.create_connection((host, port), GUARD))


@contextmanager
def serving(*command: str, **changes: str) -> Iterator[Server]:
    """A server that is killed at the end of the `with` block. Its log must not contain a traceback."""
    server = Server(*command, env=changes)
    try:
        yield server
        assert "Traceback" not in server.stderr(), server.stderr()
    finally:
        server.close()


class Client:
    """A blocking socket that is read by lines."""

    def __init__(self, sock: socket.socket) -> None:
        sock.settimeout(GUARD)
        self.socket = sock
        self._file = sock.makefile("rb")

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def send(self, data: bytes) -> None:
        """Send all of `data`."""
        self.socket.sendall(data)

    def stuff(self) -> int:
        """Send without reading, until the socket is not writable. Returns the number of bytes sent."""
        sent = 0
        self.socket.setblocking(False)
        try:
            while True:
                sent += self.socket.send(b"x" * 65536)
        except BlockingIOError:
            self.socket.settimeout(GUARD)
        return sent

    def line(self) -> str:
        """The next line, without its line ending. Empty at the end of stream."""
        return self._file.readline().decode().rstrip("\r\n")

    def until(self, text: str) -> str:
        """Read up to the next line that contains `text`, and return this line."""
        while text not in (line := self._file.readline().decode()):
            assert line, f"the connection ended before {text!r} came"
        return line.rstrip("\r\n")

    def rest(self) -> bytes:
        """All bytes up to the end of stream."""
        return self._file.read()

    def read(self, size: int) -> bytes:
        """`size` bytes, or fewer at the end of stream."""
        return self._file.read(size)

    def close(self) -> None:
        self._file.close()
        self.socket.close()


@contextmanager
def many_descriptors(number: int) -> Iterator[None]:
    """Allow this process, and servers that it starts, `number` open descriptors."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < number:
        pytest.skip("this machine allows too few descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, number), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@contextmanager
def datagrams(server: Server, name: str = "") -> Iterator[socket.socket]:
    """A UDP socket that is connected to `server`, so that a refused datagram raises an error."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(GUARD)
        client.connect(("127.0.0.1", server.port(name)))
        yield client


def until(condition: Callable[[], object], text: Callable[[], str]) -> None:
    """Poll until `condition()` holds. Fails after GUARD seconds, and shows `text()`."""
    end = time.monotonic() + GUARD
    while not condition():
        assert time.monotonic() < end, f"timed out; this is what came:\n{text()}"


def until_logged(server: Server, condition: Callable[[str], object]) -> None:
    """Wait until `condition` holds for the stderr of `server`."""
    until(lambda: condition(server.stderr()), server.stderr)
