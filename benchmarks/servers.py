"""A server under test is a process of its own, so that its time and memory are its own as well."""

import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from resource import getpagesize

from benchmarks.load import connect

PEERS = "benchmarks.peers."
CHAT = ("servers.chat", "--port", "0", "--flood", "off", "--log-level", "error", "--no-control", "--quiet")
LINUX = platform.system() == "Linux"
WARM_UP_CONNECTIONS = 20


@dataclass(frozen=True)
class Engine:
    """Something that serves: its name in the tables, the module that is run, and what that stands on."""

    name: str
    module: str
    stands_on: str
    flags: tuple[str, ...] = ()

    def command(self, kind: str) -> list[str]:
        """Our chat is the real one; everything else is a peer."""
        arguments = CHAT if (self.name, kind) == ("ours", "chat") else (self.module, kind, *self.flags)
        return [sys.executable, "-m", *arguments]


ENGINES = [
    Engine("ours", PEERS + "ours", "core"),
    Engine("twisted", PEERS + "on_twisted", "twisted"),
    Engine("asyncio", PEERS + "on_asyncio", "asyncio"),
    Engine("uvloop", PEERS + "on_uvloop", "uvloop"),
]

WATCHED = Engine("watched", PEERS + "ours", "core", ("--watched",))
"""Ours with the control feed open and a subscriber; for the TCP benchmarks, with --engines ours,watched."""

FLOOR = Engine("floor", PEERS + "floor", "select", ())
"""Bare system calls: what no server gets under; for all but the chat, with --engines ours,twisted,floor."""


def installed(engines: list[Engine]) -> list[Engine]:
    """Those whose library is there; the others are named on stderr."""
    for engine in engines:
        if find_spec(engine.stands_on) is None:
            print(f"{engine.name} is left out: it is not installed", file=sys.stderr)
    return [engine for engine in engines if find_spec(engine.stands_on)]


def cores() -> tuple[int, int] | None:
    """One core for the server and one for the load, where there are two and a process can be bound."""
    if not hasattr(os, "sched_getaffinity"):
        return None
    usable = sorted(os.sched_getaffinity(0))
    return (usable[0], usable[-1]) if len(usable) > 1 else None


@contextmanager
def serving(engine: Engine, kind: str, core: int | None) -> Iterator["Server"]:
    """An engine's server of one kind, warmed up; bound to `core` if there is one, and killed in the end.

    The warm-up is connections that open and close: asyncio is three times slower until its first one has.
    """
    command = engine.command(kind)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    try:
        if core is not None:
            os.sched_setaffinity(process.pid, {core})
        server = Server(process)
        for _ in range(0 if kind == "udp" else WARM_UP_CONNECTIONS):
            connect(server.port).close()
        yield server
    finally:
        process.kill()
        process.communicate()


class Server:
    """A running server: where it listens, and what it has used."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.port = int(self.next_line().rpartition(b":")[2])

    def next_line(self) -> bytes:
        """What the server says next on stdout."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.process.args!r} ended with {self.process.wait()}")
        return line

    def cpu_seconds(self) -> float:
        """User and system time so far, to the nanosecond where Linux keeps a clock for each process."""
        if LINUX:
            return time.clock_gettime(~self.process.pid << 3 | 2)  # as clock_getcpuclockid(3) makes it
        parts = self.ps("time").replace("-", ":").split(":")
        return sum(60.0**power * float(part) for power, part in enumerate(reversed(parts)))

    def resident_bytes(self) -> int:
        """Memory in use, after a garbage collection."""
        self.process.send_signal(signal.SIGUSR1)
        self.next_line()
        if LINUX:
            return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * getpagesize()
        return int(self.ps("rss")) * 1024

    def ps(self, column: str) -> str:
        """A figure of this process from ps(1)."""
        command = ["ps", "-o", column + "=", "-p", str(self.process.pid)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
