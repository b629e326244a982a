"""The table of sessions: a fixed header, one line for each session, and a cursor."""

from collections.abc import Sequence

from textual import events
from textual.message import Message

from clients.monitor.sessions import fields
from clients.monitor.sessions.columns import MARK, Column, column_at, columns_for, gap, longest_peer
from clients.monitor.sessions.fields import Field
from clients.monitor.sessions.server import SessionRow
from clients.monitor.sessions.view import View
from clients.monitor.widgets.lineview import LineView
from clients.monitor.widgets.palette import Line

MUCH_WAITING = 64_000
TOO_MUCH_WAITING = 192_000  # at 262,144 the chat disconnects a client that does not read


class SessionTable(LineView):
    """Draws the sessions of a View. While there are none, it draws `placeholder`."""

    fixed = 1

    class HeadingClicked(Message):
        """The user clicked the heading of the column `field`."""

        def __init__(self, field: Field) -> None:
            super().__init__()
            self.field = field

    def __init__(self, view: View) -> None:
        super().__init__(id="table")
        self.view = view
        self.columns: list[Column] = []
        self.placeholder: Sequence[Line] = ()

    def line_count(self) -> int:
        return 1 + (len(self.view.sessions) or len(self.placeholder))

    def repaint(self) -> None:
        """Choose the columns, which depend on the data, and draw again."""
        peer = longest_peer(self.view.sessions)
        several = len(self.view.model.servers) > 1
        self.columns = columns_for(self.text_width, peer, several, self.view.columns)
        super().repaint()
        self._scroll_to_cursor()

    def _scroll_to_cursor(self) -> None:
        top, height = self.scroll_offset.y, max(1, self.size.height - 1)
        if not top <= self.view.index < top + height:
            y = min(max(top, self.view.index - height + 1), self.view.index)
            self.scroll_to(y=y, animate=False, force=True)

    # --- drawing

    def background(self, index: int) -> str:
        if index == 0:
            return "$panel"
        return "$cursor" if self.view.sessions and index == self.view.index + 1 else "$background"

    def draw(self, index: int, width: int) -> Line:
        if not self.view.sessions:
            return self.placeholder[index - 1] if index else ()
        return self._header(width) if index == 0 else self._session(self.view.sessions[index - 1], width)

    def _header(self, width: int) -> Line:
        line, space = [(" " * MARK, "")], " " * gap(width)
        for column in self.columns:
            is_sorted = column.field is self.view.sort
            arrow = ("▼" if self.view.reverse else "▲") if is_sorted else ""
            style = "bold $foreground" if is_sorted else "bold $dim"
            line.append((column.fit(column.field.name + arrow) + space, style))
        return line

    def _session(self, session: SessionRow, width: int) -> Line:
        mark = "◆" if session.key in self.view.marks else ""
        line, space = [(mark.ljust(MARK), "bold $warning")], " " * gap(width)
        for column in self.columns:
            text = column.field.text(session, self.view.now)
            line.append((column.fit(text) + space, self._style(column, session)))
        return line

    def _style(self, column: Column, session: SessionRow) -> str:
        if session.server.is_stale:
            return "$dim"
        if column.field is fields.WAITING and session.row.waiting > MUCH_WAITING:
            return "bold $error" if session.row.waiting > TOO_MUCH_WAITING else "bold $warning"
        if column.field is fields.RATE and session.rate(self.view.now.seconds) >= 0.5:
            return "$success"
        return column.style

    # --- keys and mouse

    def action_move(self, step: int) -> None:
        """Move the cursor by `step` lines."""
        self.view.move_to(self.view.index + step)
        self.repaint()

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the line that was clicked. A click on a heading is a message."""
        if event.y > 0:
            self.view.move_to(event.y - 1 + self.scroll_offset.y)
            self.repaint()
        elif column := column_at(event.x, self.columns, self.text_width):
            self.post_message(self.HeadingClicked(column.field))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Move the cursor: scrolling alone would jump back, because the cursor must be visible."""
        event.stop()
        self.action_move(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Move the cursor, as in `on_mouse_scroll_down`."""
        event.stop()
        self.action_move(-3)
