"""`python -m benchmarks.tricks`: the worth of each trick for speed, in processor time for a request.

Each trick is switched off by an edit of a copy of the source. Then the copy and the source as it is run in
turn under the same load. `--load c` keeps them busy, and shows the differences best.
"""

import argparse
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.command import add_common, bind_load, check_common, chosen_runner
from benchmarks.measure import Runner, interleaved
from benchmarks.report import table
from benchmarks.scenarios import SCENARIOS, Scenario, echo
from benchmarks.servers import ENGINES

ROOT = Path(__file__).parents[1]
STREAM, LISTENER = "core/transports/stream.py", "core/transports/listener.py"
DATAGRAM, CLOSING = "core/transports/datagram.py", "core/transports/lingering_close.py"
POLLERS, REACTOR = "core/engine/pollers.py", "core/reactor.py"
ROOM = "servers/chat/room.py"


def scenario(title: str) -> Scenario:
    """The scenario whose title begins so."""
    return next(each for each in SCENARIOS if each.title.startswith(title))


ECHO, LINES, CHURN, UDP = map(scenario, ["echo, 64 B", "lines", "connect", "UDP"])
ONE_TALKS, ALL_TALK = map(scenario, ["chat, 200 in the room, one", "chat, 200 in the room, all"])
LARGE = Scenario("echo", "echo, 64 KiB", lambda port: echo(port, 65536))


@dataclass(frozen=True)
class Trick:
    """A trick, the load that shows it, and the edits (file, text, other text) that switch it off."""

    name: str
    scenario: Scenario
    edits: tuple[tuple[str, str, str], ...]


SCHEDULES = """            self.reactor.call_at_turn_end(self.flush)  # raises RuntimeError in another thread
            self._flush_by = TURN_END
"""
SENDS_AT_ONCE = """        self.waiting += len(data)
        self.flush()
"""
ASKS_FIRST = """            self._flush_by = KERNEL
            self._watch()
"""
REGISTERS = """        self._watch()
        try:
            attach_protocol(self, factory)
"""
HANDLES_EACH = """received.append(receive(MAX_DATAGRAM))
                self._deliver()
"""
ENCODES_FOR_EACH = "is style and [reader.encode(event, author) for event, author, _ in events])"

TRICKS = [
    Trick(
        "send in one piece what a handler writes",
        LINES,
        ((STREAM, "        self.waiting += len(data)\n", SENDS_AT_ONCE),),
    ),
    Trick(
        "send when the handler returns, without asking epoll whether the socket is writable",
        ECHO,
        (
            (
                STREAM,
                "        if self._flush_by is NOT_SCHEDULED:\n            self._flush_by = HANDLER",
                "        if False:",
            ),
            (STREAM, SCHEDULES, ASKS_FIRST),
        ),
    ),
    Trick(
        "use epoll itself, and not `selectors`",
        ECHO,
        ((POLLERS, 'EpollPoller() if hasattr(select, "epoll") else SelectorPoller()', "SelectorPoller()"),),
    ),
    Trick(
        "receive 64 KiB at once, and not 16",
        LARGE,
        ((CLOSING, "RECEIVE_SIZE = 65536", "RECEIVE_SIZE = 16384"),),
    ),
    Trick(
        "accept up to 128 connections in a turn, and not one",
        CHURN,
        ((LISTENER, "ACCEPTS_IN_A_TURN = 128", "ACCEPTS_IN_A_TURN = 1"),),
    ),
    Trick(
        "do not register a connection that is answered and closed at once",
        CHURN,
        (
            (STREAM, "        try:\n            attach_protocol(self, factory)\n", REGISTERS),
            (STREAM, "not (self.watched or self.protocol.lingers)", "not self.protocol.lingers"),
        ),
    ),
    Trick(
        "close such a connection in one step",
        CHURN,
        ((STREAM, "return not (self.watched or self.protocol.lingers) and", "return False and"),),
    ),
    Trick(
        "send the last data and the end of the stream in one packet (MSG_MORE)",
        CHURN,
        ((STREAM, 'HOLD_BACK = getattr(socket, "MSG_MORE", 0)', "HOLD_BACK = 0"),),
    ),
    Trick(
        "read up to 64 datagrams in a turn, and not one",
        UDP,
        ((DATAGRAM, "DATAGRAMS_IN_A_TURN = 64", "DATAGRAMS_IN_A_TURN = 1"),),
    ),
    Trick(
        "read them all before the first one is handled",
        UDP,
        ((DATAGRAM, "received.append(receive(MAX_DATAGRAM))\n", HANDLES_EACH),),
    ),
    Trick(
        "encode a message once, and not for each member",
        ONE_TALKS,
        ((ROOM, "is style)", ENCODES_FOR_EACH),),
    ),
    Trick(
        "send the messages of a turn together",
        ALL_TALK,
        ((ROOM, "            self._at_turn_end(self.deliver)\n", "            self.deliver()\n"),),
    ),
    Trick(
        "let malloc keep the memory that is freed",
        ALL_TALK,
        (("core/engine/loop.py", "bytes(4 << 20)", "bytes(0)"),),
    ),
    Trick(
        "(not a trick: no thread that reports a handler that blocks)",
        ECHO,
        ((REACTOR, "watchdog = Watchdog(self)", "watchdog = object.__new__(Watchdog)"),),
    ),
]


@contextmanager
def without(trick: Trick) -> Iterator[str]:
    """A directory with a copy of the source, in which `trick` is switched off. ValueError if it cannot be."""
    with TemporaryDirectory() as directory:
        for package in ("core", "servers", "benchmarks"):
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / package, Path(directory, package), ignore=ignored)
        for name, text, other in trick.edits:
            source = Path(directory, name).read_text()
            if source.count(text) != 1:
                raise ValueError(f"{name} does not have this text once: {text}")
            Path(directory, name).write_text(source.replace(text, other))
        yield directory


def worth(trick: Trick, rounds: int, seconds: float, core: int | None, runner: Runner) -> list[str]:
    """A row: the processor time of a request with and without the trick, and how much more it is without."""
    with without(trick) as directory:
        engines = [ENGINES[0], replace(ENGINES[0], name="without", directory=directory)]
        runs = interleaved(engines, trick.scenario, rounds, seconds, core, runner)
    used, unused = ([run.cpu for run in runs[engine.name]] for engine in engines)
    more = median(one / other for one, other in zip(unused, used, strict=True)) - 1
    title = trick.scenario.title.partition(",")[0]
    return [trick.name, title, f"{median(used) * 1e6:.2f}", f"{median(unused) * 1e6:.2f}", f"{more:+.0%}"]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tricks", description=__doc__)
    parser.add_argument(
        "words", nargs="*", metavar="WORD", help="measure the tricks with one of these words only"
    )
    add_common(parser)
    options = parser.parse_args()
    check_common(parser, options)
    chosen = [each for each in TRICKS if not options.words or set(options.words) & set(each.name.split())]
    core = bind_load()
    print(f"processor time for a request in µs, medians of {options.rounds} rounds of {options.seconds} s")
    rows = [["trick", "load", "with", "without", "more"]]
    with chosen_runner(options) as runner:
        for number, trick in enumerate(chosen, 1):
            print(f"{number} of {len(chosen)}: {trick.name}", file=sys.stderr)
            rows.append(worth(trick, options.rounds, options.seconds, core, runner))
    print(table(rows))


if __name__ == "__main__":
    main()
