"""The cost of the monitor: it runs on a feed of many simulated sessions that change all the time.

The feed is the real one; only the sessions have no connections. The monitor runs in a pseudo-terminal. A key
counts as answered when the monitor has drawn the row that the key selects.

    python -m benchmarks.monitor             1,000 and 10,000 sessions
    python -m benchmarks.monitor --feed 500  only the feed, to try the monitor by hand
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from functools import partial

from benchmarks.terminal import Terminal
from core.interfaces import IPv4Address
from core.protocols.sessions import SessionRegistry, Tap
from core.reactor import Reactor
from core.runtime_directory import make_runtime_directory
from servers.feed.control import ControlFactory

SERVICES = ("chat", "echo", "insult")
NAMES = ("ann", "bob", "carla", "dimitri", "eve", "zoë", "李雷", "[/bold]")


class SimulatedTraffic:
    """The byte counts of a session that has no transport."""

    def __init__(self, number: int) -> None:
        self.peer = peer_of(number)
        self.bytes_in = self.bytes_out = self.waiting = 0
        self.active_at = time.monotonic()
        self.tap: Tap | None = None

    def lose_connection(self) -> None:
        """Do nothing: there is no connection."""

    def abort_connection(self) -> None:
        """Do nothing: there is no connection."""


def peer_of(number: int) -> IPv4Address:
    """The address of session `number`; different for the first 20,000 sessions."""
    return IPv4Address("tcp", f"127.0.{number // 250 % 250}.{number % 250}", 40_000 + number % 20_000)


def feed(number: int, share: float) -> None:
    """Serve the feed of `number` sessions. A part of them, `share`, changes four times a second."""
    reactor, registry = Reactor(), SessionRegistry()
    chance = random.Random(1)
    made = [SimulatedTraffic(index) for index in range(number)]
    for index, traffic in enumerate(made):
        session = registry.open(SERVICES[index % 3], traffic)
        session.report("CHAT" if index % 3 == 0 else "", NAMES[index % len(NAMES)] if index % 3 == 0 else "")

    def change() -> None:
        reactor.call_later(0.25, change)
        for traffic in made if share >= 1 else chance.sample(made, int(number * share)):
            traffic.bytes_in += chance.randrange(2000)
            traffic.bytes_out += chance.randrange(5000)
            traffic.waiting = chance.choice((0, 0, 0, 0, 0, 512, 90_000))
            traffic.active_at = reactor.seconds()

    factory = ControlFactory(reactor, registry, {name: ["tcp:127.0.0.1:8000"] for name in SERVICES}, {})
    reactor.listen_unix(str(make_runtime_directory() / f"feed-{os.getpid()}.sock"), factory)
    reactor.call_when_running(change)
    reactor.run()


def measure(number: int, share: float, seconds: float) -> str:
    """Start a feed and the monitor, measure for `seconds`, and return a line of figures."""
    with tempfile.TemporaryDirectory() as directory:
        os.environ["REACTOR_SCHOOL_RUNTIME_DIR"] = directory
        command = [sys.executable, "-m", "benchmarks.monitor", "--feed", str(number), "--share", str(share)]
        child = subprocess.Popen(command)
        try:
            time.sleep(1.5)
            terminal = Terminal("clients.monitor")
            first = terminal.seconds_until("127.0.0.")
            terminal.read_for(2.0)
            before, began = terminal.processor_time(), time.monotonic()
            terminal.read_for(seconds)
            used = (terminal.processor_time() - before) / (time.monotonic() - began)
            keys = answers(terminal, number)
            terminal.end()
        finally:
            child.terminate()
            child.wait()
    return (
        f"{number:>6} sessions, {share:>4.0%} of them changing: {used:>4.0%} of a core,"
        f" first rows after {first:.2f} s, a key after {keys[len(keys) // 2] * 1000:.0f} ms,"
        f" p99 {keys[-2] * 1000:.0f} ms"
    )


def answers(terminal: Terminal, number: int) -> list[float]:
    """Seconds until each of 100 keys was answered, sorted. `G` selects the last session, `g` the first."""
    chance, waited = random.Random(2), []
    for index in range(100):
        terminal.read_for(chance.uniform(0.05, 0.3))
        key, session = ("g", 0) if index % 2 else ("G", number - 1)
        row = str(peer_of(session)).removeprefix("tcp:")
        waited.append(terminal.seconds_until(row, partial(terminal.type, key)))
    return sorted(waited)


def main() -> None:
    """Parse the options; serve a feed, or measure."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.monitor", description="Measures what the monitor costs."
    )
    parser.add_argument("--feed", type=int, metavar="N", help="only serve a feed of N sessions")
    parser.add_argument(
        "--share", type=float, default=1.0, help="part of the sessions that change (default: 1.0, all)"
    )
    parser.add_argument(
        "--seconds", type=float, default=10.0, help="how long to measure (default %(default)s)"
    )
    options = parser.parse_args()
    if options.feed is not None:
        feed(options.feed, options.share)
        return
    for number in (1_000, 10_000):
        print(measure(number, options.share, options.seconds), flush=True)


if __name__ == "__main__":
    main()
