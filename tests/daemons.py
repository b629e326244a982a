"""Starts servers as daemons, and reads from /proc what they have become."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.running import GUARD, ROOT, Client, complaints_in, connect, environment, until


class Started:
    """A daemon that was started with `python -m COMMAND…`, and its pid file."""

    def __init__(self, output: str, pid_file: Path) -> None:
        self.output = output
        self.pid_file = pid_file
        self.pid = int(pid_file.read_text())

    def port(self, name: str) -> int:
        """The port of the service `name`."""
        found = re.search(rf"^{name} listening on \w+:127\.0\.0\.1:(\d+)$", self.output, re.MULTILINE)
        assert found, self.output
        return int(found[1])

    def connect(self, name: str) -> Client:
        """A client that is connected to the service `name`."""
        return connect(self.port(name))

    def status(self) -> dict[str, list[str]]:
        """The fields of `/proc/PID/status`, by name."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return {line.partition(":")[0]: line.split()[1:] for line in lines}

    def descriptors(self) -> dict[int, str]:
        """The open descriptors, and the file of each."""
        directory = Path(f"/proc/{self.pid}/fd")
        return {int(path.name): os.readlink(path) for path in directory.iterdir()}

    def runs(self) -> bool:
        """Whether the process exists. One that has ended, and is not waited for by its parent, does not."""
        with suppress(FileNotFoundError, ProcessLookupError):
            return "State:\tZ" not in Path(f"/proc/{self.pid}/status").read_text()
        return False

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send a signal, if the process exists."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def wait(self) -> None:
        """Wait for the end of the process."""
        until(lambda: not self.runs(), lambda: f"process {self.pid} runs")


def until_opened_anew(log: Path) -> None:
    """Wait until a server whose log was renamed, and that got a SIGHUP, logs to the new file `log`."""
    until(lambda: log.exists() and "opened anew" in log.read_text(), lambda: "not opened anew")


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", *arguments]


def start(
    *arguments: str, pass_fds: Sequence[int] = (), prefix: Sequence[str] = (), **changes: str
) -> subprocess.CompletedProcess[str]:
    """Run `python -m ARGUMENTS…` until the first process ends."""
    return subprocess.run(
        [*prefix, *command(*arguments)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=GUARD,
        env=environment(**changes),
        pass_fds=pass_fds,
    )


@contextmanager
def daemon(
    *arguments: str, pid_file: Path, pass_fds: Sequence[int] = (), **changes: str
) -> Iterator[Started]:
    """A daemon, which is killed at the end of the `with` block."""
    flags = ("--daemon", "--pid-file", str(pid_file))
    result = start(*arguments, *flags, pass_fds=pass_fds, **changes)
    assert result.returncode == 0, result.stderr
    started = Started(result.stdout, pid_file)
    try:
        assert complaints_in(result.stderr) == "", result.stderr
        yield started
    finally:
        started.kill()
        started.wait()


@contextmanager
def taken_port() -> Iterator[int]:
    """A TCP port of 127.0.0.1 at which another program listens."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        yield sock.getsockname()[1]


@contextmanager
def manager(path: str) -> Iterator[socket.socket]:
    """The manager's socket, at a path or at `@` and an abstract name."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.settimeout(GUARD)
        sock.bind("\0" + path[1:] if path[0] == "@" else path)
        yield sock
