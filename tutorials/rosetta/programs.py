"""The programs, and how one of them is started: for the tests and for the figures."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
SERVERS = ("echo", "qotd", "chat", "insult", "udp_echo")
WAYS = {
    "ours": "our reactor",
    "on_twisted": "Twisted",
    "protocols": "asyncio, protocols",
    "streams": "asyncio, streams",
    "threads": "threads",
}
"""The modules of each server, with their headings. asyncio's streams have no UDP."""


class Running(NamedTuple):
    """A server that runs: its port and its process."""

    port: int
    process: int

    def memory(self) -> int:
        """The bytes of its memory that are resident. Linux only."""
        pages = Path(f"/proc/{self.process}/statm").read_text("ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")


def path_of(server: str, way: str) -> Path:
    """The program, which may not exist."""
    return HERE / server / f"{way}.py"


def programs() -> list[tuple[str, str]]:
    """The names of the servers and the ways, for all programs."""
    return [(server, way) for server in SERVERS for way in WAYS if path_of(server, way).exists()]


@contextmanager
def running(server: str, way: str) -> Iterator[Running]:
    """The server on a free port, until the end of the context. RuntimeError if it does not start."""
    command = [sys.executable, "-m", f"tutorials.rosetta.{server}.{way}", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=HERE.parents[1])
    assert process.stdout is not None
    try:
        found = re.search(r"(\d+)$", process.stdout.readline().strip())
        if found is None:
            raise RuntimeError(f"{' '.join(command)} did not start")
        yield Running(int(found[1]), process.pid)
    finally:
        process.kill()
        process.communicate()
