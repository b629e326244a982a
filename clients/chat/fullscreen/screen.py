"""The screen: names, the log, and the line to type in, which always has the keys."""

from collections.abc import Sequence
from functools import partial

from rich.cells import cell_len
from rich.segment import Segment
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.screen import Screen
from textual.strip import Strip

from clients.chat.editing.completion import Completion
from clients.chat.fullscreen import chrome
from clients.chat.fullscreen.dialogs import about_keys, about_paste
from clients.chat.fullscreen.field import Field
from clients.chat.fullscreen.front import ScreenFront
from clients.chat.fullscreen.logview import LogView
from clients.chat.fullscreen.render import BOLD
from clients.chat.fullscreen.strip_panel import StripPanel

WITH_NAMES = 60
"""Columns from which on there is room for the names."""

PAINT_EVERY = 0.05
"""Seconds. In a flood nobody reads faster, and keys come first."""

WITH_HELP = "F1 keys"


class ChatScreen(Screen[None]):
    """Shows what `front` knows, and handles the keys that do not edit the line."""

    DEFAULT_CSS = """
    ChatScreen { background: ansi_default; color: ansi_default; overflow: hidden; }
    ChatScreen StripPanel { background: ansi_default; color: ansi_default; height: 1; }
    ChatScreen #middle { height: 1fr; }
    ChatScreen #names { width: 20; height: 1fr; }
    ChatScreen #log { width: 1fr; height: 1fr; }
    ChatScreen #bottom { height: 1; }
    """

    def __init__(self, front: ScreenFront) -> None:
        super().__init__()
        self.front = front
        people = front.client.people
        self.top = StripPanel("top")
        self.names = StripPanel("names")
        self.log_view = LogView(front.entries)
        self.edge = StripPanel("edge")
        self.prompt = StripPanel("prompt")
        self.field = Field(self, Completion(lambda prefix: people.candidates(prefix, front.me)))
        self._prompt = ""
        self._is_painting_due = False
        self._painted = 0.0

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield self.top
        with Horizontal(id="middle"):
            yield self.names
            yield self.log_view
        yield self.edge
        with Horizontal(id="bottom"):
            yield self.prompt
            yield self.field

    def on_mount(self) -> None:
        """Begin."""
        self.field.focus()
        self.log_view.on_moved = self._paint_around
        self.set_interval(1.0, self._paint_around)  # who is away, and how long one has to wait
        self.front.on_news = self.on_news
        self.app.app_resume_signal.subscribe(self, lambda app: self.field.redraw())
        self.on_news()

    def on_resize(self) -> None:
        """The names go where there is no room for them."""
        self.names.display = self.app.size.width >= WITH_NAMES
        self.call_after_refresh(self.paint)

    # --- painting

    def on_news(self) -> None:
        """Something has changed: show it soon, but not more often than anyone can see."""
        self.field.ask_name(self.front.asks_name)
        if not self._is_painting_due and self.is_mounted:
            self._is_painting_due = True
            wait = self._painted + PAINT_EVERY - self._seconds()
            if wait > 0:
                self.set_timer(wait, self.paint)
            else:
                self.call_later(self.paint)

    def paint(self) -> None:
        """Show what is known now."""
        self._is_painting_due = False
        self._painted = self._seconds()
        self.log_view.repaint()
        self._paint_around()

    def _paint_around(self) -> None:
        front, people = self.front, self.front.client.people
        width = self.app.size.width
        here = len(people.names())
        who = "no name yet" if front.asks_name else front.me
        there = f"{here} here" if front.is_in_chat else "not in the chat"
        parts = ["Chat", who, there, str(front.client.program.endpoint)]
        self.top.show(chrome.top(parts, WITH_HELP, width))
        if self.names.display:
            self.names.show(chrome.names(people, front.me, front.now(), self.names.size.height))
        viewport = self.log_view.viewport
        self.edge.show(chrome.edge(front.troubles(viewport.unseen, viewport.is_at_end), width))
        self._paint_prompt()

    def _paint_prompt(self) -> None:
        if self.front.prompt != self._prompt:
            self._prompt = self.front.prompt
            self.prompt.styles.width = cell_len(self._prompt)
            self.prompt.show([Strip([Segment(self._prompt, BOLD)])])

    def _seconds(self) -> float:
        return self.front.client.program.reactor.seconds()

    # --- reading

    def scrolled(self, rows: int, pages: int) -> None:
        """Elsewhere in the log."""
        self.log_view.scroll_by(rows, pages)

    def followed(self) -> None:
        """To the end of the log."""
        self.log_view.follow()

    def escaped(self) -> None:
        """To the end, and everything is read."""
        self.front.entries.mark = None
        self.log_view.follow()

    # --- typing

    def entered(self, text: str) -> None:
        """It was entered. Who speaks has read what was there, and wants to see what becomes of it."""
        self.front.entries.mark = None
        self.log_view.viewport.to_end()
        self.front.on_line(text)

    def pasted(self, lines: Sequence[str]) -> None:
        """They were pasted: ask."""
        self.app.push_screen(about_paste(lines, self.app.size.width), partial(self._on_answer, lines))

    def _on_answer(self, lines: Sequence[str], is_yes: bool | None) -> None:
        for line in lines if is_yes else []:
            self.entered(line)

    def leave(self) -> None:
        """Ctrl-D."""
        self.front.on_end_of_input()

    def asked_for_help(self) -> None:
        """F1."""
        self.app.push_screen(about_keys())
