"""One run: what a server's answers cost it, how many it gave, how long they took, and who was busy."""

import gc
import signal
import time
from collections.abc import Sequence
from math import nan
from types import FrameType
from typing import NamedTuple

from benchmarks.scenarios import Scenario
from benchmarks.servers import Engine, serving

WARM_UP = 0.4  # of the time that is measured
PATIENCE = 20  # seconds more than a run should take, until the server is given up


class Run(NamedTuple):
    """Times are in seconds; `server_busy` and `load_busy` are shares of one core."""

    cpu: float
    rate: float
    p50: float
    p99: float
    server_busy: float
    load_busy: float


def measure(engine: Engine, scenario: Scenario, seconds: float, core: int | None) -> Run:
    """Start a server, bring both sides up to speed, and measure for `seconds`."""
    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(round(2 * seconds) + PATIENCE)
    with serving(engine, scenario.kind, core) as server:
        load = scenario.load(server.port)
        load.run(seconds * WARM_UP)
        load.answered = 0
        load.latencies.clear()
        gc.collect()
        gc.disable()
        wall, own, cpu = time.perf_counter(), time.process_time(), server.cpu_seconds()
        load.run(seconds)
        wall = time.perf_counter() - wall
        own, cpu = time.process_time() - own, server.cpu_seconds() - cpu
        gc.enable()
        signal.alarm(0)
    p50, p99 = percentiles(load.latencies)
    return Run(cpu / load.answered, load.answered / wall, p50, p99, cpu / wall, own / wall)


def give_up(_number: int, _frame: FrameType | None) -> None:
    raise TimeoutError("the server does not answer any more")


def percentiles(latencies: Sequence[float]) -> tuple[float, float]:
    """The 50th and the 99th, each a value that was measured, if any was."""
    ordered = sorted(latencies) or [nan]
    return ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100]


def interleaved(
    engines: Sequence[Engine], scenario: Scenario, rounds: int, seconds: float, core: int | None
) -> dict[str, list[Run]]:
    """The engines take turns, and another begins each round: what disturbs the machine disturbs them all."""
    runs: dict[str, list[Run]] = {engine.name: [] for engine in engines}
    for number in range(rounds):
        first = number % len(engines)
        for engine in (*engines[first:], *engines[:first]):
            runs[engine.name].append(measure(engine, scenario, seconds, core))
    return runs
