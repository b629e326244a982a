"""The flags that `benchmarks` and `benchmarks.tricks` have in common, and the load that they choose."""

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from shutil import which

from benchmarks.measure import Runner, compiled, run_in_c, run_in_python
from benchmarks.servers import LINUX, cores


def add_common(parser: argparse.ArgumentParser) -> None:
    """Add the flags that choose the rounds, their length and the load."""
    parser.add_argument(
        "--rounds", type=int, default=10, help="number of runs for each server (default %(default)s)"
    )
    parser.add_argument(
        "--seconds", type=float, default=0.7, help="measured time of each run (default %(default)s)"
    )
    parser.add_argument(
        "--load", choices=["python", "c"], default="python", help="c: a faster load, compiled with cc (Linux)"
    )
    parser.add_argument(
        "--quick", action="store_true", help="one short round, to test that the benchmarks run"
    )


def check_common(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Exit with a message if a value is impossible."""
    if options.load == "c" and not (LINUX and which("cc")):
        needs = "--load c needs Linux, and a C compiler named cc."
        parser.error(f"{needs} Leave it out to use the load in Python.")
    if options.rounds < 1 or options.seconds <= 0:
        parser.error("--rounds must be at least 1, and --seconds greater than 0")
    if options.quick:
        options.rounds, options.seconds = 1, 0.1


@contextmanager
def chosen_runner(options: argparse.Namespace) -> Iterator[Runner]:
    """The Runner that `--load` names. The load in C is compiled for the time of the context."""
    if options.load == "python":
        yield run_in_python
    else:
        with compiled() as program:
            yield partial(run_in_c, program)


def bind_load() -> int | None:
    """Bind this process to one core, and return the core for the servers. None if that is not possible."""
    pair = cores()
    if pair is None:
        print("Server and load cannot have a core each, so they disturb each other.")
        return None
    os.sched_setaffinity(0, {pair[1]})
    return pair[0]
