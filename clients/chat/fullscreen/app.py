"""The chat as a program with the whole screen: the same client as in a pipe, on Textual's loop."""

import logging
import time
from argparse import Namespace
from collections.abc import Callable

from textual.screen import Screen

from clients.chat import rendering
from clients.chat.client import ChatClient
from clients.chat.fullscreen.front import ScreenFront
from clients.chat.fullscreen.screen import ChatScreen
from clients.chat.logfile import LogFile
from clients.fullscreen import ReactorApp
from clients.runner import Program
from core.endpoints import StreamEndpoint
from core.formats.text import visible
from core.reactor import Reactor

Connect = Callable[[Reactor, ChatClient], object]


class ScreenProgram(Program):
    """A run that ends with Textual's."""

    def __init__(self, reactor: Reactor, endpoint: StreamEndpoint, leave: Callable[[], object]) -> None:
        super().__init__(reactor, "chat", endpoint)
        self._leave = leave

    def stop(self) -> None:
        """Textual puts the screen back as it was."""
        self._leave()


class ChatApp(ReactorApp):
    """Chats at `endpoint`; `connect` is how to get there."""

    TITLE = "Chat"

    def __init__(
        self,
        endpoint: StreamEndpoint,
        connect: Connect,
        name: str | None = None,
        log: LogFile | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(tell=self._note_error, is_native=True)
        self.theme = "ansi-dark"  # whose colours are the terminal's own, be it dark or light
        self._endpoint, self._connect = endpoint, connect
        self._who, self._log_file, self._now = name, log, now

    def get_default_screen(self) -> Screen[None]:
        """The chat, with a reactor and a client behind it."""
        self.program = ScreenProgram(self.make_reactor(), self._endpoint, self.exit)
        self.client = ChatClient(self.program, self._who, self._log_file, self._now)
        self.front = self.client.front = ScreenFront(self.client)
        self.front.on_ring = self.bell
        self.chat = ChatScreen(self.front)
        return self.chat

    def on_mount(self) -> None:
        """Begin."""
        self._connect(self.reactor, self.client)

    def on_unmount(self) -> None:
        """Whatever ends now is of no interest any more."""
        self.program.ending = True
        self.client.stop_trying()

    def on_app_blur(self) -> None:
        """Somebody looks at another window."""
        self.chat.log_view.look_away()

    def end(self) -> None:
        """Ctrl-C, or a signal: at once, and content."""
        self.program.end()

    def _note_error(self, text: str) -> None:
        self.front.entries.add(rendering.status(visible(text), self._now()))
        self.front.on_news()


def run(options: Namespace, endpoint: StreamEndpoint, log: LogFile | None) -> None:
    """The command, from here on."""
    logging.getLogger().setLevel(options.log_level.upper())
    app = ChatApp(endpoint, endpoint.connect, options.name, log)
    app.run()
    app.program.complain()
    raise SystemExit(app.return_code or 0)
