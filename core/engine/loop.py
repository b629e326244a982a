"""One loop waits for everything at once, and calls whom it concerns.

Here is what every transport, port and timer lives on; to listen, to connect and to run are the Reactor's.
It all happens in one thread, one handler after another. So no handler is ever interrupted by another one,
and a handler that does not return keeps everybody waiting.

There are five ways to say "later", here in the order in which a turn comes to them, after its handlers:

    call_soon            in the next turn: for what must not happen in the middle of something else
    call_from_thread     the same, but from any thread or signal handler: it also wakes a loop that sleeps
    call_later           in the first turn after so many seconds
    call_at_turn_end     in this turn, once all of the above have run: what was gathered is sent
    close_at_turn_end    in this turn, last of all: a descriptor's number is free for others only now
"""

import gc
import logging
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TypeVarTuple

from core.deferred import failed
from core.engine.meter import Meter
from core.engine.pollers import Events, Poller, best_poller
from core.engine.waker import Waker
from core.interfaces import READ, WRITE, Closable, Descriptor, ReactorCore
from core.mistakes import check_callable
from core.timers import DelayedCall, DelayedCalls

Arguments = TypeVarTuple("Arguments")
log = logging.getLogger(__name__)

LONGEST_WAIT = 3600.0
COLLECT_AFTER = 0.5
"""Seconds in which a failed Deferred can get its errback, before the garbage collector looks for it."""


