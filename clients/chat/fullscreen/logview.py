"""The log on the screen. Only the visible entries are drawn."""

from collections.abc import Callable, Sequence

from rich.text import Text
from textual import events

from clients.chat.fullscreen.entries import Entries
from clients.chat.fullscreen.render import STOPPED, render_entry, render_rule
from clients.chat.fullscreen.row_panel import RowPanel
from clients.chat.fullscreen.viewport import Viewport
from clients.chat.rendering import StyledLine

MAX_CACHED = 400
"""Entries whose rows are cached."""

WHEEL_ROWS = 3


class LogView(RowPanel):
    """Shows `entries`. The newest stays at the bottom unless the user has scrolled up."""

    def __init__(self, entries: Entries) -> None:
        super().__init__("log")
        self.entries = entries
        self.viewport: Viewport[Text] = Viewport(self._rows_of)
        self.on_scroll: Callable[[], object] = lambda: None
        self._cache: dict[int, tuple[StyledLine, Sequence[Text]]] = {}
        self._width = 0

    def repaint(self) -> None:
        """Draw again, after the entries or the size have changed."""
        width, height = self.size
        if not (width and height):
            return
        if width != self._width or len(self._cache) > MAX_CACHED:
            self._width = width
            self._cache.clear()
        rows = self.viewport.rows(self.entries.first, self.entries.end, height)
        self.show_rows([Text()] * (height - len(rows)) + rows)

    def on_resize(self) -> None:
        """The input field can take more or fewer rows."""
        self.repaint()

    def _rows_of(self, number: int) -> Sequence[Text]:
        line, width, console = self.entries[number], self._width, self.app.console
        cached, rows = self._cache.get(number, (None, ()))
        if cached is not line:
            rows = render_entry(line, width, console)
            self._cache[number] = line, rows
        return [*render_rule(STOPPED, width, console), *rows] if number == self.entries.mark else rows

    # --- scrolling

    def scroll_by(self, rows: int = 0, pages: int = 0) -> None:
        """Scroll down, or up if negative. When the user leaves the end, mark the first unread entry."""
        height = self.size.height
        was_at_end = self.viewport.is_at_end
        self.viewport.scroll(rows + pages * max(1, height - 1), height)
        self.repaint()
        if was_at_end and not self.viewport.is_at_end and self.entries.mark is None:
            self.entries.mark = self.entries.end
        self.on_scroll()

    def follow(self) -> None:
        """Scroll to the end, and stay there."""
        self.viewport.to_end()
        self.repaint()
        self.on_scroll()

    def mark_unread(self) -> None:
        """The user looks elsewhere: mark the entries that arrive from now on."""
        if self.viewport.is_at_end:
            self.entries.mark = self.entries.end

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.scroll_by(-WHEEL_ROWS)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.scroll_by(WHEEL_ROWS)
