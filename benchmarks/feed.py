"""`python -m benchmarks.feed`: the cost of the control feed for an echo server.

Two servers run side by side; one has the control feed and a subscriber that reads it. The load goes to one
and the other in turn, for a fraction of a second each, and the two rates of such a pair are compared. A
disturbance that lasts longer affects both, so even a difference of a few per cent is visible.
"""

import os
import platform
import time
from collections.abc import Sequence
from functools import partial
from statistics import quantiles

from benchmarks.load import Load
from benchmarks.scenarios import echo
from benchmarks.servers import ENGINES, WATCHED, Server, cores, serving

PAIRS = 100
WARM_UP = 0.5
SETTLE = 0.02
TURN = 0.15
"""WARM_UP, SETTLE and TURN are in seconds."""


def rate(load: Load) -> float:
    """Load the server for one turn. Returns its rate in requests a second."""
    load.run(SETTLE)
    load.answered = 0
    began = time.perf_counter()
    load.run(TURN)
    return load.answered / (time.perf_counter() - began)


def kept_shares(alone: Server, watched: Server, size: int) -> list[float]:
    """The watched server's rate divided by the other one's, for each pair of turns."""
    loads = echo(alone.port, size), echo(watched.port, size)
    for load in loads:
        load.run(WARM_UP)
    shares = []
    for number in range(PAIRS):
        first, second = loads if number % 2 else loads[::-1]  # the order alternates
        rates = {first: rate(first), second: rate(second)}
        shares.append(rates[loads[1]] / rates[loads[0]])
    return shares


def report(size: int, shares: Sequence[float]) -> None:
    low, middle, high = quantiles(shares, n=4)
    print(f"echo, {size} B: watched, it keeps {middle:.1%} of its rate (quartiles {low:.1%} to {high:.1%})")


def main() -> None:
    pair = cores()
    core = None
    if pair is not None:
        core = pair[0]
        os.sched_setaffinity(0, {pair[1]})
    print(f"Python {platform.python_version()}, {platform.system()}, {PAIRS} pairs of turns of {TURN} s")
    start = partial(serving, kind="echo", core=core)
    with start(ENGINES[0]) as alone, start(WATCHED) as watched:
        for size in (64, 1024):
            report(size, kept_shares(alone, watched, size))


if __name__ == "__main__":
    main()
