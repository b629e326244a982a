"""The table of sessions: a header that stays, a line for each session, and a cursor."""

from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType

from clients.monitor.sessions import fields
from clients.monitor.sessions.columns import MARK, Column, columns_for, gap, longest_peer
from clients.monitor.sessions.server import SessionRow
from clients.monitor.sessions.view import View
from clients.monitor.widgets.lineview import LineView
from clients.monitor.widgets.palette import style

MUCH_WAITING = 64_000
TOO_MUCH_WAITING = 192_000  # at 262,144 the chat drops who does not read


class SessionTable(LineView):
    """Draws a View."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "mark", "mark")]
    fixed = 1

    def __init__(self, view: View) -> None:
        super().__init__(id="table")
        self.view = view
        self.columns: list[Column] = []
        self.note: list[Text] = []

    def line_count(self) -> int:
        """The header and the sessions; without any, the note that says why."""
        return 1 + (len(self.view.lines) or len(self.note))

    def repaint(self) -> None:
        """Which columns there are depends on what is in them."""
        peer = longest_peer(self.view.lines)
        self.columns = columns_for(self.room, peer, len(self.view.model.servers) > 1)
        super().repaint()
        self._keep_cursor_in_sight()

    def _keep_cursor_in_sight(self) -> None:
        top, room = self.scroll_offset.y, max(1, self.size.height - 1)
        if not top <= self.view.index < top + room:
            y = min(max(top, self.view.index - room + 1), self.view.index)
            self.scroll_to(y=y, animate=False, force=True)

    # --- drawing

    def back(self, index: int) -> str:
        """The line under the cursor stands out."""
        if index == 0:
            return self.palette.panel
        under_cursor = self.view.lines and index == self.view.index + 1
        return self.palette.cursor if under_cursor else self.palette.back

    def draw(self, index: int, width: int) -> Text:
        """The header or a session."""
        if not self.view.lines:
            return self.note[index - 1] if index else Text()
        return self._header(width) if index == 0 else self._session(self.view.lines[index - 1], width)

    def _header(self, width: int) -> Text:
        text, space = Text(" " * MARK, no_wrap=True), " " * gap(width)
        for column in self.columns:
            is_sorted = column.field is self.view.sort
            arrow = ("▼" if self.view.reverse else "▲") if is_sorted else ""
            title = column.fit(column.field.name + arrow)
            text.append(title + space, style(self.palette.text if is_sorted else self.palette.dim, bold=True))
        return text

    def _session(self, line: SessionRow, width: int) -> Text:
        marked = line.key in self.view.marks
        text, space = Text(no_wrap=True), " " * gap(width)
        text.append("◆ " if marked else "  ", style(self.palette.warn, bold=True))
        for column in self.columns:
            cell = column.fit(column.field.text(line, self.view.now))
            text.append(cell, style(*self._look(column, line)))
            text.append(space)
        return text

    def _look(self, column: Column, line: SessionRow) -> tuple[str, bool]:
        colors, field = self.palette, column.field
        if line.server.is_stale:
            return colors.dim, False
        if field is fields.SERVICE:
            return colors.accent, False
        if field is fields.USER:
            return colors.text, True
        if field is fields.WAITING and line.row.waiting > MUCH_WAITING:
            return (colors.bad if line.row.waiting > TOO_MUCH_WAITING else colors.warn), True
        if field is fields.RATE and line.rate(self.view.now.seconds) >= 0.5:
            return colors.good, False
        quiet = field in (fields.ID, fields.AGE, fields.IDLE, fields.SERVER, fields.RATE, fields.WAITING)
        return (colors.dim if quiet else colors.text), False

    # --- keys and mouse

    def action_move(self, step: int) -> None:
        """Move the cursor."""
        self.view.move_to(self.view.index + step)
        self.repaint()

    def action_mark(self) -> None:
        """Mark the session, or no longer."""
        self.view.mark()
        self.repaint()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor there."""
        if event.y > 0:
            self.view.move_to(event.y - 1 + self.scroll_offset.y)
            self.repaint()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves the cursor too, or it would pull the view back."""
        event.stop()
        self.action_move(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Likewise."""
        event.stop()
        self.action_move(-3)
