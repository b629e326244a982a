"""The monitor as a Textual program: a reactor on Textual's loop, and a repaint four times a second."""

import time
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.screen import Screen

from clients.fullscreen import ReactorApp
from clients.fullscreen.themes import themes
from clients.monitor.feed.watcher import FindFeeds, Watcher
from clients.monitor.screens import keys
from clients.monitor.screens.dialogs import CommandScreen
from clients.monitor.screens.main import MainScreen
from clients.monitor.screens.wire import WireScreen
from clients.monitor.sessions.model import Clock, Model
from clients.monitor.sessions.server import Server
from clients.monitor.sessions.view import View
from clients.settings import THEMES, Settings
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
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+p", "commands", priority=True)]

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
        for theme in themes(ansi=self.console.color_system in ("standard", "windows")):
            self.register_theme(theme)
        self.theme = self.settings.theme or THEMES[0]
        self.view = View(self.model)
        self.view.apply_settings(self.settings.section(SECTION))
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
        """While a question or a dialog is open, the commands are no answer."""
        screen = self.screen
        is_ready = isinstance(screen, MainScreen | WireScreen) and screen.prompt.question is None
        return action != "commands" or is_ready

    def on_mount(self) -> None:
        self.watcher.start()
        self._show_problem()
        self.set_interval(PAINT_INTERVAL, self.paint)

    def on_unmount(self) -> None:
        self.watcher.stop()

    def _record_error(self, text: str) -> None:
        self.model.record("error", text, "monitor")

    def draw(self) -> None:
        """Draw the main screen, and the wire if that is on top."""
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

    def action_commands(self) -> None:
        """Let the user choose a command, and run it."""
        self.push_screen(CommandScreen(keys.commands(self._readonly)), self._run_command)

    async def _run_command(self, action: str | None) -> None:
        if action is not None:
            await self.main.run_action(action)

    def action_use_theme(self, theme: str) -> None:
        """Set the theme, also for the next time, and draw again."""
        self.theme = theme
        self.settings.save_theme(theme)
        self._show_problem()
        self.main.paint()

    @on(MainScreen.ViewChanged)
    def _remember_view(self) -> None:
        self.settings.save_section(SECTION, self.view.settings())
        self._show_problem()

    def _show_problem(self) -> None:
        """Tell the user once why the settings cannot be read or saved."""
        problem, self.settings.problem = self.settings.problem, ""
        if problem:
            self.main.notice.notify_user(problem, is_problem=True)
