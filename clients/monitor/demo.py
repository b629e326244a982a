"""The demonstration: all servers with a scripted class, as a child that ends with the monitor.

It has a runtime directory of its own, so that it neither shows nor disturbs what else runs here. It ends with
its input, which is a pipe that only the monitor holds: the kernel closes that even if the monitor is killed.
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
"""Seconds until the class is well under way, where only a table is printed."""

READY_WITHIN = 10.0
GRACE = 5.0


def run_demo(options: Namespace) -> None:
    """On a terminal the monitor; otherwise the table, after a few seconds."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    with TemporaryDirectory(prefix="reactor-school-") as name, suite(Path(name)):
        directory = Path(name)
        if options.once or not cli.has_terminal():
            time.sleep(WARM_UP)
            print_once(options, partial(find_feeds, directory), directory)
        else:
            run_screen(options, partial(find_feeds, directory), directory)


@contextmanager
def suite(directory: Path) -> Iterator[None]:
    """The servers, from when they can be found until the block ends. Ends the program if there are none."""
    log = directory / "servers.log"
    environment = {**os.environ, "REACTOR_SCHOOL_RUNTIME_DIR": str(directory)}
    with log.open("wb") as output:
        command = [sys.executable, "-m", "servers", "--demo", "--stop-at-eof", "--port", "0"]
        child = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=output, stderr=output
        )
    try:
        await_servers(child, directory, log)
        yield
    finally:
        end(child)


def await_servers(child: "subprocess.Popen[bytes]", directory: Path, log: Path) -> None:
    """Come back when they can be found."""
    deadline = time.monotonic() + READY_WITHIN
    while not find_feeds(directory):
        if child.poll() is not None or time.monotonic() > deadline:
            said = log.read_text(errors="replace").strip().splitlines()
            cli.fail(
                f"the servers of the demonstration did not start: {said[-1] if said else 'nothing said'}"
            )
        time.sleep(0.05)


def end(child: "subprocess.Popen[bytes]") -> None:
    """In good order if it goes, otherwise at once."""
    try:
        child.communicate(timeout=GRACE)  # which closes its input
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
