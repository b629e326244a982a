"""Who is blocking? A thread looks on, and says where the loop hangs while it hangs.

The loop cannot tell: it is what hangs. Only from outside can be seen that it has not turned for a while,
and in which line of whose code it is (`sys._current_frames`). A loop that sleeps in its poller is idle,
and is left alone.
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
    """What the watchdog needs to know of a loop."""

    turned_at: float
    sleeping: bool


class Watchdog:
    """Calls `on_stall(text)`, in a thread of its own, once for each turn that takes over `limit` seconds.

    The text names the function, file and line; the log has it once more when the loop goes on, with the time
    that it took. Made in the thread whose loop is watched; `stop()` ends it.
    """

    def __init__(self, loop: Watched, on_stall: Callable[[str], object], limit: float) -> None:
        self._loop = loop
        self._on_stall = on_stall
        self._limit = limit
        self._watched_thread = threading.get_ident()
        self._over = threading.Event()
        threading.Thread(target=self._watch, daemon=True, name="watchdog").start()

    def stop(self) -> None:
        """Look no longer."""
        self._over.set()

    def _watch(self) -> None:
        told, place = 0.0, ""  # when the turn that was told of last began, and where it hangs
        while not self._over.wait(self._limit / 2):
            began = self._loop.turned_at
            hangs = not self._loop.sleeping and time.monotonic() - began >= self._limit
            if place and not (hangs and began == told):
                log.warning("the reactor went on after %.1f s: %s", time.monotonic() - told, place)
                place = ""
            if hangs and began != told:
                frame = sys._current_frames().get(self._watched_thread)
                if frame is not None and began == self._loop.turned_at:
                    told, place = began, place_of(frame)
                    self._on_stall(f"has not turned for {time.monotonic() - began:.1f} s: {place}")


def place_of(frame: FrameType) -> str:
    """The innermost function of ours that `frame` is in, and the library's that it calls, if it does."""
    inner, ours = frame, frame
    while ours.f_code.co_filename.startswith(LIBRARIES) and ours.f_back is not None:
        ours = ours.f_back
    return _describe(ours) + ("" if ours is inner else f", calling {_describe(inner)}")


def _describe(frame: FrameType) -> str:
    path = Path(frame.f_code.co_filename)
    shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path.name
    return f"{frame.f_code.co_qualname} in {shown}:{frame.f_lineno}"
