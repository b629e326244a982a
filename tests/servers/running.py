"""A server as its users meet it: a process, its output, and sockets to talk to it."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
GUARD = 20.0
"""Seconds after which whatever a test waits for is taken not to come."""

PLACE = re.compile(r"(\w+) listening on (\w+):(.*)")
RUNTIME_DIR = tempfile.TemporaryDirectory(prefix="reactor-school-")


def environment(**changes: str) -> dict[str, str]:
    """This process's, with a runtime directory of the tests' own."""
    kept = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    return {**kept, "REACTOR_SCHOOL_RUNTIME_DIR": RUNTIME_DIR.name, **changes}


def run(*command: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """`python -m COMMAND…` to its end."""
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=GUARD,
        env=environment(**changes),
    )


class Server:
    """`python -m servers…`, listening. `places` has its endpoints by name, `said` what it printed."""

    def __init__(self, *command: str, env: Mapping[str, str] | None = None) -> None:
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115 - close() closes it
        self.process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            env=environment(**(env or {})),
        )
        assert self.process.stdout is not None
        self.output = self.process.stdout
        self.places: dict[str, list[str]] = {}
        self.said: list[str] = []
        while not self.said or self.said[-1] != "stop with Ctrl-C":
            line = self.output.readline()
            assert line, self.stderr()
            self.said.append(line.rstrip("\n"))
            if found := PLACE.fullmatch(self.said[-1]):
                self.places.setdefault(found[1], []).append(f"{found[2]}:{found[3]}")

    def stderr(self) -> str:
        """What it has logged so far, read without moving the place at which it writes on."""
        file = self.errors.fileno()
        return os.pread(file, os.fstat(file).st_size, 0).decode()

    def port(self, name: str = "") -> int:
        """The port of the service `name`, or of the only one."""
        places = self.places[name] if name else next(iter(self.places.values()))
        return int(places[0].rpartition(":")[2])

    def connect(self, name: str = "") -> "Client":
        """A client on its first TCP port."""
        return connect(self.port(name))

    def descriptors(self) -> int:
        """How many it has open."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def stop(self, *signals: int) -> int:
        """Send it `signals` (SIGTERM), and wait for its end. Its exit status."""
        for number in signals or (signal.SIGTERM,):
            self.process.send_signal(number)
        self.said += self.output.read().splitlines()
        return self.process.wait(GUARD)

    def close(self) -> None:
        """Have it gone."""
        self.process.kill()
        self.process.wait()
        self.output.close()
        self.errors.close()


def connect(port: int, host: str = "127.0.0.1") -> "Client":
    """A client on a TCP port."""
    return Client(socket.create_connection((host, port), GUARD))


@contextmanager
def serving(*command: str, **changes: str) -> Iterator[Server]:
    """A server for the length of a test; none may have a traceback in its log."""
    server = Server(*command, env=changes)
    try:
        yield server
        assert "Traceback" not in server.stderr(), server.stderr()
    finally:
        server.close()


class Client:
    """A blocking socket, read by lines."""

    def __init__(self, sock: socket.socket) -> None:
        sock.settimeout(GUARD)
        self.socket = sock
        self._file = sock.makefile("rb")

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def send(self, data: bytes) -> None:
        """All of it."""
        self.socket.sendall(data)

    def stuff(self) -> int:
        """Send and never read, until no more can be sent. How many bytes that were."""
        sent = 0
        self.socket.setblocking(False)
        try:
            while True:
                sent += self.socket.send(b"x" * 65536)
        except BlockingIOError:
            self.socket.settimeout(GUARD)
        return sent

    def line(self) -> str:
        """The next line, without its end; empty at the end of all."""
        return self._file.readline().decode().rstrip("\r\n")

    def until(self, text: str) -> str:
        """Skip lines until one that has `text` in it."""
        while text not in (line := self._file.readline().decode()):
            assert line, f"the connection ended before {text!r} came"
        return line.rstrip("\r\n")

    def rest(self) -> bytes:
        """Everything up to the end."""
        return self._file.read()

    def read(self, size: int) -> bytes:
        """So many bytes."""
        return self._file.read(size)

    def close(self) -> None:
        """Go."""
        self._file.close()
        self.socket.close()


@contextmanager
def datagrams(server: Server, name: str = "") -> Iterator[socket.socket]:
    """A UDP socket that speaks with `server` alone, so that a refusal is heard."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(GUARD)
        client.connect(("127.0.0.1", server.port(name)))
        yield client
