"""`python -m benchmarks.feed`: what it costs an echo server to be watched.

Two servers stand side by side, one with the control feed open and a subscriber that reads it. They take
turns of a fraction of a second, and each turn is compared with the other's next to it; so what disturbs the
machine for longer than that disturbs both, and a difference of a few in a hundred can be seen.
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
"""Seconds."""


def rate(load: Load) -> float:
    """Requests a second, in one turn."""
    load.run(SETTLE)
    load.answered = 0
    began = time.perf_counter()
    load.run(TURN)
    return load.answered / (time.perf_counter() - began)


def kept(alone: Server, watched: Server, size: int) -> list[float]:
    """For each pair of turns, which part of its rate the watched server keeps. The first turn alternates."""
    loads = echo(alone.port, size), echo(watched.port, size)
    for load in loads:
        load.run(WARM_UP)
    parts = []
    for number in range(PAIRS):
        first, second = loads if number % 2 else loads[::-1]
        rates = {first: rate(first), second: rate(second)}
        parts.append(rates[loads[1]] / rates[loads[0]])
    return parts


def tell(size: int, parts: Sequence[float]) -> None:
    low, middle, high = quantiles(parts, n=4)
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
            tell(size, kept(alone, watched, size))


if __name__ == "__main__":
    main()
