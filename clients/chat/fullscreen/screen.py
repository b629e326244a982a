"""The screen: people, the log, and the input field, which always has the focus."""

from collections.abc import Callable

from rich.cells import cell_len
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import TextArea

from clients.chat.editing.completion import Completion
from clients.chat.editing.typed import lines_hint
from clients.chat.fullscreen import chrome
from clients.chat.fullscreen.field import Act, Field, Purpose, keys
from clients.chat.fullscreen.front import ScreenFront
from clients.chat.fullscreen.help import HelpDialog
from clients.chat.fullscreen.logview import LogView
from clients.chat.fullscreen.render import BOLD
from clients.chat.fullscreen.row_panel import RowPanel
from clients.chat.session import ClientState

NAMES_FROM = 60
"""Columns from which on the names are shown."""

CHROME_FROM = 5
"""Rows from which on the title and the rule below the log are shown."""

PAINT_INTERVAL = 0.05
"""Least seconds between two drawings, so that a flood of messages does not delay the keys."""

HELP_HINT = "F1 keys"
FIND_PROMPT = "find: "
HINTS = {
    Purpose.FIND: " · ↑ older, ↓ newer, Enter for n and N, Esc ends the search",
    Purpose.FOUND: " · n older, N newer, Esc ends the search",
}
"""The keys of a search, on the rule below the log, behind the number of the match."""


