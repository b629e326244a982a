"""A full-screen program: Textual's event loop, with our reactor on it.

Protocols and keys are handled by the same loop, so no data passes between threads. The monitor and the chat
client share this module: the start, the end, and the log, which must not be printed across the screen.
"""

import asyncio
import faulthandler
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

from rich.text import Text
from textual.app import App
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.screen import Screen

from core.asyncio_reactor import AsyncioReactor
from core.cli import fail, summarize
from core.engine.signals import is_ignored
from core.formats.text import visible

log = logging.getLogger(__name__)

GRACE = 2.0
"""Seconds from a signal to the forced end: Textual never ends on a terminal that is gone or stopped."""

MOUSE_MODES = (1000, 1003, 1015, 1006)
"""xterm's modes that Textual sets to receive the mouse."""

OnLog = Callable[[str], object]
Handler = Callable[[int, FrameType | None], object] | int | None


def relax_garbage_collection() -> None:
    """Run the cyclic garbage collector less often, and never on the objects that exist now.

    A feed creates thousands of objects without cycles. The collections that they caused scanned all of
    Textual's objects and delayed the keys (monitor, 10,000 sessions: 120 instead of 80 ms for one key in
    ten). But each drawing leaves hundreds of objects in cycles (Textual's strips cache themselves), and a
    collection of 100,000 young objects took 44 ms, of 10,000 only 3.
    """
    gc.freeze()
    gc.set_threshold(10_000, 20, 100)


def keyboard_driver() -> type[Driver] | None:
    """Our keyboard driver. None, for Textual's choice, on Windows and in a browser."""
    if sys.platform == "win32" or os.environ.get("TEXTUAL_DRIVER"):
        return None
    from clients.fullscreen.driver import KeyboardDriver  # it needs termios

    return KeyboardDriver


class LogForwarder(logging.Handler):
    """Passes each warning and error to `on_log`, as one line, because the screen has no room for stderr."""

    def __init__(self, on_log: OnLog) -> None:
        super().__init__(logging.WARNING)
        self._on_log = on_log

    def emit(self, record: logging.LogRecord) -> None:
        self._on_log(summarize(record))


class ReactorApp(App[None]):
    """A Textual program with a `reactor`. A subclass with a `get_default_screen` calls `make_reactor` there.

    Textual calls `on_mount` and `on_unmount` of each class, those of the subclass first.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "quit", show=False, priority=True),
        Binding("ctrl+z", "suspend_process", show=False, priority=True),
    ]
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, on_log: OnLog, is_native: bool = False) -> None:
        """`is_native`: use the terminal's own colours, and convert none. Exits 1 without a thread."""
        try:
            threading.Thread(target=int).start()  # Textual reads the keyboard in a thread
        except RuntimeError as error:
            fail(f"the full screen needs a thread: {error}")
        no_color = bool(os.environ.get("NO_COLOR"))
        if not no_color:
            os.environ.pop("NO_COLOR", None)  # Textual takes an empty value as set
        super().__init__(
            driver_class=keyboard_driver(),
            ansi_color=True if no_color or is_native else None,  # else NO_COLOR would turn colours into greys
        )
        self._log_forwarder = LogForwarder(on_log)
        self._handlers: dict[int, Handler] = {}

    def get_default_screen(self) -> Screen[None]:
        self.make_reactor()
        return super().get_default_screen()

    def make_reactor(self) -> AsyncioReactor:
        """Create the reactor on the running loop."""
        self.reactor = AsyncioReactor(asyncio.get_running_loop())
        return self.reactor

    def on_mount(self) -> None:
        """Handle signals, and receive the log.

        Python runs a handler only between its own instructions. With a handler of its own asyncio has each
        signal, also those of other handlers, end the wait in the kernel.
        """
        logging.getLogger().addHandler(self._log_forwarder)
        for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
            with suppress(AttributeError, ValueError):  # unknown on this system, or not in the main thread
                number = getattr(signal, name)
                if is_ignored(number):
                    continue
                self._handlers[number] = signal.getsignal(number)
                with suppress(NotImplementedError):  # Windows, where asyncio does this for each loop
                    asyncio.get_running_loop().add_signal_handler(number, lambda: None)
                signal.signal(number, self._on_signal)
        # Textual itself draws after Ctrl-Z and fg only what changes, on a screen that is empty then.
        self.app_resume_signal.subscribe(self, lambda app: self.refresh(layout=True))
        relax_garbage_collection()

    def on_unmount(self) -> None:
        """Restore the handlers, and close the reactor and all its connections."""
        logging.getLogger().removeHandler(self._log_forwarder)
        for number, handler in self._handlers.items():
            with suppress(NotImplementedError):
                asyncio.get_running_loop().remove_signal_handler(number)
            signal.signal(number, handler)
        self.reactor.clear()
        self.reactor.close()

    def use_mouse(self, on: bool) -> None:
        """Receive the mouse, as from the start, or leave it to the terminal, which selects text with it."""
        if self._driver is not None:
            self._driver.write("".join(f"\x1b[?{mode}{'h' if on else 'l'}" for mode in MOUSE_MODES))

    def end(self) -> None:
        """End the program, after a signal or Ctrl-C."""
        self.exit()

    def paint(self) -> None:
        """Call `draw`, but not while Textual ends: the widgets are gone, and a timer can still be due."""
        if self.is_running:
            self.draw()

    def draw(self) -> None:
        """Draw the present state. A subclass overrides it."""

    async def action_quit(self) -> None:
        self.end()

    def action_suspend_process(self) -> None:
        """Suspend, if there is a shell to resume the program.

        In a terminal's first program the kernel ignores the signal (POSIX: an orphaned process group), and
        Textual would wait for the end of a suspension that never began.
        """
        if sys.platform != "win32" and os.getpgrp() != os.getsid(0):
            super().action_suspend_process()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        """End in good order, or at once after GRACE seconds. The interrupted code may hold a Timer's lock."""
        faulthandler.dump_traceback_later(GRACE, exit=True, file=os.open(os.devnull, os.O_WRONLY))
        self.reactor.call_from_thread(self.end)

    def _handle_exception(self, error: Exception) -> None:
        """End with status 1 and one line. The traceback is printed only with `--log-level debug`."""
        super()._handle_exception(error)
        if not log.isEnabledFor(logging.DEBUG):
            line = visible(f"this program has failed (--log-level debug shows where): {error!r}")
            self._exit_renderables[:] = [Text(line)]
