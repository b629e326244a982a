"""The chat client as a Textual program. The client is the same as in a pipe, and runs on Textual's loop."""

import logging
from argparse import Namespace
from collections.abc import Callable

from rich.theme import Theme
from textual.screen import Screen

from clients.chat.client import ChatClient
from clients.chat.fullscreen.front import ScreenFront
from clients.chat.fullscreen.render import DIM
from clients.chat.fullscreen.screen import ChatScreen
from clients.chat.rendering import StyledLine
from clients.fullscreen import ReactorApp, window
from clients.fullscreen.themes import themes
from clients.runner import ClientEndpoint, Program
from core.formats.text import visible
from core.reactor import Reactor

Connect = Callable[[Reactor, ChatClient], object]
MakeClient = Callable[[Program], ChatClient]


class ChatApp(ReactorApp, inherit_bindings=False):  # without Textual's Ctrl-Q, which ends a program
    """The chat at `endpoint`. `connect(reactor, client)` connects what `make_client(program)` returns."""

    TITLE = "Chat"
    BINDINGS = ReactorApp.BINDINGS

    def __init__(
        self, endpoint: ClientEndpoint, connect: Connect, make_client: MakeClient, theme: str = ""
    ) -> None:
        super().__init__(on_log=self._on_log, is_native=True)
        for each in themes():
            self.register_theme(each)
        self.theme = theme or "ansi-dark"  # which has the terminal's own colours, dark or light
        self._endpoint, self._connect, self._make_client = endpoint, connect, make_client

    def get_default_screen(self) -> Screen[None]:
        """Create the chat, with a reactor and a client behind it."""
        self.program = Program(self.make_reactor(), "chat", self._endpoint, self.exit)
        self.client = self._make_client(self.program)
        dim = self.client.people.palette.dim
        self.console.push_theme(Theme({DIM: "dim" if dim is None else f"color({dim})"}))
        self.front = self.client.front = ScreenFront(self.client)
        self.front.on_ring = self._ring
        self.chat = ChatScreen(self.front, self.use_mouse)
        return self.chat

    def on_mount(self) -> None:
        self.watch_title(self.title)
        self.app_resume_signal.subscribe(self, lambda app: self.watch_title(self.title))
        self._connect(self.reactor, self.client)

    def on_unmount(self) -> None:
        """Ignore everything that the end of the connection brings."""
        self.program.ending = True
        self.client.stop_trying()

    def on_app_blur(self) -> None:
        """The user looks at another window."""
        self.chat.log_view.mark_unread()

    def watch_title(self, title: str) -> None:
        """Show the title, which has the number of unread lines, as that of the terminal's window."""
        self._write(window.title(title))

    def _ring(self, line: StyledLine) -> None:
        """Ring the bell. If the line is out of sight, notify the user through the terminal."""
        self.bell()
        if not (self.app_focus and self.chat.log_view.viewport.is_at_end):
            self._write(window.notification(line.whole))

    def _write(self, sequence: str) -> None:
        if self._driver is not None:
            self._driver.write(sequence)

    def end(self) -> None:
        """Ctrl-C, or a signal: end at once with status 0."""
        self.program.end()

    def _on_log(self, text: str) -> None:
        self.front.on_status(visible(text))


def run(options: Namespace, server: ClientEndpoint, theme: str, make_client: MakeClient) -> None:
    """Run the chat at `server`, or at another if it is lost, then exit with its status."""
    logging.getLogger().setLevel(options.log_level.upper())
    app = ChatApp(server, server.connect, make_client, theme)
    app.run()
    app.program.report_failure()
    raise SystemExit(app.return_code or 0)
