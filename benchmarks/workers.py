"""`python -m benchmarks.workers`: the processor time of a request with two workers. Linux only.

Two workers and the load share the cores of the machine. On two cores that alone makes a request dearer, so
two servers that know nothing of each other are measured as well. The cost of workers is the difference.
"""

import argparse
import os
import platform
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from statistics import median
from typing import NamedTuple

from benchmarks.load import Requests, connect
from benchmarks.servers import Server, cpu_seconds

CONNECTIONS = 100
SIZE = 64  # bytes of a request
WARM_UP = 0.4  # seconds
FLAGS = ("--port", "0", "--no-control", "--log-level", "error")
START = 20.0  # seconds that a server has to start

SETTINGS: dict[str, list[list[str]]] = {
    "one process": [[]],
    "two workers": [["--workers", "2"]],
    "two servers": [[], []],
}
"""The further arguments of each server that takes part."""


class Serving(NamedTuple):
    """A server: its port, and the processes that serve."""

    port: int
    processes: list[int]


@contextmanager
def serving(arguments: list[str]) -> Iterator[Serving]:
    """An echo server, until the end of the context."""
    command = [sys.executable, "-m", "servers.echo", *FLAGS, *arguments]
    server = Server(command)
    try:
        count = int(arguments[-1]) if arguments else 0
        yield Serving(server.port, children(server.process.pid, count) or [server.process.pid])
    finally:
        server.process.terminate()
        server.process.communicate()


def children(pid: int, count: int) -> list[int]:
    """The child processes of `pid`, when there are `count`. TimeoutError if they do not come."""
    until = time.monotonic() + START
    while time.monotonic() < until:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            found = [int(number) for number in file.read().split()]
        if len(found) == count:
            return found
        time.sleep(0.05)
    raise TimeoutError(f"the server did not start {count} workers")


def cost(servers: list[list[str]], seconds: float) -> float:
    """The processor time of a request, in seconds."""
    with ExitStack() as stack:
        started = [stack.enter_context(serving(arguments)) for arguments in servers]
        sockets = [connect(started[number % len(started)].port) for number in range(CONNECTIONS)]
        load = Requests(sockets, b"x" * SIZE, SIZE)
        stack.callback(load.close)
        load.run(WARM_UP)
        load.answered = 0
        processes = [pid for each in started for pid in each.processes]
        before = sum(map(cpu_seconds, processes))
        load.run(seconds)
        return (sum(map(cpu_seconds, processes)) - before) / load.answered


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.workers", description="The cost of workers.")
    parser.add_argument("--rounds", type=int, default=10, help="runs of each setting (default %(default)s)")
    parser.add_argument("--seconds", type=float, default=1.0, help="time of a run (default %(default)s)")
    options = parser.parse_args()
    costs: dict[str, list[float]] = {name: [] for name in SETTINGS}
    for _ in range(options.rounds):
        for name, servers in SETTINGS.items():
            costs[name].append(cost(servers, options.seconds))
    print(f"Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} cores")
    print(f"echo, {SIZE} B, {CONNECTIONS} connections: medians of {options.rounds} rounds")
    for name, found in costs.items():
        ratio = median(each / one for each, one in zip(found, costs["one process"], strict=True))
        print(f"{name}: {median(found) * 1e6:5.2f} µs of processor a request, {ratio:.2f} of one process")


if __name__ == "__main__":
    main()
