"""A thread that reports which line blocks the loop, while it is blocked.

A blocked loop cannot report anything itself. Another thread can see that it has not turned for a while, and
which line it executes (`sys._current_frames`). A loop that sleeps in its poller is idle, not blocked. Time in
which the loop's thread had no processor, because the machine was busy, does not count; nor does the time in
which it waits until a thread that it starts has one.
"""

import logging
import sys
import threading
from collections.abc import Callable
from typing import Protocol as Shape

from core.engine.signals import leave_to_main_thread
from core.mistakes.table import Mistake, outside, place_of
from core.threads import processor_wait

log = logging.getLogger(__name__)

STARTING = threading.Thread.start.__code__
"""What a thread executes while it starts another one, and waits until that one has a processor."""


class Watched(Shape):
    """The part of a reactor that its watchdog uses. `turned_at` is a time of the clock `seconds()`."""

    turned_at: float
    sleeping: bool
    stall_limit: float
    on_stall: Callable[[str], object] | None

    def seconds(self) -> float: ...


class Watchdog:
    """Reports, in a thread of its own, each turn of `loop` that takes longer than its `stall_limit`: once.

    It logs the line that blocks, and later the end of the stall. `on_stall` is called with that line in one
    short text. The watched loop runs in the thread that makes the Watchdog. `stop()` ends it.
    """

    def __init__(self, loop: Watched) -> None:
        self._loop = loop
        self._watched_thread, self._native_thread = threading.get_ident(), threading.get_native_id()
        self._began, self._wait_before = 0.0, 0.0  # of the current turn, and processor_wait() before it
        self._wait = processor_wait(self._native_thread)  # at the last look
        self._over = threading.Event()
        self._reported, self._place = 0.0, ""  # when the turn reported last began, and where it is blocked
        try:
            threading.Thread(target=self._watch, daemon=True, name="watchdog").start()
        except RuntimeError as error:  # the system allows no further thread
            log.warning("no watchdog reports a handler that blocks: %s", error)

    def stop(self) -> None:
        """End the thread, soon."""
        self._over.set()

    def _watch(self) -> None:
        leave_to_main_thread()
        while not self._over.wait(self._loop.stall_limit / 2):
            try:
                self._look()
            except Exception:  # otherwise no stall would ever be reported again
                log.exception("the watchdog has failed, and continues")

    def _look(self) -> None:
        began, wait_before = self._loop.turned_at, self._wait
        self._wait = processor_wait(self._native_thread)
        if began != self._began:
            self._began, self._wait_before = began, wait_before
        seconds = self._loop.seconds() - began
        awake = not self._loop.sleeping
        if awake and starts_another(self._watched_thread):
            self._wait_before = self._wait - seconds  # so all of the turn so far was a wait
        blocked = awake and seconds >= self._loop.stall_limit
        if self._place and not (blocked and began == self._reported):
            went_on = "%s\n    ended, and the reactor went on after %.1f s"
            log.warning(went_on, self._place, self._loop.seconds() - self._reported)
            self._place = ""
        waited = self._wait - self._wait_before
        if blocked and began != self._reported and seconds - waited >= self._loop.stall_limit:
            self._reported = began  # first, so that a failure is logged once for each turn
            place = place_in(self._watched_thread)
            if place and began == self._loop.turned_at:
                self._place = place
                self._report(place, seconds)

    def _report(self, place: str, seconds: float) -> None:
        place_first = f"{place}\n   "  # two lines, each of which fits a terminal behind the log's timestamp
        log.warning("%s", Mistake.BLOCKED.sentence(place=place_first, seconds=seconds))
        if self._loop.on_stall is not None:
            self._loop.on_stall(f"has not turned for {seconds:.1f} s: {place}")


def starts_another(thread: int) -> bool:
    """Whether the thread is starting another one."""
    frame = sys._current_frames().get(thread)
    while frame is not None and frame.f_code is not STARTING:
        frame = frame.f_back
    return frame is not None


def place_in(thread: int) -> str:
    """The line of the program that the thread executes, and the library function that it calls, if any."""
    frame = sys._current_frames().get(thread)
    if frame is None:
        return ""
    inner = place_of(frame.f_code, frame.f_lineno)
    program = outside(frame)
    if program is None or program is frame:
        return inner
    return f"{place_of(program.f_code, program.f_lineno)}, calling {inner}"
