"""The demo: all servers with scripted clients, in a child process that stops with the monitor.

The servers have a runtime directory of their own, so the demo neither shows nor disturbs other servers. They
stop at the end of their input, which is a pipe that only the monitor holds: the kernel closes it even if the
monitor is killed.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from clients.monitor.feed.finder import find_feeds
from core import cli
from core.engine.signals import exit_on_signals

WARM_UP = 4.0
"""Seconds before a table is printed, so that most clients are connected."""

LOG = "servers.log"
START_TIMEOUT = 10.0
STOP_TIMEOUT = 5.0


@contextmanager
def running_servers(warm_up: float) -> Iterator[Path]:
    """Run the servers until the block ends; its value is their runtime directory.

    The block begins `warm_up` seconds after they have started. Exits the program if they do not start.
    """
    exit_on_signals()
    with TemporaryDirectory(prefix="reactor-school-") as name:
        directory = Path(name)
        child = start_servers(directory)
        try:
            wait_for_servers(child, directory)
            time.sleep(warm_up)
            yield directory
        finally:
            stop_servers(child)


def start_servers(directory: Path) -> "subprocess.Popen[bytes]":
    """Start the servers. Their output goes to a log in `directory`."""
    environment = {**os.environ, "REACTOR_SCHOOL_RUNTIME_DIR": str(directory)}
    command = [sys.executable, "-m", "servers", "--demo", "--stop-at-eof", "--port", "0"]
    with (directory / LOG).open("wb") as log:
        return subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=log, stderr=log)


def wait_for_servers(child: "subprocess.Popen[bytes]", directory: Path) -> None:
    """Return when there is a feed in `directory`."""
    deadline = time.monotonic() + START_TIMEOUT
    while not find_feeds(directory):
        if child.poll() is not None or time.monotonic() > deadline:
            log = (directory / LOG).read_text(errors="replace").strip()
            cli.fail(f"the servers of the demo did not start: {log.splitlines()[-1] if log else 'no output'}")
        time.sleep(0.05)


def stop_servers(child: "subprocess.Popen[bytes]") -> None:
    """Close the input of `child` and wait until it ends. Kill it if that takes too long."""
    try:
        child.communicate(timeout=STOP_TIMEOUT)  # which closes its input
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
