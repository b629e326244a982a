"""Helpers that use no reactor: blocking sockets, and programs in processes of their own."""

import os
import socket
import subprocess
import sys

from core.interfaces import IPv4Address
from core.transports.listener import Port
from tests.running import GUARD, ROOT


def connect(port: Port) -> socket.socket:
    """A blocking socket, connected to `port`."""
    assert isinstance(port.host, IPv4Address)
    return socket.create_connection((port.host.host, port.host.port), timeout=GUARD)


def read_all(sock: socket.socket) -> bytes:
    """The bytes received until the end of stream or a reset."""
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
"""The first lines of a program that needs a `reactor` on this engine."""


def start(engine: str, program: str, stdin: int = subprocess.DEVNULL) -> "subprocess.Popen[bytes]":
    """Start Python with the source text `program`, which uses a `reactor` on `engine`."""
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", f"from core import Reactor\n{ENGINES[engine]}{program}"],
        cwd=ROOT,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def end_of(program: "subprocess.Popen[bytes]", stdin: bytes | None = None) -> tuple[int, str, str]:
    """Send `stdin`, and wait for the end of the program. Returns exit status, stdout and stderr."""
    with program:
        try:
            out, err = program.communicate(stdin, timeout=GUARD)
        finally:
            program.kill()
    return program.returncode, out.decode(), err.decode()


def descriptors() -> set[str]:
    """The file descriptors that this process has open."""
    return set(os.listdir("/proc/self/fd"))
