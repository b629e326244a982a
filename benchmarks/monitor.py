"""What watching costs: the monitor on a made-up feed of many sessions, all of which change all the time.

The feed is the real one, over sessions that nobody is behind. The monitor runs in a terminal of its own (a
pty); its processor time is read from the kernel, and a key counts as answered when the screen that it asks
for has been drawn.

    python -m benchmarks.monitor             1,000 and 10,000 sessions
    python -m benchmarks.monitor --feed 500  only the feed, to look at with the monitor
"""

import argparse
import os
import pty
import random
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from contextlib import suppress
from fcntl import ioctl
from pathlib import Path

from core.interfaces import IPv4Address
from core.protocols.sessions import SessionRegistry, Tap
from core.reactor import Reactor
from core.runtime_directory import runtime_directory
from servers.feed.control import ControlFactory

ROWS, COLUMNS = 40, 120
TICKS = os.sysconf("SC_CLK_TCK")
SERVICES = ("chat", "echo", "insult")
NAMES = ("ann", "bob", "carla", "dimitri", "eve", "zoë", "李雷", "[/bold]")


class MadeUp:
    """What a session's transport counts, without a transport."""

    def __init__(self, number: int) -> None:
        self.peer = peer_of(number)
        self.bytes_in = self.bytes_out = self.waiting = 0
        self.active_at = time.monotonic()
        self.tap: Tap | None = None

    def lose_connection(self) -> None:
        """Nobody is there."""

    def abort_connection(self) -> None:
        """Nobody is there."""


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


class Terminal:
    """The monitor in a pty of its own."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.pid, self.number = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "xterm-256color"
            ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
            os.execv(sys.executable, [sys.executable, "-m", "clients.monitor"])

    def read_until(self, wanted: bytes, within: float) -> float | None:
        """Seconds until `wanted` was drawn."""
        began, seen = time.monotonic(), b""
        while (left := began + within - time.monotonic()) > 0:
            if select.select([self.number], [], [], left)[0]:
                seen = seen[-len(wanted) :] + os.read(self.number, 1 << 16)
                if wanted in seen:
                    return time.monotonic() - began
        return None

    def press(self, key: str, wanted: bytes) -> float:
        """Seconds until the answer to a key was drawn; a second if none was."""
        os.write(self.number, key.encode())
        return self.read_until(wanted, 1.0) or 1.0

    def processor_time(self) -> float:
        """Seconds so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def end(self) -> None:
        """Close it."""
        os.kill(self.pid, signal.SIGTERM)
        with suppress(OSError):  # EIO: nobody has the other end any more
            self.read_until(b"\0never", 5.0)
        os.waitpid(self.pid, 0)
        os.close(self.number)


def measure(number: int, share: float, seconds: float) -> str:
    """One line of figures."""
    with tempfile.TemporaryDirectory() as directory:
        os.environ["REACTOR_SCHOOL_RUNTIME_DIR"] = directory
        command = [sys.executable, "-m", "benchmarks.monitor", "--feed", str(number), "--share", str(share)]
        child = subprocess.Popen(command)
        try:
            time.sleep(1.5)
            terminal = Terminal()
            first = terminal.read_until(b"127.0.0.", 10.0)
            terminal.read_until(b"\0never", 2.0)
            before, began = terminal.processor_time(), time.monotonic()
            terminal.read_until(b"\0never", seconds)
            used = (terminal.processor_time() - before) / (time.monotonic() - began)
            keys = answers(terminal, number)
            terminal.end()
        finally:
            child.terminate()
            child.wait()
    return (
        f"{number:>6} sessions, {share:>4.0%} of them changing: {used:>4.0%} of a core,"
        f" first rows after {first or 99:.2f} s, a key after {keys[len(keys) // 2] * 1000:.0f} ms,"
        f" p99 {keys[-2] * 1000:.0f} ms"
    )


def answers(terminal: Terminal, number: int) -> list[float]:
    """How long 100 keys had to wait, in order of length: now for the last session, now for the first."""
    chance, waited = random.Random(2), []
    for index in range(100):
        terminal.read_until(b"\0never", chance.uniform(0.05, 0.3))
        session = 0 if index % 2 else number - 1
        waited.append(terminal.press("Gg"[index % 2], str(peer_of(session)).removeprefix("tcp:").encode()))
    return sorted(waited)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.monitor", description="what watching costs")
    parser.add_argument("--feed", type=int, metavar="N", help="serve a feed of N sessions, and no more")
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
