"""What stands outside of a reactor: plain sockets that block, and programs in a process of their own."""

import os
import socket
import subprocess
import sys
from pathlib import Path

from core.interfaces import IPv4Address
from core.transports.listener import Port

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 20.0
"""Seconds after which whoever waits gives up. No test takes nearly as long."""


def connect(port: Port) -> socket.socket:
    """A plain socket, connected to `port`."""
    assert isinstance(port.host, IPv4Address)
    return socket.create_connection((port.host.host, port.host.port), timeout=PATIENCE)


def read_all(sock: socket.socket) -> bytes:
    """What comes up to the end; a reset is an end as well."""
    data = bytearray()
    try:
        while piece := sock.recv(65536):
            data += piece
    except ConnectionResetError:
        pass
    return bytes(data)


ENGINES = {
    "epoll": "from core.engine.pollers import EpollPoller\nreactor = Reactor(EpollPoller())\n",
    "selectors": "from core.engine.pollers import SelectorPoller\nreactor = Reactor(SelectorPoller())\n",
    "asyncio": "from core.asyncio_reactor import AsyncioReactor\nreactor = AsyncioReactor()\n",
    "uvloop": (
        "import uvloop\nfrom core.asyncio_reactor import AsyncioReactor\n"
        "reactor = AsyncioReactor(uvloop.new_event_loop())\n"
    ),
}
"""What a program begins with to have a `reactor` on that engine."""


def start(engine: str, program: str, stdin: int = subprocess.DEVNULL) -> "subprocess.Popen[bytes]":
    """Start the Python text `program`, which has a `reactor` on `engine`, with pipes for what it prints."""
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", f"from core import Reactor\n{ENGINES[engine]}{program}"],
        cwd=ROOT,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def end_of(program: "subprocess.Popen[bytes]", typed: bytes | None = None) -> tuple[int, str, str]:
    """Type that, and wait for the program to end: its exit status, and what it printed."""
    with program:
        out, err = program.communicate(typed, timeout=PATIENCE)
    return program.returncode, out.decode(), err.decode()


def descriptors() -> set[str]:
    """What this process has open."""
    return set(os.listdir("/proc/self/fd"))
