"""The log on the screen. Only the visible entries are drawn."""

import re
from collections.abc import Callable, Sequence

from textual import events
from textual.strip import Strip

from clients.chat.fullscreen.entries import Entries
from clients.chat.fullscreen.render import STOPPED, render_bare, render_entry, render_rule
from clients.chat.fullscreen.row_panel import RowPanel
from clients.chat.fullscreen.viewport import Viewport
from clients.chat.rendering import StyledLine
from clients.search import next_match, pattern_of

MAX_CACHED = 400
"""Entries whose rows are cached."""

WHEEL_ROWS = 3


class LogView(RowPanel):
    """Shows `entries`. The newest stays at the bottom unless the user has scrolled up."""

    def __init__(self, entries: Entries) -> None:
        super().__init__("log")
        self.entries = entries
        self.viewport: Viewport[Strip] = Viewport(self._rows_of)
        self.on_scroll: Callable[[], object] = lambda: None
        self.is_bare = False
        """Whether the texts are shown alone."""
        self.place = ""
        """Which of the lines that the user looks for is marked, in words."""
        self._pattern: re.Pattern[str] | None = None
        self._current: int | None = None  # the entry that is marked
        self._cache: dict[int, tuple[StyledLine, Sequence[Strip]]] = {}
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
        self.show_rows([Strip([])] * (height - len(rows)) + rows)

    def redraw(self) -> None:
        """Draw again, after all rows have changed."""
        self._cache.clear()
        self.repaint()
        self.on_scroll()

    def on_resize(self) -> None:
        """The input field can take more or fewer rows."""
        self.repaint()

    def _rows_of(self, number: int) -> Sequence[Strip]:
        line, width, console = self.entries[number], self._width, self.app.console
        cached, rows = self._cache.get(number, (None, ()))
        if cached is not line:
            if self.is_bare:
                texts = render_bare(line, width, console)
            else:
                texts = render_entry(line, width, console, self._pattern, number == self._current)
            rows = [self.strip(text) for text in texts]
            self._cache[number] = line, rows
        if number != self.entries.mark or self.is_bare:
            return rows
        return [*map(self.strip, render_rule(STOPPED, width, console)), *rows]

    # --- scrolling

    def scroll_by(self, rows: int = 0, pages: int = 0, entry: int | None = None) -> None:
        """Scroll down, or up if negative, from here or from `entry`.

        When the user leaves the end, mark the first unread entry.
        """
        height = self.size.height
        was_at_end = self.viewport.is_at_end
        if entry is not None:
            self.viewport.top = entry, 0
        self.viewport.scroll(rows + pages * max(1, height - 1), height)
        self.repaint()
        if was_at_end and not self.viewport.is_at_end and self.entries.mark is None:
            self.entries.mark = self.entries.end
        self.on_scroll()

    def follow(self) -> None:
        """Scroll to the end, and stay there."""
        self.viewport.to_end()
        self._mark(None, "")

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

    # --- looking for a line

    def search(self, text: str) -> None:
        """Mark all matches of `text`, and go to the newest one. An empty text marks none."""
        pattern = pattern_of(text) if text else None
        if pattern != self._pattern:
            self._pattern = pattern
            self._mark(None, "")
            self.next_match(-1)

    def next_match(self, step: int) -> None:
        """Go to the next match, or to the one before if `step` is -1."""
        if self._pattern is not None:
            self._go(self.entries.matches(self._pattern), step, "match")

    def next_mention(self, step: int) -> None:
        """Go to the next line that mentions the user, or to the one before if `step` is -1."""
        self._go(self.entries.mentions(), step, "mention")

    def _go(self, numbers: Sequence[int], step: int, what: str) -> None:
        if not numbers:
            self._mark(None, f"no {what}")
            return
        here = self.entries.end if self._current is None else self._current
        current, which = next_match(numbers, here, step)
        self._mark(current, f"{what} {which}")
        self.scroll_by(-(self.size.height // 2), entry=current)

    def _mark(self, current: int | None, place: str) -> None:
        self._current, self.place = current, place
        self.redraw()
