"""The monitor as a Textual program: a reactor on Textual's loop, and a repaint four times a second."""

import time
from collections.abc import Iterable
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import SystemCommand
from textual.screen import Screen

from clients.fullscreen import ReactorApp
from clients.monitor.feed.watcher import FindFeeds, Watcher
from clients.monitor.screens import keys
from clients.monitor.screens.main import MainScreen
from clients.monitor.screens.wire import WireScreen
from clients.monitor.sessions import remembered
from clients.monitor.sessions.model import Clock, Model
from clients.monitor.sessions.server import Server
from clients.monitor.sessions.view import View
from clients.monitor.widgets.palette import DARK, LIGHT
from clients.settings import Settings
from core.formats.feed import Wire

SECTION = "monitor"
"""The part of the settings file that is the monitor's."""

PAINT_INTERVAL = 0.25
STOPPED_AFTER = 1.0
"""Seconds without a repaint after which the monitor itself was stopped, so that silence means nothing."""


class MonitorApp(ReactorApp):
    """Watches the servers that `find_feeds` finds. `where` describes the place that it searches."""

    TITLE = "Reactor School"
    CSS_PATH = "monitor.tcss"
    ENABLE_COMMAND_PALETTE: ClassVar[bool] = True

    def __init__(
        self,
        find_feeds: FindFeeds,
        where: str,
        readonly: bool = False,
        clock: Clock | None = None,
        settings: Settings | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self.model = Model(clock or Clock(time.monotonic, time.time))
        super().__init__(on_log=self._record_error)
        for palette in (DARK, LIGHT):
            self.register_theme(palette.theme())
        self.theme = self.settings.theme or DARK.name
        self.view = View(self.model)
        remembered.apply(self.view, self.settings.section(SECTION))
        self._find_feeds = find_feeds
        self._where = where
        self._readonly = readonly
        self._painted_at = self.model.clock.seconds()

    def get_default_screen(self) -> Screen[None]:
        """Make the main screen, and the reactor for its feeds."""
        self.watcher = Watcher(self.make_reactor(), self.model, self._find_feeds)
        self.model.on_change = lambda: self.call_later(self.paint)
        self.model.on_wire = self._on_wire
        self.main = MainScreen(self.view, self.watcher, self._where, self._readonly)
        return self.main

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While the prompt is open, the command palette stays closed: its commands are no answer."""
        screen = self.screen
        is_asking = isinstance(screen, MainScreen | WireScreen) and screen.prompt.question is not None
        return action != "command_palette" or not is_asking

    def on_mount(self) -> None:
        self.watcher.start()
        self._show_problem()
        self.set_interval(PAINT_INTERVAL, self.paint)

    def on_unmount(self) -> None:
        self.watcher.stop()

    def _record_error(self, text: str) -> None:
        self.model.record("error", text, "monitor")

    def paint(self) -> None:
        """Draw the main screen, and the wire if that is on top."""
        if not self.is_running:  # Textual ends: the screens are gone, and a timer can still be due
            return
        now = self.model.clock.seconds()
        if now - self._painted_at > STOPPED_AFTER:
            self.model.restart_silence()
        self._painted_at = now
        self.model.check_silence()
        if isinstance(self.screen, WireScreen):
            self.screen.repaint()
        self.main.paint()

    def _on_wire(self, server: Server, wire: Wire) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, WireScreen) and screen.session.key == (server.name, wire.session):
                screen.add(wire.direction, wire.at, wire.data)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The commands for the palette: the two themes, and the keys that are commands."""
        for name, help in (("dark", "light text on a dark ground"), ("light", "dark text on a light ground")):
            yield SystemCommand(f"{name.capitalize()} theme", help, partial(self.use_theme, name))
        for key in keys.allowed(keys.MAIN, self._readonly):
            if len(key.actions) == 1:
                (action,) = key.actions.values()
                command = partial(self.main.run_action, action)
                yield SystemCommand(key.word.capitalize(), key.help, command)

    def use_theme(self, theme: str) -> None:
        """Set the theme, also for the next time, and draw again."""
        self.theme = theme
        self.settings.save_theme(theme)
        self._show_problem()
        self.main.paint()

    @on(MainScreen.ViewChanged)
    def _remember_view(self) -> None:
        self.settings.save_section(SECTION, remembered.to_settings(self.view))
        self._show_problem()

    def _show_problem(self) -> None:
        """Tell the user once why the settings cannot be read or saved."""
        problem, self.settings.problem = self.settings.problem, ""
        if problem:
            self.main.notice.notify_user(problem, is_problem=True)
