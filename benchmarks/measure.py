"""One run: the processor time for each answer, the rate, the latencies, and how busy each side was."""

import gc
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import nan
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import NamedTuple

from benchmarks.load import Load
from benchmarks.scenarios import Scenario
from benchmarks.servers import Engine, Server, serving

WARM_UP = 0.4  # as a part of the measured time
SOURCE = Path(__file__).with_name("load.c")
TIMEOUT = 20  # seconds that a run may take longer than planned


class Run(NamedTuple):
    """The figures of one run. Times are in seconds; `server_busy` and `load_busy` are parts of one core."""

    cpu: float
    rate: float
    p50: float
    p99: float
    server_busy: float
    load_busy: float


Runner = Callable[[Load, Server, float], Run]
"""Warms the server and the load up, and measures for so many seconds."""


def run_in_python(load: Load, server: Server, seconds: float) -> Run:
    """The Runner for the loads as they are in `load.py`."""
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
    p50, p99 = percentiles(load.latencies)
    return Run(cpu / load.answered, load.answered / wall, p50, p99, cpu / wall, own / wall)


def run_in_c(program: str, load: Load, server: Server, seconds: float) -> Run:
    """The Runner for the same loads in `load.c`, compiled to `program`. RuntimeError if it fails."""
    numbers = [sock.fileno() for sock in load.all_sockets()]
    command = [program, seconds * WARM_UP, seconds, server.process.pid, *load.in_c(), *numbers]
    ended = subprocess.run(list(map(str, command)), pass_fds=numbers, capture_output=True, text=True)
    if ended.returncode:
        raise RuntimeError(f"the load in C failed: {ended.stderr.strip()}")
    received, wall, cpu, own, p50, p99 = map(float, ended.stdout.split())
    answered = received * load.worth / load.size
    return Run(cpu / answered, answered / wall, p50, p99, cpu / wall, own / wall)


@contextmanager
def compiled() -> Iterator[str]:
    """The path of `load.c` compiled with cc, until the end of the context. OSError if there is no cc."""
    with TemporaryDirectory() as directory:
        program = os.path.join(directory, "load")
        subprocess.run(["cc", "-O2", "-o", program, SOURCE], check=True)
        yield program


def measure(
    engine: Engine, scenario: Scenario, seconds: float, core: int | None, runner: Runner = run_in_python
) -> Run:
    """Start a server and measure for `seconds`. TimeoutError if the server hangs."""
    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(round(2 * seconds) + TIMEOUT)
    with serving(engine, scenario.kind, core) as server:
        load = scenario.load(server.port)
        run = runner(load, server, seconds)
        signal.alarm(0)
    load.close()  # after the server: some log an error for each connection that ends before
    return run


def give_up(_number: int, _frame: FrameType | None) -> None:
    raise TimeoutError("the server does not answer")


def percentiles(latencies: Sequence[float]) -> tuple[float, float]:
    """The 50th and the 99th percentile, each a measured value; NaN if there are no values."""
    ordered = sorted(latencies) or [nan]
    return ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100]


def interleaved(
    engines: Sequence[Engine],
    scenario: Scenario,
    rounds: int,
    seconds: float,
    core: int | None,
    runner: Runner = run_in_python,
) -> dict[str, list[Run]]:
    """Run the engines in turn; each round begins with another one. So a disturbance affects all of them."""
    runs: dict[str, list[Run]] = {engine.name: [] for engine in engines}
    for number in range(rounds):
        first = number % len(engines)
        for engine in (*engines[first:], *engines[:first]):
            runs[engine.name].append(measure(engine, scenario, seconds, core, runner))
    return runs
