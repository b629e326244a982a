"""What is due later lies in a heap, the earliest on top; the time is passed in, never looked up here.

That is what makes time testable: a reactor passes the system's clock, a test passes one that it moves by
hand, and the calls cannot tell which. A call that is cancelled or moved leaves its old entry in the heap,
where it means nothing any more: taking it out of the middle would cost more than sweeping now and then.
"""

from collections.abc import Callable
from functools import partial
from heapq import heapify, heappop, heappush
from math import isnan
from typing import TypeVarTuple

from core.errors import AlreadyCalled, AlreadyCancelled

Arguments = TypeVarTuple("Arguments")


class DelayedCall:
    """A call that is due at `time`, in seconds on its owner's clock."""

    __slots__ = ("time", "function", "serial", "_queue")

    def __init__(self, time: float, function: Callable[[], object], queue: "DelayedCalls") -> None:
        self.time = time
        self.function: Callable[[], object] | None = function
        self.serial = 0  # of its entry in the heap; 0 once it is cancelled
        self._queue = queue

    def active(self) -> bool:
        """Neither run nor cancelled yet."""
        return self.function is not None

    def cancel(self) -> None:
        """Do not run it. AlreadyCalled, AlreadyCancelled."""
        self.take()
        self.serial = 0
        self._queue.drop()

    def delay(self, seconds: float) -> None:
        """Run it `seconds` later than planned. Errors as for `cancel`; ValueError for NaN."""
        time = self.time + seconds
        if isnan(time):
            raise ValueError(f"no time is {seconds!r} seconds after {self.time!r}")
        self._queue.move(self, time, self.take())

    def reset(self, seconds: float) -> None:
        """Run it `seconds` from now. Errors as for `cancel`; ValueError as for `call_later`."""
        self._queue.move(self, self._queue.due(seconds), self.take())

    def run(self) -> None:
        """Make the call, once: from now on it is no longer active."""
        self.take()()

    def take(self) -> Callable[[], object]:
        """What is to be called; from now on the call is no longer active. AlreadyCalled, AlreadyCancelled."""
        function, self.function = self.function, None
        if function is None:
            raise AlreadyCalled(repr(self)) if self.serial else AlreadyCancelled(repr(self))
        return function

    def __repr__(self) -> str:
        state = "due" if self.active() else "called" if self.serial else "cancelled"
        return f"<DelayedCall {state} at {self.time:.3f}>"


class DelayedCalls:
    """All calls that are due on one clock.

    `seconds` tells the time; `on_earlier` is called whenever the next call may be due sooner than before.
    """

    def __init__(self, seconds: Callable[[], float], on_earlier: Callable[[], None]) -> None:
        self._seconds = seconds
        self._on_earlier = on_earlier
        self._heap: list[tuple[float, int, DelayedCall]] = []
        self._serial = 0
        self._dropped = 0

    def __len__(self) -> int:
        """How many calls are still to be made."""
        return len(self._heap) - self._dropped

    def due(self, delay: float) -> float:
        """The time in `delay` seconds. ValueError if that is negative or no number."""
        if delay < 0 or isnan(delay):
            raise ValueError(f"a delay is a number of seconds from 0 up, not {delay!r}")
        return self._seconds() + delay

    def call_later(self, delay: float, f: Callable[[*Arguments], object], *args: *Arguments) -> DelayedCall:
        """Have `f(*args)` called in `delay` seconds. ValueError as for `due`."""
        call = DelayedCall(self.due(delay), partial(f, *args), self)
        self._push(call)
        return call

    def move(self, call: DelayedCall, time: float, function: Callable[[], object]) -> None:
        """Make `call` due at `time` instead."""
        call.time, call.function = time, function
        self._push(call)
        self.drop()

    def drop(self) -> None:
        """One more entry means nothing; once most of them do not, sweep them out."""
        self._dropped += 1
        if self._dropped > 50 and self._dropped > len(self._heap) // 2:
            self._heap = [entry for entry in self._heap if self._is_meant(entry)]
            heapify(self._heap)
            self._dropped = 0

    def next_time(self) -> float | None:
        """When the next call is due; None if there is none."""
        while self._heap and not self._is_meant(self._heap[0]):
            heappop(self._heap)
            self._dropped -= 1
        return self._heap[0][0] if self._heap else None

    def mark(self) -> int:
        """A mark between the calls asked for so far and those to come; see `pop_due`."""
        return self._serial

    def pop_due(self, mark: int) -> DelayedCall | None:
        """Take the next call that is due by now and was asked for before `mark`; None if there is none.

        Without the mark, a call that asks for another with no delay would keep a turn from ever ending.
        """
        time = self.next_time()
        if time is None or time > self._seconds() or self._heap[0][1] > mark:
            return None
        return heappop(self._heap)[2]

    def _push(self, call: DelayedCall) -> None:
        self._serial += 1
        call.serial = self._serial
        heappush(self._heap, (call.time, call.serial, call))
        if self._heap[0][2] is call:
            self._on_earlier()

    @staticmethod
    def _is_meant(entry: tuple[float, int, DelayedCall]) -> bool:
        _, serial, call = entry
        return call.serial == serial and call.function is not None
