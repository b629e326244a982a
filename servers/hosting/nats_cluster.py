"""NatsCluster: nats-server processes on loopback, as one cluster with JetStream, in a directory of their own.

With one node it is a single server. `close` ends the processes and removes the directory. The functions here
wait for processes, so they block: call them before the reactor runs, or in a thread.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

HOST = "127.0.0.1"
MISSING = (
    "nats-server is not installed. On Debian: apt install nats-server. Elsewhere: https://nats.io/download"
)
IN_USE = "address already in use"
SERVICE = (
    "Perhaps it is the service of Debian's package, which has no JetStream: sudo systemctl stop nats-server"
)
SYSTEM = ("/usr/sbin", "/sbin")  # Debian has it there, and not every user's PATH has these
WAIT = 10.0
"""Seconds that a process may take to start or to end."""


class NatsStartError(Exception):
    """A nats-server did not start. The text says why."""


class NatsMissingError(NatsStartError):
    """The program nats-server is not installed. The text says how to get it."""


class NatsNode:
    """One nats-server. `port` is the same after each start. `prefix` is a command that runs it elsewhere."""

    def __init__(
        self,
        name: str,
        directory: Path,
        arguments: Sequence[str],
        port: int = -1,
        host: str = HOST,
        prefix: Sequence[str] = (),
    ) -> None:
        self.name, self.directory, self.arguments = name, directory, arguments
        self.host, self.prefix = host, prefix
        self.port = port  # -1: at the first start, the system chooses one
        self.log = directory / "log"
        self.process: subprocess.Popen[bytes] | None = None
        directory.mkdir()

    @property
    def url(self) -> str:
        """The URL for clients."""
        return f"nats://{self.host}:{self.port}"

    def start(self) -> None:
        """Start the process, and wait until it listens. Raises NatsStartError, or NatsMissingError."""
        where = ["-a", self.host, "-p", str(self.port), "--ports_file_dir", str(self.directory)]
        stores = ["-js", "-sd", str(self.directory / "store"), "-l", str(self.log)]
        command = [*self.prefix, nats_server(), "--server_name", self.name, *where, *stores, *self.arguments]
        # Errors in its arguments are on stderr. It has a session of its own, because Ctrl-C in a terminal is
        # for the program that started it.
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        ports = self.directory / f"nats-server_{self.process.pid}.ports"
        until = time.monotonic() + WAIT
        while not ports.exists() or not ports.read_bytes():
            if self.process.poll() is not None or time.monotonic() > until:
                self.kill()
                error = self.last_error()
                hint = f". {SERVICE}" if IN_USE in error else ""
                raise NatsStartError(f"nats-server did not start: {error}{hint}")
            time.sleep(0.01)  # the file is the only sign that it listens
        self.port = int(json.loads(ports.read_bytes())["nats"][0].rpartition(":")[2])

    def last_error(self) -> str:
        """The last line of its log that is an error, or its last line, or ""."""
        lines = self.log.read_text("utf-8", "replace").splitlines()
        errors = [line for line in lines if "[FTL]" in line or "[ERR]" in line]
        return (errors or lines or [""])[-1]

    def stop(self) -> None:
        """Ask the process to end, and wait for it."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the process at once, as a crash does (kill -9)."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """Stop the process for a while (SIGSTOP): its connections stay, and it does not answer."""
        self._send(signal.SIGSTOP)

    def resume(self) -> None:
        """The end of `pause`."""
        self._send(signal.SIGCONT)

    def _send(self, number: int) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def _end(self, number: int) -> None:
        if self.process is not None:
            self._send(number)
            self._send(signal.SIGCONT)  # a process that is paused ends only then
            try:
                self.process.wait(WAIT)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None


class NatsCluster:
    """Some nodes that know one another; use it in a `with` block, or call `close`.

    `arguments` are more arguments for each nats-server. Their ports are free ones, or `first_port` and the
    next ones. Raises NatsStartError, or NatsMissingError.
    """

    def __init__(self, nodes: int = 3, arguments: Sequence[str] = (), first_port: int = -1) -> None:
        nats_server()  # before there is anything to remove
        self.directory = Path(tempfile.mkdtemp(prefix="reactor-school-nats-"))
        names = [f"n{number}" for number in range(1, nodes + 1)]
        ports = [first_port if first_port < 0 else first_port + number for number in range(nodes)]
        places = zip(names, ports, strict=True)
        self.nodes = [NatsNode(name, self.directory / name, [*arguments], port) for name, port in places]
        try:
            self._start(arguments)
        except BaseException:  # as the SystemExit of a signal
            self.close()
            raise

    def _start(self, arguments: Sequence[str], attempts: int = 3) -> None:
        """Start the nodes. Another program can take a port that was free: then all begin again."""
        routes = _free_urls(len(self.nodes)) if len(self.nodes) > 1 else []
        for node, route in zip(self.nodes, routes, strict=False):
            cluster = ["--cluster", route, "--cluster_name", "school", "--routes", ",".join(routes)]
            node.arguments = [*arguments, *cluster]
        try:
            for node in self.nodes:
                node.start()
        except NatsStartError:
            if attempts == 1:
                raise
            for node in self.nodes:
                node.kill()
            self._start(arguments, attempts - 1)

    @property
    def urls(self) -> str:
        """The URLs of the nodes, with commas between them."""
        return ",".join(node.url for node in self.nodes)

    def node(self, name: str) -> NatsNode:
        """The node with this name, such as the leader of a StreamInfo. Raises KeyError."""
        return {node.name: node for node in self.nodes}[name]

    def close(self) -> None:
        """End the processes and remove the directory."""
        for node in self.nodes:
            node.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def nats_server() -> str:
    """The path of the program. Raises NatsMissingError."""
    path = os.pathsep.join([os.environ.get("PATH", ""), *SYSTEM])
    found = shutil.which("nats-server", path=path)
    if found is None:
        raise NatsMissingError(MISSING)
    return found


def _free_urls(number: int) -> list[str]:
    """URLs with ports that are free: each node must know those of the others before it starts."""
    sockets = [socket.create_server((HOST, 0)) for _ in range(number)]
    urls = [f"nats://{HOST}:{sock.getsockname()[1]}" for sock in sockets]
    for sock in sockets:
        sock.close()
    return urls
