"""A program that has the whole screen: Textual's loop, with our reactor on it.

Textual owns the loop, and the reactor borrows it; so protocols run between two key presses, and nothing has
to be handed from one thread to another. What is here the monitor and the chat have in common: how they
begin, how they end, and what becomes of all that would otherwise be written across the screen.
"""

import asyncio
import gc
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import ClassVar

from rich.segment import Segment, Segments
from textual.app import App
from textual.binding import Binding, BindingType
from textual.driver import Driver

from core.asyncio_reactor import AsyncioReactor
from core.cli import summarize
from core.formats.text import visible

log = logging.getLogger(__name__)

GRACE = 2.0
"""Seconds to end within after a signal. On a terminal that is gone, or that was stopped, Textual waits for
ever until something can be drawn."""

Tell = Callable[[str], object]
Handler = Callable[[int, FrameType | None], object] | int | None


def spare_the_collector() -> None:
    """Look through all objects less often.

    What a feed brings makes thousands that hold no cycle; to look through all of Textual's as well, each
    time, kept keys waiting (the monitor, 10,000 sessions: 120 instead of 80 ms for one key in ten).
    """
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


def keyboard_driver() -> type[Driver] | None:
    """Ours, or Textual's choice on Windows."""
    if sys.platform == "win32":
        return None
    from clients.fullscreen.driver import KeyboardDriver  # it needs termios

    return KeyboardDriver


class Teller(logging.Handler):
    """There is no room for a log on the screen: of what is logged, `tell` gets a line."""

    def __init__(self, tell: Tell) -> None:
        super().__init__(logging.WARNING)
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        """The message, with the exception if there is one."""
        self._tell(summarize(record))


class ReactorApp(App[None]):
    """A Textual program with a `reactor`, which is there from `get_default_screen` on.

    Textual calls `on_mount` and `on_unmount` of each class, those of the subclass first.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "quit", show=False, priority=True)]
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, tell: Tell, is_native: bool = False) -> None:
        """`is_native`: the terminal's own colours are used, and none is made into another."""
        no_color = bool(os.environ.get("NO_COLOR"))
        if not no_color:
            os.environ.pop("NO_COLOR", None)  # Textual takes an empty one for a wish
        super().__init__(
            driver_class=keyboard_driver(),
            ansi_color=True if no_color or is_native else None,  # without colour no grey either
        )
        self._teller = Teller(tell)
        self._handlers: dict[int, Handler] = {}

    def make_reactor(self) -> AsyncioReactor:
        """On the loop that runs now."""
        self.reactor = AsyncioReactor(asyncio.get_running_loop())
        return self.reactor

    def on_mount(self) -> None:
        """Hear of signals, and of what is logged."""
        logging.getLogger().addHandler(self._teller)
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            with suppress(AttributeError, ValueError):  # not on this system, or not in this thread
                number = getattr(signal, name)
                self._handlers[number] = signal.signal(number, self._on_signal)
        spare_the_collector()

    def on_unmount(self) -> None:
        """Leave nothing open."""
        logging.getLogger().removeHandler(self._teller)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self.reactor.clear()
        self.reactor.close()

    def end(self) -> None:
        """Somebody wants it to end."""
        self.exit()

    async def action_quit(self) -> None:
        """Ctrl-C."""
        self.end()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        """End in good order, unless the loop does not turn any more."""
        timer = threading.Timer(GRACE, os._exit, (1,))
        timer.daemon = True
        timer.start()
        self.reactor.call_from_thread(self.end)

    def _handle_exception(self, error: Exception) -> None:
        """End, with status 1 and one line; where exactly it was, only `--log-level debug` asks."""
        super()._handle_exception(error)
        if not log.isEnabledFor(logging.DEBUG):
            line = visible(f"this program has failed (--log-level debug shows where): {error!r}")
            self._exit_renderables[:] = [Segments([Segment(line)])]
