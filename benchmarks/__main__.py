"""`python -m benchmarks [echo|lines|tls|web|churn|udp|chat|idle …]`: runs the named benchmarks, or all."""

import argparse
import os
import platform
import sys

from benchmarks.command import add_common, bind_load, check_common, chosen_runner
from benchmarks.idle import affordable, idle, with_and_without_sessions
from benchmarks.measure import Runner, interleaved
from benchmarks.report import bottleneck, comparison, table
from benchmarks.scenarios import SCENARIOS
from benchmarks.servers import ENGINES, FLOOR, UVICORN, WATCHED, Engine, installed

KINDS = ["echo", "lines", "tls", "web", "churn", "udp", "chat", "idle"]
NAMES = [engine.name for engine in ENGINES]
SESSIONS = 10_000


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measures the same servers on our reactor, Twisted, asyncio and uvloop.",
        epilog="example: python -m benchmarks echo chat --rounds 20",
    )
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"{', '.join(KINDS)} (default: all)")
    add_common(parser)
    parser.add_argument("--engines", default=",".join(NAMES), help="engines to measure (default %(default)s)")
    options = parser.parse_args()
    for wrong in set(options.kinds) - set(KINDS):
        parser.error(f"there is no benchmark {wrong!r}. Choose from {', '.join(KINDS)}.")
    for wrong in set(options.engines.split(",")) - {engine.name for engine in [*ENGINES, WATCHED, FLOOR]}:
        parser.error(f"there is no engine {wrong!r}. Choose from {', '.join(NAMES)}.")
    check_common(parser, options)
    return options


def compare(
    kind: str, engines: list[Engine], options: argparse.Namespace, core: int | None, runner: Runner
) -> None:
    rounds = f"medians of {options.rounds} rounds of {options.seconds} s, load in {options.load.title()}"
    for scenario in (each for each in SCENARIOS if each.kind == kind):
        if options.load == "c" and not scenario.is_in_c:
            print(f"\n{scenario.title}: there is no load in C. Run it without --load c.")
        else:
            results = interleaved(engines, scenario, options.rounds, options.seconds, core, runner)
            print(f"\n{scenario.title}: for each {scenario.request}, {rounds}")
            print(comparison(results))
            print(bottleneck(results), flush=True)


def measure_memory(engines: list[Engine], options: argparse.Namespace, core: int | None) -> None:
    sessions = affordable(SESSIONS // 10 if options.quick else SESSIONS)
    results = [idle(engine, sessions, core) for engine in with_and_without_sessions(engines)]
    print(f"\n{sessions:,} idle echo sessions in one process: KiB for each session")
    rows = [
        [result.name, f"{result.silent / 1024:.2f}", f"{result.answered / 1024:.2f}"] for result in results
    ]
    print(table([["", "connected", "answered once"], *rows]), flush=True)


def main() -> None:
    options = arguments()
    engines = installed(
        [engine for engine in [*ENGINES, WATCHED, FLOOR] if engine.name in options.engines.split(",")]
    )
    core = bind_load()
    system = f"{platform.system()} {platform.release()}, {os.cpu_count()} cores"
    print(f"Python {platform.python_version()}, {system}")
    with chosen_runner(options) as runner:
        for kind in options.kinds or KINDS:
            if kind == "idle":
                measure_memory(engines, options, core)
            elif kind == "web":
                servers = [engine for engine in engines if engine.name in ("ours", "twisted")]
                compare(kind, [*servers, *installed([UVICORN])], options, core, runner)
            else:
                compare(kind, engines, options, core, runner)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
