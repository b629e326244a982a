"""The monitor as a program: a reactor on Textual's loop, and a repaint four times a second."""

import time
from collections.abc import Iterable
from typing import ClassVar

from textual.app import SystemCommand
from textual.screen import Screen

from clients.fullscreen import ReactorApp
from clients.monitor.feed.watcher import FindFeeds, Watcher
from clients.monitor.screens.main import MainScreen
from clients.monitor.screens.wire import WireScreen
from clients.monitor.sessions.model import Clock, Model
from clients.monitor.sessions.server import Server
from clients.monitor.sessions.view import View
from clients.monitor.widgets.palette import DARK, LIGHT
from core.formats.feed import Wire

PAINT_EVERY = 0.25
ASLEEP = 1.0
"""Seconds without a repaint after which it was the monitor that was stopped, and not the servers."""


class MonitorApp(ReactorApp):
    """Watches the servers that `find_feeds` finds; `where` says where that is."""

    TITLE = "Reactor School"
    CSS_PATH = "monitor.tcss"
    ENABLE_COMMAND_PALETTE: ClassVar[bool] = True

    def __init__(
        self,
        find_feeds: FindFeeds,
        where: str,
        readonly: bool = False,
        clock: Clock | None = None,
    ) -> None:
        self.model = Model(clock or Clock(time.monotonic, time.time))
        super().__init__(tell=self._note_error)
        for palette in (DARK, LIGHT):
            self.register_theme(palette.theme())
        self.theme = DARK.name
        self.shown = View(self.model)
        self._find_feeds = find_feeds
        self._where = where
        self._readonly = readonly
        self._painted = self.model.clock.seconds()

    def get_default_screen(self) -> Screen[None]:
        """The main screen, with a reactor behind it."""
        self.watcher = Watcher(self.make_reactor(), self.model, self._find_feeds)
        self.watcher.on_news = lambda: self.call_later(self.paint)
        self.watcher.on_wire = self._on_wire
        self.main = MainScreen(self.shown, self.watcher, self._where, self._readonly)
        return self.main

    def on_mount(self) -> None:
        """Begin to look."""
        self.watcher.start()
        self.set_interval(PAINT_EVERY, self.paint)

    def on_unmount(self) -> None:
        """FindFeeds no more."""
        self.watcher.stop()

    def _note_error(self, text: str) -> None:
        self.model.tell("error", text, "monitor")

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
                screen.recording.add(wire.direction, wire.at, wire.data)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """What the palette offers."""
        main = self.main
        yield SystemCommand("Dark room", "Light letters on a dark ground", lambda: self.use_theme(DARK.name))
        yield SystemCommand(
            "Bright room", "Dark letters on a light ground", lambda: self.use_theme(LIGHT.name)
        )
        yield SystemCommand("Filter", "Show some sessions only", main.action_filter)
        yield SystemCommand("Follow", "Keep the cursor on the newest session", main.action_follow)
        yield SystemCommand("Pause", "Have the screen stand still, or go on", main.action_pause)
        yield SystemCommand("Export", "Write what is shown to a file", main.action_export)
        if not self._readonly:
            yield SystemCommand("Announce", "Say something to everybody", main.action_announce)
            yield SystemCommand("Kick", "Throw out the marked sessions", main.action_kick)
        yield SystemCommand("Help", "All keys", main.action_help)
        yield SystemCommand("Quit", "Leave; the servers go on", self.exit)

    def use_theme(self, theme: str) -> None:
        """Other colours."""
        self.theme = theme
        self.main.paint()
