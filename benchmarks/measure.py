"""One run: the processor time for each answer, the rate, the latencies, and how busy each side was."""

import gc
import signal
import time
from collections.abc import Sequence
from math import nan
from types import FrameType
from typing import NamedTuple

from benchmarks.scenarios import Scenario
from benchmarks.servers import Engine, serving

WARM_UP = 0.4  # as a part of the measured time
TIMEOUT = 20  # seconds that a run may take longer than planned


class Run(NamedTuple):
    """The figures of one run. Times are in seconds; `server_busy` and `load_busy` are parts of one core."""

    cpu: float
    rate: float
    p50: float
    p99: float
    server_busy: float
    load_busy: float


def measure(engine: Engine, scenario: Scenario, seconds: float, core: int | None) -> Run:
    """Start a server, warm both sides up, and measure for `seconds`. TimeoutError if the server hangs."""
    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(round(2 * seconds) + TIMEOUT)
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
    raise TimeoutError("the server does not answer")


def percentiles(latencies: Sequence[float]) -> tuple[float, float]:
    """The 50th and the 99th percentile, each a measured value; NaN if there are no values."""
    ordered = sorted(latencies) or [nan]
    return ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100]


def interleaved(
    engines: Sequence[Engine], scenario: Scenario, rounds: int, seconds: float, core: int | None
) -> dict[str, list[Run]]:
    """Run the engines in turn; each round begins with another one. So a disturbance affects all of them."""
    runs: dict[str, list[Run]] = {engine.name: [] for engine in engines}
    for number in range(rounds):
        first = number % len(engines)
        for engine in (*engines[first:], *engines[:first]):
            runs[engine.name].append(measure(engine, scenario, seconds, core))
    return runs
