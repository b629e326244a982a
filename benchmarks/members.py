"""How many idle members a chat can hold: in one process, or in several processes of one cluster.

    python -m benchmarks.members                           # one process, as many as the limit allows
    python -m benchmarks.members --servers 5               # five of a cluster, each with a room of its own
    python -m benchmarks.members --servers 5 --one-room    # all in one room

Each member connects and takes a name, and all others in its room are told: with 20,000 members in a room this
is 200 million lines. Then all are idle. At last one member of each room says a line, and the others must hear
it.
"""

import argparse
import multiprocessing
import select
import socket
import sys
from collections.abc import Callable
from contextlib import ExitStack
from multiprocessing.connection import Connection
from time import perf_counter, sleep

from benchmarks.idle import affordable
from benchmarks.load import connect
from benchmarks.report import table
from benchmarks.servers import REAL, Server, cpu_seconds, resident_bytes
from servers.hosting.nats_cluster import NatsCluster, NatsStartError

CHAT = (sys.executable, "-m", *REAL["chat"])
AT_ONCE = 250  # members that join at the same time
QUIET = 2.0  # seconds without a byte, after which all has been read
IDLE = 10.0  # seconds for which the processor time of idle servers is measured
PATIENCE = 600.0  # seconds for a bunch of members to join
WELCOME = b"Welcome to the chat"
LINE = b"are you all still there?"


class Members:
    """Members of one server, on one loop, that read all that comes and keep none of it."""

    def __init__(self, server: int, port: int) -> None:
        self._server, self._port = server, port
        self._epoll = select.epoll()
        self._sockets: dict[int, socket.socket] = {}
        self._buffer = bytearray(1 << 20)
        self._seen: set[int] = set()

    def join(self, members: int) -> None:
        """Let this many members join. Raises TimeoutError."""
        for start in range(0, members, AT_ONCE):
            self._seen.clear()
            end = min(start + AT_ONCE, members)
            for number in range(start, end):
                sock = connect(self._port)
                self._sockets[sock.fileno()] = sock
                self._epoll.register(sock, select.EPOLLIN)
                sock.sendall(b"s%dm%05d\r\n" % (self._server, number))
            self._read(WELCOME, lambda missing=end - start: len(self._seen) == missing)  # type: ignore[misc]

    def settle(self) -> None:
        """Read until nothing has come for a while."""
        while self._read_once(b"", QUIET):
            pass

    def hear(self, members: int, speaks: bool) -> float:
        """If it `speaks`, let a member say a line. Returns after how many seconds `members` have heard it."""
        began = perf_counter()
        self._seen.clear()
        if speaks:
            next(iter(self._sockets.values())).sendall(LINE + b"\r\n")
        self._read(LINE, lambda: len(self._seen) == members)
        return perf_counter() - began

    def _read(self, token: bytes, is_done: Callable[[], bool]) -> None:
        end = perf_counter() + PATIENCE
        while not is_done():
            if perf_counter() > end:
                raise TimeoutError(f"{len(self._seen)} members of server {self._server} have got {token!r}")
            self._read_once(token, 1.0)

    def _read_once(self, token: bytes, seconds: float) -> bool:
        ready = self._epoll.poll(seconds)
        for descriptor, _ in ready:
            size = self._sockets[descriptor].recv_into(self._buffer)
            if not size:
                raise ConnectionError(f"server {self._server} has closed a connection")
            if token and self._buffer.find(token, 0, size) >= 0:
                self._seen.add(descriptor)
        return bool(ready)


def run_members(pipe: Connection, server: int, port: int) -> None:
    """The members of a server: call the methods that come through `pipe`, and send the results."""
    members = Members(server, port)
    while True:
        method, arguments = pipe.recv()
        try:
            pipe.send(getattr(members, method)(*arguments))
        except OSError as error:
            pipe.send(error)


class Group:
    """A chat server and the process that has its members."""

    def __init__(self, number: int, command: list[str]) -> None:
        self.server = Server(command)
        self._pipe, other = multiprocessing.Pipe()
        arguments = other, number, self.server.port
        self._members = multiprocessing.Process(target=run_members, args=arguments, daemon=True)
        self._members.start()

    def begin(self, method: str, *arguments: object) -> None:
        self._pipe.send((method, arguments))

    def result(self) -> float:
        """The result of the method, 0.0 if it has none. Raises the OSError that the method has raised."""
        result = self._pipe.recv()
        if isinstance(result, OSError):
            raise result
        return result or 0.0

    def kill(self) -> None:
        self._members.kill()
        self._members.join()
        self.server.kill()


def of_all(groups: list[Group], method: str, *arguments: object) -> list[float]:
    """Call a method of all groups at the same time. Returns the results."""
    for group in groups:
        group.begin(method, *arguments)
    return [group.result() for group in groups]


def start(stack: ExitStack, options: argparse.Namespace) -> list[Group]:
    """Start the servers, and a process of members for each. `stack` ends them."""
    commands = [list(CHAT)]
    if options.servers > 1:
        cluster = stack.enter_context(NatsCluster())
        rooms = ["hall" if options.one_room else f"hall{number}" for number in range(options.servers)]
        commands = [[*CHAT, "--cluster", cluster.urls, "--room", room] for room in rooms]
    groups = []
    for number, command in enumerate(commands):
        groups.append(Group(number, command))
        stack.callback(groups[-1].kill)
    return groups


def measure(options: argparse.Namespace) -> list[list[str]]:
    """A row for each server: its members and what they cost."""
    with ExitStack() as stack:
        groups = start(stack, options)
        pids = [group.server.process.pid for group in groups]
        empty = [resident_bytes(pid) for pid in pids]
        began = perf_counter()
        of_all(groups, "join", options.members)
        of_all(groups, "settle")
        joined_in = perf_counter() - began
        before = [cpu_seconds(pid) for pid in pids]
        sleep(IDLE)
        busy = [(cpu_seconds(pid) - start) / IDLE for pid, start in zip(pids, before, strict=True)]
        full = [resident_bytes(pid) for pid in pids]
        for number, group in enumerate(groups):
            speaks = number == 0 or not options.one_room
            group.begin("hear", options.members - speaks, speaks)
        delays = [group.result() for group in groups]
    print(f"{options.members * len(groups):,} members joined in {joined_in:,.0f} s", flush=True)
    each = zip(empty, full, busy, delays, strict=True)
    return [
        [
            f"{options.members:,}",
            f"{(after - start) / options.members / 1024:.1f}",
            f"{share:.1%}",
            f"{delay:.2f}",
        ]
        for start, after, share, delay in each
    ]


HEADER = ["members", "KiB each", "busy while idle", "a line heard after s"]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.members", description=__doc__)
    parser.add_argument("--servers", type=int, default=1, help="more than one: a cluster; default 1")
    parser.add_argument("--members", type=int, default=20_000, help="of each server; default %(default)s")
    parser.add_argument("--one-room", action="store_true", help="all servers have the same room")
    options = parser.parse_args()
    options.members = affordable(options.members)
    return options


def main() -> int:
    try:
        print(table([HEADER, *measure(arguments())]))
    except (NatsStartError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
