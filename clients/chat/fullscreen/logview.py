"""The log on the screen: of all its entries those are drawn that are seen."""

from collections.abc import Callable

from textual import events
from textual.strip import Strip

from clients.chat.fullscreen.entries import Entries, Entry, JoinsAndLeaves
from clients.chat.fullscreen.render import STOPPED, draw, rule
from clients.chat.fullscreen.strip_panel import StripPanel
from clients.chat.fullscreen.viewport import Viewport

DRAWN = 400
"""Entries whose rows are kept."""

WHEEL = 3


class LogView(StripPanel):
    """Shows `entries`, the newest at the bottom, unless somebody has scrolled up."""

    def __init__(self, entries: Entries) -> None:
        super().__init__("log")
        self.entries = entries
        self.viewport: Viewport[Strip] = Viewport(self._rows_of)
        self.on_moved: Callable[[], object] = lambda: None
        self._drawn: dict[int, tuple[Entry, list[Strip]]] = {}
        self._width = 0

    def repaint(self) -> None:
        """What is behind, or the size, has changed."""
        width, height = self.size
        if not (width and height):
            return
        if width != self._width or len(self._drawn) > DRAWN:
            self._width = width
            self._drawn.clear()
        rows = self.viewport.rows(self.entries.first, self.entries.end, height)
        self.show([Strip([])] * (height - len(rows)) + rows)

    def _rows_of(self, number: int) -> list[Strip]:
        entry = self.entries[number]
        known, rows = self._drawn.get(number, (None, []))
        if known is not entry or isinstance(entry, JoinsAndLeaves):
            rows = draw(entry, self._width)
            self._drawn[number] = entry, rows
        return rule(STOPPED, self._width) + rows if number == self.entries.mark else rows

    # --- looking elsewhere

    def scroll_by(self, rows: int = 0, pages: int = 0) -> None:
        """Up if that is negative, else down."""
        height = self.size.height
        was_at_end = self.viewport.is_at_end
        self.viewport.scroll(rows + pages * max(1, height - 1), height)
        self.repaint()
        if was_at_end and not self.viewport.is_at_end and self.entries.mark is None:
            self.entries.mark = self.entries.end
        self.on_moved()

    def follow(self) -> None:
        """Show the end, and what comes."""
        self.viewport.to_end()
        self.repaint()
        self.on_moved()

    def look_away(self) -> None:
        """Nobody reads from here on."""
        if self.viewport.is_at_end:
            self.entries.mark = self.entries.end

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Three rows, as everywhere."""
        event.stop()
        self.scroll_by(-WHEEL)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """As above."""
        event.stop()
        self.scroll_by(WHEEL)
