"""The cost of the monitor, on the feed of many simulated sessions that change all the time.

The feed is the real one; the sessions have no connections. The monitor runs in a pseudo-terminal. Its
processor time is the kernel's figure, and a key counts as answered when the screen that it asks for has been
drawn.

    python -m benchmarks.monitor             1,000 and 10,000 sessions
    python -m benchmarks.monitor --feed 500  only the feed, for a monitor that you start
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
from core.runtime_directory import runtime_directory
from servers.feed.control import ControlFactory

SERVICES = ("chat", "echo", "insult")
NAMES = ("ann", "bob", "carla", "dimitri", "eve", "zoë", "李雷", "[/bold]")


class MadeUp:
    """A simulated session: the figures of a transport, without a connection."""

    def __init__(self, number: int) -> None:
        self.peer = peer_of(number)
        self.bytes_in = self.bytes_out = self.waiting = 0
        self.active_at = time.monotonic()
        self.tap: Tap | None = None

    def lose_connection(self) -> None:
        """Does nothing, because there is no connection."""

    def abort_connection(self) -> None:
        """Does nothing, because there is no connection."""


def peer_of(number: int) -> IPv4Address:
    """A different one for each of the first 20,000."""
    return IPv4Address("tcp", f"127.0.{number // 250 % 250}.{number % 250}", 40_000 + number % 20_000)


def feed(number: int, share: float) -> None:
    """Serve the feed of `number` sessions, of which `share` change four times a second."""
    reactor, registry = Reactor(), SessionRegistry()
    chance = random.Random(1)
    made = [MadeUp(index) for index in range(number)]
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
    reactor.listen_unix(str(runtime_directory() / f"feed-{os.getpid()}.sock"), factory)
    reactor.call_when_running(change)
    reactor.run()


def measure(number: int, share: float, seconds: float) -> str:
    """Measure the monitor on `number` sessions, and return one line of figures."""
    with tempfile.TemporaryDirectory() as directory:
        os.environ["REACTOR_SCHOOL_RUNTIME_DIR"] = directory
        command = [sys.executable, "-m", "benchmarks.monitor", "--feed", str(number), "--share", str(share)]
        child = subprocess.Popen(command)
        try:
            time.sleep(1.5)
            terminal = Terminal("clients.monitor")
            first = terminal.draws("127.0.0.", within=10.0)
            terminal.read(2.0)
            before, began = terminal.processor_time(), time.monotonic()
            terminal.read(seconds)
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
    """Seconds until each of 100 keys was answered, sorted; 1 for no answer. The keys are End and Home."""
    chance, waited = random.Random(2), []
    for index in range(100):
        terminal.read(chance.uniform(0.05, 0.3))
        wanted = str(peer_of(0 if index % 2 else number - 1)).removeprefix("tcp:")
        try:
            waited.append(terminal.draws(wanted, partial(terminal.type, "Gg"[index % 2]), within=1.0))
        except TimeoutError:
            waited.append(1.0)
    return sorted(waited)


def main() -> None:
    """The command `python -m benchmarks.monitor`."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.monitor", description="cost of the monitor")
    parser.add_argument("--feed", type=int, metavar="N", help="only serve a feed of N sessions")
    parser.add_argument(
        "--share", type=float, default=1.0, help="how many of the sessions change (default: all)"
    )
    parser.add_argument("--seconds", type=float, default=10.0, help="how long to measure")
    options = parser.parse_args()
    if options.feed is not None:
        feed(options.feed, options.share)
        return
    for number in (1_000, 10_000):
        print(measure(number, options.share, options.seconds), flush=True)


if __name__ == "__main__":
    main()
