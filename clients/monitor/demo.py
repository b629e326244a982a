"""The demo: all servers with scripted visitors, in a child process that stops with the monitor.

The servers have a runtime directory of their own, so the demo neither shows nor disturbs other servers. They
stop at the end of their input, which is a pipe that only the monitor holds: the kernel closes it even if the
monitor is killed.
"""

import os
import signal
import subprocess
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from clients.monitor.feed.finder import find_feeds
from clients.monitor.run import print_once, run_screen
from core import cli

WARM_UP = 4.0
"""Seconds before a table is printed, so that most visitors are connected."""

START_TIMEOUT = 10.0
STOP_TIMEOUT = 5.0


def run_demo(options: Namespace) -> None:
    """Show the full screen; without a terminal or with --once, print the table after a few seconds."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    with TemporaryDirectory(prefix="reactor-school-") as name, running_servers(Path(name)):
        directory = Path(name)
        if options.once or not cli.has_terminal():
            time.sleep(WARM_UP)
            print_once(options, partial(find_feeds, directory), directory)
        else:
            run_screen(options, partial(find_feeds, directory), directory)


@contextmanager
def running_servers(directory: Path) -> Iterator[None]:
    """Run the servers until the block ends. Exits the program if they do not start."""
    log = directory / "servers.log"
    environment = {**os.environ, "REACTOR_SCHOOL_RUNTIME_DIR": str(directory)}
    with log.open("wb") as output:
        command = [sys.executable, "-m", "servers", "--demo", "--leash", "--port", "0"]
        child = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=output, stderr=output
        )
    try:
        wait_for_servers(child, directory, log)
        yield
    finally:
        stop_servers(child)


def wait_for_servers(child: "subprocess.Popen[bytes]", directory: Path, log: Path) -> None:
    """Return when there is a feed in `directory`."""
    deadline = time.monotonic() + START_TIMEOUT
    while not find_feeds(directory):
        if child.poll() is not None or time.monotonic() > deadline:
            lines = log.read_text(errors="replace").strip().splitlines() or ["their log is empty"]
            cli.fail(f"the servers of the demo did not start: {lines[-1]}")
        time.sleep(0.05)


def stop_servers(child: "subprocess.Popen[bytes]") -> None:
    """Close the input of `child` and wait until it ends. Kill it if that takes too long."""
    try:
        child.communicate(timeout=STOP_TIMEOUT)  # which closes its input
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
