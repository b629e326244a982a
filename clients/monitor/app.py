"""The monitor as a program: Textual's loop, our reactor on it, and a repaint four times a second.

Textual owns the loop, and the reactor borrows it; so the feed's protocols run between two key presses, and
nothing has to be handed from one thread to another.
"""

import asyncio
import gc
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import ClassVar

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from clients.monitor.model import Clock, Model, Server
from clients.monitor.palette import DARK, LIGHT
from clients.monitor.screens.main import MainScreen
from clients.monitor.screens.wire import WireScreen
from clients.monitor.view import View
from clients.monitor.watcher import Look, Watcher
from core.asyncio_reactor import AsyncioReactor
from core.formats.feed import Wire

PAINT_EVERY = 0.25
ASLEEP = 1.0
"""Seconds without a repaint after which it was the monitor that was stopped, and not the servers."""

GRACE = 2.0
"""Seconds to end within once the terminal is gone. Textual may wait for ever to draw a farewell there."""


def spare_the_collector() -> None:
    """Look through all objects less often.

    Each delta makes thousands that hold no cycle; to look through all of Textual's as well, each time, kept
    keys waiting (10,000 sessions: 120 instead of 80 ms for one key in ten).
    """
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


class ModelHandler(logging.Handler):
    """There is no room for a log on the screen: what is logged becomes an event."""

    def __init__(self, model: Model) -> None:
        super().__init__(logging.WARNING)
        self._model = model

    def emit(self, record: logging.LogRecord) -> None:
        """Its first line, with the exception if there is one."""
        error = record.exc_info[1] if record.exc_info else None
        self._model.tell("error", f"{record.getMessage()}{f': {error!r}' if error else ''}", "monitor")


class MonitorApp(App[None]):
    """Watches the servers that `look` finds; `where` says where that is."""

    TITLE = "Reactor School"
    CSS_PATH = "monitor.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "quit", show=False, priority=True)]

    def __init__(
        self,
        look: Look,
        where: str,
        readonly: bool = False,
        clock: Clock | None = None,
        at_hang_up: Callable[[], object] = lambda: None,
    ) -> None:
        super().__init__(ansi_color=True if os.environ.get("NO_COLOR") else None)  # True: no grey either
        for palette in (DARK, LIGHT):
            self.register_theme(palette.theme())
        self.theme = DARK.name
        self.model = Model(clock or Clock(time.monotonic, time.time))
        self.shown = View(self.model)
        self._look = look
        self._where = where
        self._readonly = readonly
        self._at_hang_up = at_hang_up
        self._painted = self.model.clock.seconds()
        self._handler = ModelHandler(self.model)

    def get_default_screen(self) -> Screen[None]:
        """The main screen, with a reactor behind it."""
        self.reactor = AsyncioReactor(asyncio.get_running_loop())
        self.watcher = Watcher(self.reactor, self.model, self._look)
        self.watcher.on_news = lambda: self.call_later(self.paint)
        self.watcher.on_wire = self._on_wire
        self.main = MainScreen(self.shown, self.watcher, self._where, self._readonly)
        return self.main

    def on_mount(self) -> None:
        """Begin to look."""
        logging.getLogger().addHandler(self._handler)
        for name, act in (("SIGTERM", self.exit), ("SIGHUP", self._hang_up)):
            with suppress(AttributeError, NotImplementedError, RuntimeError):  # not here, or not this thread
                asyncio.get_running_loop().add_signal_handler(getattr(signal, name), act)
        self.watcher.start()
        spare_the_collector()
        self.set_interval(PAINT_EVERY, self.paint)

    def _hang_up(self) -> None:
        """The terminal is gone."""
        timer = threading.Timer(GRACE, self._give_up)
        timer.daemon = True
        timer.start()
        self.exit()

    def _give_up(self) -> None:
        self._at_hang_up()
        os._exit(1)

    def on_unmount(self) -> None:
        """Leave nothing open."""
        logging.getLogger().removeHandler(self._handler)
        self.watcher.stop()
        self.reactor.clear()
        self.reactor.close()

    def paint(self) -> None:
        """Whatever screen is on top."""
        now = self.model.clock.seconds()
        if now - self._painted > ASLEEP:
            self.model.excuse_silence()
        self._painted = now
        self.model.notice_silence()
        if isinstance(self.screen, WireScreen):
            self.screen.repaint()
        self.main.paint()

    def _on_wire(self, server: Server, wire: Wire) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, WireScreen) and screen.line.key == (server.name, wire.session):
                screen.tape.add(wire.direction, wire.at, wire.data)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """What the palette offers."""
        main = self.main
        yield SystemCommand("Dark room", "Light letters on a dark ground", lambda: self.wear(DARK.name))
        yield SystemCommand("Bright room", "Dark letters on a light ground", lambda: self.wear(LIGHT.name))
        yield SystemCommand("Filter", "Show some sessions only", main.action_filter)
        yield SystemCommand("Follow", "Keep the cursor on the newest session", main.action_follow)
        yield SystemCommand("Pause", "Have the screen stand still, or go on", main.action_pause)
        yield SystemCommand("Export", "Write what is shown to a file", main.action_export)
        if not self._readonly:
            yield SystemCommand("Announce", "Say something to everybody", main.action_announce)
            yield SystemCommand("Kick", "Throw out the marked sessions", main.action_kick)
        yield SystemCommand("Help", "All keys", main.action_help)
        yield SystemCommand("Quit", "Leave; the servers go on", self.exit)

    def wear(self, theme: str) -> None:
        """Other colours."""
        self.theme = theme
        self.main.paint()
