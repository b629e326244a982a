"""Starts each server under test in a process of its own, and reads its processor time and memory."""

import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from resource import getpagesize

from benchmarks.load import connect

PEERS = "benchmarks.peers."
OURS = PEERS + "ours"
FLAGS = ("--port", "0", "--flood", "off", "--log-level", "error", "--no-control")
REAL = {"chat": ("servers.chat", *FLAGS, "--quiet"), "irc": ("servers.irc", *FLAGS)}
"""The servers that are measured themselves; for all others there is a small one in `peers`."""

LINUX = platform.system() == "Linux"
WARM_UP_CONNECTIONS = 20


@dataclass(frozen=True)
class Engine:
    """An event loop to measure: its name in the tables, the module to run, and the library it needs.

    `directory` is where the source is, by default the current directory.
    """

    name: str
    module: str
    library: str
    flags: tuple[str, ...] = ()
    directory: str | None = None

    def command(self, kind: str) -> list[str]:
        """The command that starts the server `kind`. Our REAL servers run themselves."""
        is_real = self.module == OURS and kind in REAL
        arguments = REAL[kind] if is_real else (self.module, kind, *self.flags)
        return [sys.executable, "-m", *arguments]


ENGINES = [
    Engine("ours", OURS, "core"),
    Engine("twisted", PEERS + "on_twisted", "twisted"),
    Engine("asyncio", PEERS + "on_asyncio", "asyncio"),
    Engine("uvloop", PEERS + "on_uvloop", "uvloop"),
]

WATCHED = Engine("watched", OURS, "core", ("--watched",))
"""Ours with the control feed and one subscriber. For the TCP benchmarks, with --engines ours,watched."""

UVICORN = Engine("uvicorn", PEERS + "on_uvicorn", "uvicorn")
"""uvicorn with h11 on asyncio, for the benchmark `web`."""

FLOOR = Engine("floor", PEERS + "floor", "select", ())
"""Bare system calls: the lower bound. For all benchmarks but the chat, with --engines ours,twisted,floor."""


def installed(engines: list[Engine]) -> list[Engine]:
    """The engines whose library is installed; a line on stderr names each of the others."""
    for engine in engines:
        if find_spec(engine.library) is None:
            print(f"skipping {engine.name}: it is not installed", file=sys.stderr)
    return [engine for engine in engines if find_spec(engine.library)]


def cores() -> tuple[int, int] | None:
    """A core for the server and a core for the load, or None if there is only one or none can be chosen."""
    if not hasattr(os, "sched_getaffinity"):
        return None
    usable = sorted(os.sched_getaffinity(0))
    return (usable[0], usable[-1]) if len(usable) > 1 else None


@contextmanager
def serving(engine: Engine, kind: str, core: int | None) -> Iterator["Server"]:
    """Start the server `kind` on `engine`, bind it to `core` if that is not None, and kill it at the end.

    It is warmed up with connections that open and close: asyncio is three times slower until its first
    connection has closed.
    """
    server = Server(engine.command(kind), engine.directory)
    try:
        if core is not None:
            os.sched_setaffinity(server.process.pid, {core})
        for _ in range(0 if kind == "udp" else WARM_UP_CONNECTIONS):
            connect(server.port).close()
        yield server
    finally:
        server.kill()


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far, on Linux only."""
    return time.clock_gettime(~pid << 3 | 2)  # the clock that clock_getcpuclockid(3) returns


def resident_bytes(pid: int) -> int:
    """Resident memory of a process, on Linux only."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * getpagesize()


class Server:
    """A server that is started with `command`: its port, its processor time and its memory."""

    def __init__(self, command: Sequence[str], directory: str | None = None) -> None:
        self.process = subprocess.Popen(
            command, cwd=directory, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
        )
        self.port = int(self.next_line().rpartition(b":")[2])

    def kill(self) -> None:
        """End the process at once, and wait for it. A second call does nothing."""
        assert self.process.stdout is not None
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def next_line(self) -> bytes:
        """The next line of the server's stdout. Raises RuntimeError if the server has ended."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.process.args!r} ended with {self.process.wait()}")
        return line

    def cpu_seconds(self) -> float:
        """User and system time so far; on Linux in nanoseconds, elsewhere in hundredths of a second."""
        if LINUX:
            return cpu_seconds(self.process.pid)
        parts = self.ps("time").replace("-", ":").split(":")
        return sum(60.0**power * float(part) for power, part in enumerate(reversed(parts)))

    def resident_bytes(self) -> int:
        """Resident memory in bytes, after a garbage collection."""
        self.process.send_signal(signal.SIGUSR1)
        self.next_line()
        if LINUX:
            return resident_bytes(self.process.pid)
        return int(self.ps("rss")) * 1024

    def ps(self, column: str) -> str:
        """One column of ps(1) for this process."""
        command = ["ps", "-o", column + "=", "-p", str(self.process.pid)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
