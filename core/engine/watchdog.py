"""A thread that reports which line blocks the loop, while it is blocked.

A blocked loop cannot report anything itself. Another thread can see that it has not turned for a while, and
which line it executes (`sys._current_frames`). A loop that sleeps in its poller is idle, not blocked.
"""

import logging
import sys
import sysconfig
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Protocol as Shape

log = logging.getLogger(__name__)

LIBRARIES = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})


class Watched(Shape):
    """The part of a loop that the watchdog reads."""

    turned_at: float
    sleeping: bool


class Watchdog:
    """Calls `on_stall(text)` once for each turn that takes longer than `limit` seconds, in its own thread.

    The text names the function, file and line. When the loop goes on, the log has it again, with the time
    that the turn took. A watchdog is made in the thread of its loop; `stop()` ends it.
    """

    def __init__(self, loop: Watched, on_stall: Callable[[str], object], limit: float) -> None:
        self._loop = loop
        self._on_stall = on_stall
        self._limit = limit
        self._watched_thread = threading.get_ident()
        self._over = threading.Event()
        threading.Thread(target=self._watch, daemon=True, name="watchdog").start()

    def stop(self) -> None:
        """End the watchdog's thread."""
        self._over.set()

    def _watch(self) -> None:
        reported, place = 0.0, ""  # when the turn that was reported last began, and where it is blocked
        while not self._over.wait(self._limit / 2):
            began = self._loop.turned_at
            blocked = not self._loop.sleeping and time.monotonic() - began >= self._limit
            if place and not (blocked and began == reported):
                log.warning("the reactor went on after %.1f s: %s", time.monotonic() - reported, place)
                place = ""
            if blocked and began != reported:
                frame = sys._current_frames().get(self._watched_thread)
                if frame is not None and began == self._loop.turned_at:
                    reported, place = began, place_of(frame)
                    self._on_stall(f"has not turned for {time.monotonic() - began:.1f} s: {place}")


def place_of(frame: FrameType) -> str:
    """The innermost function outside the libraries, and the library function that it calls, if any."""
    inner, ours = frame, frame
    while ours.f_code.co_filename.startswith(LIBRARIES) and ours.f_back is not None:
        ours = ours.f_back
    return _describe(ours) + ("" if ours is inner else f", calling {_describe(inner)}")


def _describe(frame: FrameType) -> str:
    path = Path(frame.f_code.co_filename)
    shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path.name
    return f"{frame.f_code.co_qualname} in {shown}:{frame.f_lineno}"
