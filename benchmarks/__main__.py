"""`python -m benchmarks [echo|lines|churn|udp|chat|idle]`: all of them when none is named."""

import argparse
import os
import platform
import sys

from benchmarks.idle import idle, room_for, with_and_without_sessions
from benchmarks.measure import interleaved
from benchmarks.report import bottleneck, comparison, table
from benchmarks.scenarios import SCENARIOS
from benchmarks.servers import ENGINES, FLOOR, WATCHED, Engine, cores, installed

KINDS = ["echo", "lines", "churn", "udp", "chat", "idle"]
NAMES = [engine.name for engine in ENGINES]
SESSIONS = 10_000


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measures the same servers on our reactor, Twisted, asyncio and uvloop, in turn.",
        epilog="example: python -m benchmarks echo chat --rounds 20",
    )
    parser.add_argument(
        "kinds", nargs="*", metavar="KIND", help=f"{', '.join(KINDS)}; all when none is named"
    )
    parser.add_argument("--rounds", type=int, default=10, help="runs of each engine (default 10)")
    parser.add_argument("--seconds", type=float, default=0.7, help="of each run that count (default 0.7)")
    parser.add_argument("--engines", default=",".join(NAMES), help="only these (default %(default)s)")
    parser.add_argument("--quick", action="store_true", help="one short round: does it run at all?")
    options = parser.parse_args()
    for wrong in set(options.kinds) - set(KINDS):
        parser.error(f"there is no benchmark {wrong!r}; there are {', '.join(KINDS)}")
    for wrong in set(options.engines.split(",")) - {engine.name for engine in [*ENGINES, WATCHED, FLOOR]}:
        parser.error(f"there is no engine {wrong!r}; there are {', '.join(NAMES)}")
    if options.rounds < 1 or options.seconds <= 0:
        parser.error("there must be a round at least, and some time for it")
    if options.quick:
        options.rounds, options.seconds = 1, 0.1
    return options


def bind_load() -> int | None:
    """Bind this process to one core, and say which one is for the servers."""
    pair = cores()
    if pair is None:
        print("One core for all, or none to be had for oneself: server and load disturb each other.")
        return None
    os.sched_setaffinity(0, {pair[1]})
    return pair[0]


def compare(kind: str, engines: list[Engine], options: argparse.Namespace, core: int | None) -> None:
    rounds = f"medians of {options.rounds} rounds of {options.seconds} s"
    for scenario in SCENARIOS:
        if scenario.kind == kind:
            results = interleaved(engines, scenario, options.rounds, options.seconds, core)
            print(f"\n{scenario.title}: for each {scenario.request}, {rounds}")
            print(comparison(results))
            print(bottleneck(results), flush=True)


def weigh(engines: list[Engine], options: argparse.Namespace, core: int | None) -> None:
    sessions = room_for(SESSIONS // 10 if options.quick else SESSIONS)
    weights = [idle(engine, sessions, core) for engine in with_and_without_sessions(engines)]
    print(f"\n{sessions:,} idle echo sessions in one process, each answered in the end: KiB for each")
    rows = [[w.name, f"{w.silent / 1024:.2f}", f"{w.answered / 1024:.2f}"] for w in weights]
    print(table([["", "connected", "answered once"], *rows]), flush=True)


def main() -> None:
    options = arguments()
    engines = installed(
        [engine for engine in [*ENGINES, WATCHED, FLOOR] if engine.name in options.engines.split(",")]
    )
    core = bind_load()
    system = f"{platform.system()} {platform.release()}, {os.cpu_count()} cores"
    print(f"Python {platform.python_version()}, {system}")
    for kind in options.kinds or KINDS:
        if kind == "idle":
            weigh(engines, options, core)
        else:
            compare(kind, engines, options, core)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
