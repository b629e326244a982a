"""How busy a loop is. A loop is measured only while it has a meter, and costs nothing extra without one.

Lag is how long all handlers of one turn took together: this is how long the next event had to wait.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

from core.engine.pollers import Events
from core.mistakes.table import name_of

KEPT_TURNS = 2000


class Meter:
    """Measures every callback and every turn of a loop. All times are in seconds."""

    def __init__(self) -> None:
        self.turns = 0
        self.longest = 0.0
        self.slowest = 0.0
        self.slowest_name = ""
        self._lags: deque[float] = deque(maxlen=KEPT_TURNS)

    def timed(self, events: Events, descriptors: Mapping[int, object]) -> Iterator[tuple[int, int]]:
        """Yield `events`, and record how long the caller takes for each before it asks for the next."""
        began = time.monotonic()
        for number, event in events:
            descriptor = descriptors.get(number)
            if descriptor is not None:
                yield number, event
                now = time.monotonic()
                self.record(descriptor, now - began)
                began = now

    def timed_calls(self, calls: Iterable[Callable[[], object]]) -> Iterator[Callable[[], object]]:
        """As `timed`, for calls."""
        for call in calls:
            began = time.monotonic()
            yield call
            self.record(call, time.monotonic() - began)

    def record(self, callee: object, took: float) -> None:
        """Keep the name of `callee` if it took longer than all others since the last `restart`."""
        if took > self.slowest:
            self.slowest, self.slowest_name = took, callee_name(callee)

    def end_turn(self, began_at: float) -> None:
        """Record the lag of the turn that began at `began_at`."""
        lag = time.monotonic() - began_at
        self.turns += 1
        self.longest = max(self.longest, lag)
        self._lags.append(lag)

    def p99(self) -> float:
        """The 99th percentile of the lags of the last KEPT_TURNS turns."""
        lags = sorted(self._lags)
        return lags[len(lags) * 99 // 100] if lags else 0.0

    def restart(self) -> None:
        """Set the number of turns, the longest lag and the slowest callback back to zero."""
        self.turns = 0
        self.longest = self.slowest = 0.0
        self.slowest_name = ""


def callee_name(callee: object) -> str:
    """The name of a function, of the protocol behind a descriptor, or else of the class."""
    if isinstance(callee, partial):
        return callee_name(callee.func)
    if hasattr(callee, "__qualname__"):
        return name_of(callee)
    protocol = getattr(callee, "protocol", None)
    return name_of(callee) if protocol is None else callee_name(protocol)
