"""The event loop: waits for all descriptors at once, and calls each one that is ready.

Transports, ports and timers are built on it; the Reactor adds listening, connecting and running. All
handlers run in one thread, one after another. So no handler interrupts another, and a handler that does not
return blocks them all.

There are five ways to say "later", here in the order in which a turn runs them, after its handlers:

    call_soon            when the handlers have returned: for what must not happen in the middle of one, as
                         `connection_lost`. A call_soon inside such a call waits for the next turn.
    call_from_thread     the same, from any thread or signal handler: it also wakes a loop that sleeps
    call_later           in the first turn after the delay; with 0 (a port accepts) after call_soon
    call_at_turn_end     in this turn, after all of the above: gathered data is sent
    close_at_turn_end    in this turn, last of all: only now may a new socket get the descriptor's number
"""

import gc
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from threading import get_ident
from typing import TypeVarTuple

from core.deferred import failed
from core.engine.meter import Meter, callee_name
from core.engine.pollers import Events, Poller, best_poller
from core.engine.waker import Waker
from core.interfaces import READ, WRITE, Closable, Descriptor, ReactorCore
from core.mistakes.checks import check_callable, check_ran, wrong_thread
from core.mistakes.hints import log_failure
from core.timers import DelayedCall, DelayedCalls

Arguments = TypeVarTuple("Arguments")
log = logging.getLogger(__name__)

# Until a large block was freed, glibc's malloc returns freed memory to the kernel at once (mallopt(3),
# M_TRIM_THRESHOLD). Each turn would then need new pages for what it sends, and the kernel zeroes new pages.
bytes(4 << 20)

LONGEST_WAIT = 3600.0
COLLECT_AFTER = 0.5
"""Seconds that a failed Deferred has to get an errback, before the garbage collector runs to find it."""


class Loop(ReactorCore):
    """An event loop on a poller: epoll where the system has it.

    `turns` counts the turns. `turned_at` is the time at which the last turn began. `sleeping` is True between
    two turns, while the loop waits.
    While there is a `meter`, it measures every callback.
    """

    def __init__(self, poller: Poller | None = None) -> None:
        self.turns = 0
        self.turned_at = self.seconds()
        self.sleeping = True
        self.meter: Meter | None = None
        self._poller = poller or best_poller()
        self._descriptors: dict[int, Descriptor] = {}
        self._calls = DelayedCalls(self.seconds, self._schedule_turn)
        self._soon: list[Callable[[], object]] = []
        self._from_threads: deque[Callable[[], object]] = deque()
        self._turn_end: list[Callable[[], object]] = []
        self._closing: list[Closable] = []
        self._collects = False
        self._thread = 0  # the number of the thread in run(); 0: not running
        self._waker = Waker(self)

    # --- one turn

    def turn(self) -> None:
        """Wait until a descriptor is ready or a call is due, then handle everything that is."""
        is_idle = not (self._soon or self._turn_end or self._closing)
        self.deliver(self._poller.poll(self._until_next_call() if is_idle else 0.0))
        self.finish_turn()

    def deliver(self, events: Events) -> None:
        """Call each descriptor that is ready. An exception in a handler ends that connection only."""
        self._begin_turn()
        descriptors = self._descriptors
        if self.meter is not None:
            events = self.meter.timed(events, descriptors)
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
                log_failure(log, error, "a handler of %s failed", callee_name(descriptor))
                descriptor.on_error(error)

    def _begin_turn(self) -> None:
        self.sleeping = False
        self.turned_at = self.seconds()

    def finish_turn(self) -> None:
        """Run the calls of `call_soon` and those that are due, then those of `call_at_turn_end`."""
        if self.sleeping:  # on asyncio a turn may begin without events
            self._begin_turn()
        self.turns += 1
        self._run_calls(self._pop_soon())
        self._run_calls(self._calls.pop_due())
        self._run_calls(self._turn_end)  # grows meanwhile: a flush may cause further writes
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
        """Collect garbage: a failed Deferred in a reference cycle with its own traceback is reported then."""
        self._collects = False
        failed.clear()
        gc.collect()

    def _run_calls(self, calls: Iterable[Callable[[], object]]) -> None:
        """Make `calls`. An exception is logged, and does not keep the others from being made."""
        if self.meter is not None:
            calls = self.meter.timed_calls(calls)
        for call in calls:
            try:
                if (result := call()) is not None:
                    check_ran(log, result)
            except Exception as error:
                log_failure(log, error, "the call of %s failed", callee_name(call))

    def _pop_soon(self) -> list[Callable[[], object]]:
        calls, self._soon = self._soon, []
        while self._from_threads:
            calls.append(self._from_threads.popleft())
        return calls

    def _until_next_call(self) -> float:
        """Seconds until the next delayed call is due, at most LONGEST_WAIT."""
        due = self._calls.next_time()
        return LONGEST_WAIT if due is None else min(LONGEST_WAIT, max(0.0, due - self.seconds()))

    def _schedule_turn(self) -> None:
        """Hook: a call was scheduled. AsyncioReactor schedules a turn here; this loop needs nothing."""

    # --- ReactorCore: see core/interfaces.py

    def seconds(self) -> float:
        return time.monotonic()

    def check_thread(self) -> None:
        if self._thread and get_ident() != self._thread:
            raise wrong_thread()

    def call_later(self, delay: float, f: Callable[[*Arguments], object], *args: *Arguments) -> DelayedCall:
        if self._thread and get_ident() != self._thread:
            raise wrong_thread()
        return self._calls.call_later(delay, f, *args)

    def call_soon(self, f: Callable[[*Arguments], object], *args: *Arguments) -> None:
        if self._thread and get_ident() != self._thread:
            raise wrong_thread()
        check_callable("call_soon", f)
        self._soon.append(partial(f, *args))

    def call_from_thread(self, f: Callable[[*Arguments], object], *args: *Arguments) -> None:
        check_callable("call_from_thread", f)
        self._from_threads.append(partial(f, *args))
        self._waker.wake()

    def call_at_turn_end(self, f: Callable[[], object]) -> None:
        if self._thread and get_ident() != self._thread:  # here for `write`, which calls this
            raise wrong_thread()
        self._turn_end.append(f)

    def close_at_turn_end(self, closable: Closable) -> None:
        self._closing.append(closable)

    def watch(self, descriptor: Descriptor, reading: bool, writing: bool) -> None:
        wanted = (READ if reading else 0) | (WRITE if writing else 0) or descriptor.idle_events
        number = descriptor.fileno()
        if wanted != descriptor.watched:
            self._poller.set(number, descriptor.watched, wanted)
            descriptor.watched = wanted
        self._descriptors[number] = descriptor

    def forget(self, descriptor: Descriptor) -> None:
        number = descriptor.fileno()
        if self._descriptors.get(number) is descriptor:
            if descriptor.watched:
                self._poller.set(number, descriptor.watched, 0)
                descriptor.watched = 0
            del self._descriptors[number]

    @property
    def engine(self) -> str:
        """The name of the engine: epoll, kqueue or select, asyncio or uvloop."""
        return self._poller.name

    @property
    def timers(self) -> int:
        """The number of pending delayed calls."""
        return len(self._calls) - self._collects

    @property
    def descriptors(self) -> int:
        """The number of registered descriptors."""
        return len(self._descriptors)

    def close(self) -> None:
        """Close the loop's own descriptors. It cannot be used any more."""
        self.forget(self._waker)
        self._waker.close()
        self._poller.close()