class ChatScreen(Screen[None]):
    """Draws the chat, and handles the keys that do not edit the line: it is the field's listener."""

    DEFAULT_CSS = """
    ChatScreen { background: $background; color: $foreground; overflow: hidden; }
    ChatScreen RowPanel { background: $background; color: $foreground; height: 1; }
    ChatScreen #middle, ChatScreen #log { width: 1fr; height: 1fr; }
    ChatScreen #names { width: 20; height: 1fr; }
    ChatScreen #bottom { dock: bottom; height: auto; }
    ChatScreen.narrow #names { display: none; }
    ChatScreen.low { #top, #edge { display: none; } }
    ChatScreen.bare { #top, #names, #edge { display: none; } #bottom { height: 0; } }
    """

    def __init__(self, front: ScreenFront, use_mouse: Callable[[bool], object]) -> None:
        super().__init__()
        self._use_mouse = use_mouse
        self.front = front
        client = self.client = front.client
        self.top = RowPanel("top")
        self.names = RowPanel("names")
        self.log_view = LogView(front.entries)
        self.edge = RowPanel("edge")
        self.prompt = RowPanel("prompt")
        completion = Completion(lambda prefix: client.people.candidates(prefix, client.me))
        self.field = Field(self, completion, self._commands())
        self._is_paint_scheduled = False
        self._painted_at = 0.0
        self._read = 0  # the number of the first entry that was not visible while the window had the focus

    def _commands(self) -> dict[str, Act]:
        """The keys that do not edit the line."""
        log = self.log_view
        return {
            **keys("f1", lambda _: self.show_help()),
            **keys("f2", lambda _: self.show_bare(not log.is_bare)),
            **keys("pageup", lambda _: log.scroll_by(pages=-1)),
            **keys("pagedown", lambda _: log.scroll_by(pages=1)),
            **keys("shift+up alt+up ctrl+up", lambda _: log.scroll_by(-1)),
            **keys("shift+down alt+down ctrl+down", lambda _: log.scroll_by(1)),
            **keys("ctrl+end alt+end", lambda _: log.follow()),
            **keys("alt+p", lambda _: log.next_mention(-1)),
            **keys("alt+n", lambda _: log.next_mention(1)),
        }

    def compose(self) -> ComposeResult:
        """The parts, from top to bottom."""
        yield self.top
        yield Horizontal(self.names, self.log_view, id="middle")
        yield self.edge
        yield Horizontal(self.prompt, self.field, id="bottom")

    def on_mount(self) -> None:
        """Draw once, at each change, and every second for the times that are shown."""
        self.field.focus()
        self.log_view.on_scroll = self._paint_chrome
        self.set_interval(1.0, self._paint_chrome)
        self.front.on_change = self.on_change
        self.on_change()

    @on(TextArea.Changed)
    def _on_text(self) -> None:
        """The text can become several lines, or be one to find."""
        self.log_view.search(self.field.text if self.field.finds else "")
        self._paint_chrome()

    def on_resize(self) -> None:
        self.set_class(self.app.size.width < NAMES_FROM, "narrow")
        self.set_class(self.app.size.height < CHROME_FROM, "low")
        self.call_after_refresh(self.paint)

    # --- drawing

    def on_change(self) -> None:
        """Schedule a drawing, at least PAINT_INTERVAL after the last one."""
        self.field.ask_name(self.front.asks_name)
        if not self._is_paint_scheduled and self.is_mounted:
            self._is_paint_scheduled = True
            wait = self._painted_at + PAINT_INTERVAL - self._seconds()
            if wait > 0:
                self.set_timer(wait, self.paint)
            else:
                self.call_later(self.paint)

    def paint(self) -> None:
        """Draw the current state."""
        self._is_paint_scheduled = False
        self._painted_at = self._seconds()
        if not self.log_view.is_bare:  # else a selection would disappear
            self.log_view.repaint()
        self._paint_chrome()

    def _paint_chrome(self) -> None:
        client, people, width = self.client, self.client.people, self.app.size.width
        me = "no name yet" if self.front.asks_name else client.me
        here = f"{len(people.names())} here" if client.state is ClientState.CHAT else "not in the chat"
        seconds = client.session.round_trip if client.session is not None else None
        ms = "" if seconds is None else f"{1000 * seconds:,.0f} ms"
        parts = ["Chat", me, here, str(client.program.endpoint), ms]
        self.top.show_texts(chrome.top(parts, HELP_HINT, width))
        if self.names.display:
            self.names.show_texts(chrome.names(people, client.me, client.now(), self.names.size.height))
        viewport = self.log_view.viewport
        if self.app.app_focus:
            self._read = viewport.seen
        unread = self.front.entries.end - self._read
        self.app.title = f"({unread:,}) Chat" if unread else "Chat"
        hint = self.log_view.place + HINTS.get(self.field.purpose, "") or lines_hint(self.field.text)
        self.edge.show_texts(
            chrome.edge(self.front.troubles(hint, viewport.unseen, viewport.is_at_end), width)
        )
        prompt = FIND_PROMPT if self.field.finds else self.front.prompt
        self.prompt.styles.width = cell_len(prompt)
        self.prompt.show_texts([Text().append(prompt, BOLD)])

    def _seconds(self) -> float:
        return self.client.program.reactor.seconds()

    # --- input

    def followed(self) -> None:
        self.log_view.follow()

    def escaped(self) -> None:
        """Mark all entries as read, and scroll to the end."""
        self.front.entries.mark = None
        self.log_view.follow()

    def searched(self, step: int) -> None:
        """Go to the next match, or to the one before if `step` is -1."""
        self.log_view.search(self.field.text)
        self.log_view.next_match(step)

    def typed(self) -> None:
        self.show_bare(False)
        self.front.on_typing()

    def entered(self, text: str) -> None:
        """Handle a line. A user who writes has read the log: remove the mark and scroll to the end."""
        self.escaped()
        self.front.on_line(text)

    def leave(self) -> None:
        self.front.on_end_of_input()

    def show_bare(self, is_bare: bool) -> None:
        """Show the texts of the log alone, or everything. In the bare view the mouse is the terminal's."""
        if is_bare != self.log_view.is_bare:
            self.log_view.is_bare = is_bare
            self.set_class(is_bare, "bare")
            self._use_mouse(not is_bare)
            self.log_view.redraw()

    def show_help(self) -> None:
        """Show the list of keys, once, however often F1 is pressed before it is drawn."""
        if self.app.screen is self:
            self.app.push_screen(HelpDialog())
