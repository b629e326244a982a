"""Delayed calls: a heap with the earliest call on top, for any clock.

The clock is a function that the owner passes in. A reactor passes the system's clock; a test passes a Clock
that it advances by hand. A call that is cancelled or moved leaves a stale entry in the heap, because
removing it would cost more than rebuilding the heap from time to time.
"""

from collections.abc import Callable, Iterator
from functools import partial
from heapq import heapify, heappop, heappush
from math import isnan
from typing import TypeVarTuple

from core.errors import AlreadyCalled, AlreadyCancelled
from core.mistakes.checks import check_callable, check_seconds

Arguments = TypeVarTuple("Arguments")


class DelayedCall:
    """A function call that is due at `time`, in seconds on the clock of its queue."""

    __slots__ = ("time", "function", "serial", "_queue")

    def __init__(self, time: float, function: Callable[[], object], queue: "DelayedCalls") -> None:
        self.time = time
        self.function: Callable[[], object] | None = function
        self.serial = 0  # the number of its current entry in the heap; 0 after cancel()
        self._queue = queue

    def active(self) -> bool:
        """Whether the call is still due: neither made, nor being made, nor cancelled."""
        return self.function is not None

    def cancel(self) -> None:
        """Do not make the call. Raises AlreadyCalled or AlreadyCancelled."""
        self.consume()
        self.serial = 0
        self._queue.count_stale()

    def delay(self, seconds: float) -> None:
        """Move the call `seconds` after its present time. Raises as `cancel` does; ValueError for NaN."""
        time = self.time + seconds
        if isnan(time):
            raise ValueError(f"cannot delay by {seconds!r} seconds: no time is that long after {self.time!r}")
        self._queue.move(self, time, self.consume())

    def reset(self, seconds: float) -> None:
        """Move the call to `seconds` from now. Raises as `cancel` and `call_later` do."""
        self._queue.move(self, self._queue.deadline(seconds), self.consume())

    def consume(self) -> Callable[[], object]:
        """End the call and return its function. Raises AlreadyCalled or AlreadyCancelled."""
        function, self.function = self.function, None
        if function is None:
            raise AlreadyCalled(repr(self)) if self.serial else AlreadyCancelled(repr(self))
        return function

    def __repr__(self) -> str:
        state = "due" if self.active() else "called" if self.serial else "cancelled"
        return f"<DelayedCall {state} at {self.time:.3f}>"


def cancel_if_active(call: DelayedCall | None) -> None:
    """Cancel `call`, if there is one that is still due."""
    if call is not None and call.active():
        call.cancel()


class DelayedCalls:
    """The queue of the delayed calls on one clock.

    `seconds()` returns the time. `on_earlier()` is called when the earliest call is due sooner than before.
    """

    def __init__(self, seconds: Callable[[], float], on_earlier: Callable[[], None]) -> None:
        self._seconds = seconds
        self._on_earlier = on_earlier
        self._heap: list[tuple[float, int, DelayedCall]] = []
        self._serial = 0
        self._stale = 0

    def __len__(self) -> int:
        """The number of active calls."""
        return len(self._heap) - self._stale

    def deadline(self, delay: float) -> float:
        """The time in `delay` seconds. ValueError if it is negative or NaN, TypeError if it is no number."""
        check_seconds("call_later", delay)
        return self._seconds() + delay

    def call_later(self, delay: float, f: Callable[[*Arguments], object], *args: *Arguments) -> DelayedCall:
        """Schedule `f(*args)` in `delay` seconds. Raises ValueError if `delay` is negative or NaN."""
        time = self.deadline(delay)
        check_callable("call_later", f)
        call = DelayedCall(time, partial(f, *args), self)
        self._push(call)
        return call

    def move(self, call: DelayedCall, time: float, function: Callable[[], object]) -> None:
        """Schedule `call` at `time` instead."""
        call.time, call.function = time, function
        self._push(call)
        self.count_stale()

    def count_stale(self) -> None:
        """Count a stale heap entry; rebuild the heap when most entries are stale."""
        self._stale += 1
        if self._stale > 50 and self._stale > len(self._heap) // 2:
            self._heap = [entry for entry in self._heap if self._is_current(entry)]
            heapify(self._heap)
            self._stale = 0

    def next_time(self) -> float | None:
        """The time of the earliest call; None if there is none."""
        while self._heap and not self._is_current(self._heap[0]):
            heappop(self._heap)
            self._stale -= 1
        return self._heap[0][0] if self._heap else None

    def pending(self) -> list[DelayedCall]:
        """The active calls, the earliest first."""
        return [call for _, _, call in sorted(entry for entry in self._heap if self._is_current(entry))]

    def pop_due(self) -> Iterator[Callable[[], object]]:
        """Remove the calls that are due, one after another, and yield their functions.

        Calls that are scheduled meanwhile are left for the next time. Otherwise a call that schedules another
        one with no delay would keep a turn from ending.
        """
        newest = self._serial
        while (time := self.next_time()) is not None and time <= self._seconds():
            if self._heap[0][1] > newest:
                return
            yield heappop(self._heap)[2].consume()

    def _push(self, call: DelayedCall) -> None:
        self._serial += 1
        call.serial = self._serial
        heappush(self._heap, (call.time, call.serial, call))
        if self._heap[0][2] is call:
            self._on_earlier()

    @staticmethod
    def _is_current(entry: tuple[float, int, DelayedCall]) -> bool:
        _, serial, call = entry
        return call.serial == serial and call.function is not None