class Loop(ReactorCore):
    """Turns on a poller: epoll where there is one.

    `turns` counts, `turned_at` is when the last one began, and `sleeping` says that it is over. While there
    is a `meter`, it times what is called.
    """

    def __init__(self, poller: Poller | None = None) -> None:
        self.turns = 0
        self.turned_at = self.seconds()
        self.sleeping = True
        self.meter: Meter | None = None
        self._poller = poller or best_poller()
        self._descriptors: dict[int, Descriptor] = {}
        self._calls = DelayedCalls(self.seconds, self._expect_turn)
        self._soon: list[Callable[[], object]] = []
        self._from_threads: deque[Callable[[], object]] = deque()
        self._turn_end: list[Callable[[], object]] = []
        self._closing: list[Closable] = []
        self._collects = False
        self._waker = Waker(self)

    # --- one turn

    def turn(self) -> None:
        """Wait until something is ready or due, and see to all of it."""
        calls = self._take_soon()
        patience = 0.0 if calls or self._turn_end or self._closing else self._until_next_call()
        self.deliver(self._poller.poll(patience))
        self.finish_turn(calls)

    def deliver(self, events: Events) -> None:
        """Call each descriptor that is ready. What a handler raises ends its connection, and nothing else."""
        self._begin_turn()
        meter, clock, at = self.meter, time.monotonic, self.turned_at
        descriptors = self._descriptors
        for number, event in events:
            descriptor = descriptors.get(number)
            if descriptor is None:  # closed by an earlier event of this turn
                continue
            try:
                if event & ~WRITE:
                    descriptor.on_readable()
                if event & ~READ and number in descriptors:
                    descriptor.on_writable()
            except Exception as error:
                log.exception("a handler failed")
                descriptor.on_error(error)
            if meter is not None:
                now = clock()
                if now - at > meter.slowest:
                    meter.note(descriptor, now - at)
                at = now

    def _begin_turn(self) -> None:
        self.sleeping = False
        self.turned_at = self.seconds()

    def finish_turn(self, calls: list[Callable[[], object]]) -> None:
        """Make the calls asked for in the last turn and those that are due; send; close."""
        if self.sleeping:  # a borrowed loop delivered nothing before
            self._begin_turn()
        self.turns += 1
        for call in calls:
            self._run(call)
        mark = self._calls.mark()
        while (due := self._calls.pop_due(mark)) is not None:
            self._run(due)
        for call in self._turn_end:  # it grows meanwhile: what is sent here may be written here
            self._run(call)
        self._turn_end.clear()
        for closable in self._closing:
            closable.close()
        self._closing.clear()
        if failed and not self._collects:
            self._collects = True
            self._calls.call_later(COLLECT_AFTER, self._collect)
        if self.meter is not None:
            self.meter.end_turn(self.turned_at)
        self.sleeping = True

    def _collect(self) -> None:
        """Have failed Deferreds reported: the frames of the error's traceback often refer to the Deferred."""
        self._collects = False
        failed.clear()
        gc.collect()

    def _run(self, call: Callable[[], object]) -> None:
        began = 0.0 if self.meter is None else time.monotonic()
        try:
            call()
        except Exception:
            log.exception("a call failed")
        if self.meter is not None and began and (took := time.monotonic() - began) > self.meter.slowest:
            self.meter.note(call, took)

    def _take_soon(self) -> list[Callable[[], object]]:
        calls, self._soon = self._soon, []
        while self._from_threads:
            calls.append(self._from_threads.popleft())
        return calls

    def _until_next_call(self) -> float:
        """In how many seconds the next delayed call is due; LONGEST_WAIT at most."""
        due = self._calls.next_time()
        return LONGEST_WAIT if due is None else min(LONGEST_WAIT, max(0.0, due - self.seconds()))

    def _expect_turn(self) -> None:
        """There is something new to see to. Our own loop looks anyhow; a borrowed one has to be told."""

    # --- what may be asked of it

    def seconds(self) -> float:
        """The time in seconds, on a clock that never goes back."""
        return time.monotonic()

    def call_later(self, delay: float, f: Callable[[*Arguments], object], *args: *Arguments) -> DelayedCall:
        """Call `f(*args)` in `delay` seconds, never from in here. ValueError if negative or NaN."""
        check_callable("call_later", f)
        return self._calls.call_later(delay, f, *args)

    def call_soon(self, f: Callable[[*Arguments], object], *args: *Arguments) -> None:
        """Call `f(*args)` on the next turn."""
        check_callable("call_soon", f)
        self._soon.append(partial(f, *args))

    def call_from_thread(self, f: Callable[[*Arguments], object], *args: *Arguments) -> None:
        """As `call_soon`, from any thread or signal handler: wakes the loop if it sleeps."""
        check_callable("call_from_thread", f)
        self._from_threads.append(partial(f, *args))
        self._waker.wake()

    def call_at_turn_end(self, f: Callable[[], object]) -> None:
        """Call `f()` when this turn's handlers have all run."""
        self._turn_end.append(f)

    def close_at_turn_end(self, closable: Closable) -> None:
        """Close it when no event of this turn can meet its number any more."""
        self._closing.append(closable)

    def watch(self, descriptor: Descriptor, reading: bool, writing: bool) -> None:
        """Have these events delivered. The kernel is told only of what changes."""
        wanted = (READ if reading else 0) | (WRITE if writing else 0)
        number = descriptor.fileno()
        if wanted != descriptor.watched:
            self._poller.set(number, descriptor.watched, wanted)
            descriptor.watched = wanted
        self._descriptors[number] = descriptor

    def forget(self, descriptor: Descriptor) -> None:
        """Deliver nothing more to it."""
        number = descriptor.fileno()
        if self._descriptors.get(number) is descriptor:
            if descriptor.watched:
                self._poller.set(number, descriptor.watched, 0)
                descriptor.watched = 0
            del self._descriptors[number]

    @property
    def engine(self) -> str:
        """The name of what waits: epoll, selectors, asyncio or uvloop."""
        return self._poller.name

    @property
    def timers(self) -> int:
        """How many calls are still to be made."""
        return len(self._calls) - self._collects

    @property
    def descriptors(self) -> int:
        """How many descriptors are looked after."""
        return len(self._descriptors)

    def close(self) -> None:
        """Give back what the reactor itself holds; it cannot be used any more."""
        self.forget(self._waker)
        self._waker.close()
        self._poller.close()
