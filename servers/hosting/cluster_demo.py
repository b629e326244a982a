"""`make cluster`: three NATS servers, three chat servers with a scripted class, and the monitor on them.

Everything is on loopback and in a temporary directory, which is removed at the end. The arguments are those
of the monitor.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from core import cli
from core.engine.signals import exit_on_signals
from core.standard_streams import is_terminal
from servers.hosting.nats_cluster import NatsCluster, NatsStartError

CHAT_SERVERS = 3
START_TIMEOUT = 20.0
STOP_TIMEOUT = 5.0
WARM_UP = 5.0
"""Seconds before a table is printed, so that most of the class is in the chat."""


def main(arguments: Sequence[str]) -> int:
    """Run everything until the monitor ends. Returns the status of the monitor."""
    exit_on_signals()
    try:
        with ExitStack() as stack:
            cluster = stack.enter_context(NatsCluster(3))
            directory = Path(stack.enter_context(TemporaryDirectory(prefix="reactor-school-")))
            logs = [directory / f"chat-{number}.log" for number in range(1, CHAT_SERVERS + 1)]
            for number, log in enumerate(logs, 1):
                stack.enter_context(chat_server(cluster.urls, number, log))
            wait_for(logs)
            for log in logs:
                print(listening(log), flush=True)
            return watch(arguments, directory)
    except NatsStartError as error:
        cli.fail(str(error))


@contextmanager
def chat_server(urls: str, number: int, log: Path) -> Iterator[None]:
    """Run a chat server in a child process that stops with this one. Its output goes to `log`."""
    share = f"{number}/{CHAT_SERVERS}"
    flags = ["--port", "0", "--cluster", urls, "--demo", "--demo-share", share, "--stop-at-eof"]
    command = [sys.executable, "-m", "servers", "chat", *flags]
    with log.open("wb") as output:
        child = subprocess.Popen(
            command,
            env=environment(log.parent),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C is for the monitor
        )
    try:
        yield
    finally:
        try:
            child.communicate(timeout=STOP_TIMEOUT)  # which closes its input
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def environment(directory: Path) -> dict[str, str]:
    """The environment of the servers and the monitor: they find one another in `directory`."""
    return {**os.environ, "REACTOR_SCHOOL_RUNTIME_DIR": str(directory)}


def listening(log: Path) -> str:
    """The line with the address, or "" if it is not there yet. A slow start is warned of before."""
    lines = log.read_text(errors="replace").splitlines(keepends=True)
    return next((line.rstrip() for line in lines if "listening on" in line and line.endswith("\n")), "")


def wait_for(logs: Sequence[Path]) -> None:
    """Return when each server listens. Exits 1 with its last line if it does not."""
    deadline = time.monotonic() + START_TIMEOUT
    for log in logs:
        while not listening(log):
            if time.monotonic() > deadline:
                lines = log.read_text(errors="replace").splitlines()
                cli.fail(f"a chat server did not start: {lines[-1] if lines else 'no output'}")
            time.sleep(0.05)


def watch(arguments: Sequence[str], directory: Path) -> int:
    """Run the monitor. Without a terminal it prints its table once."""
    if not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
        time.sleep(WARM_UP)
        arguments = ["--once", *(argument for argument in arguments if argument != "--once")]
    command = [sys.executable, "-m", "clients.monitor", *arguments]
    with subprocess.Popen(command, env=environment(directory)) as monitor:
        try:
            return monitor.wait()
        finally:
            monitor.terminate()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
