"""The wire screen: the bytes that a session reads and writes."""

from datetime import datetime
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.widgets import Static

from clients.monitor.feed.wire import Chunk, Recording, WireLines
from clients.monitor.screens import keys
from clients.monitor.screens.help import HelpScreen, wire_help
from clients.monitor.screens.too_small import cover_if_too_small
from clients.monitor.sessions import units
from clients.monitor.sessions.model import Model
from clients.monitor.sessions.server import SessionRow, Status
from clients.monitor.widgets.lineview import LineView
from clients.monitor.widgets.palette import style

STAMPS = {
    False: ((96, 26), (64, 17), (0, 8)),
    True: ((96, 26), (87, 17), (78, 8)),  # a line of hex has 67 cells, and 3 for the arrow
}
"""For text and for hex: pairs of a minimum width of the view, and the width of the time stamp then."""

DIRECTIONS = {"in": "→", "out": "←"}


class WireView(LineView):
    """Draws a Recording."""

    follows_end = True

    def __init__(self, recording: Recording, model: Model) -> None:
        super().__init__(id="wire")
        self.recording = recording
        self.hexadecimal = False
        self.direction = ""
        self._model = model
        self._lines = WireLines([], 0)
        self._stamp = 0

    def repaint(self) -> None:
        width = self.text_width
        self._stamp = next((n for least, n in STAMPS[self.hexadecimal] if width >= least), 0)
        width = max(1, width - self._stamp - 3)
        self._lines = self.recording.lines(self.hexadecimal, self.direction, width)
        super().repaint()

    def line_count(self) -> int:
        return len(self._lines)

    def draw(self, index: int, width: int) -> Text:
        line, colors = self._lines[index], self.palette
        chunk = line.chunk
        color = colors.good if chunk.direction == "in" else colors.accent
        stamp = self._format_stamp(chunk) if line.is_first else " " * self._stamp
        arrow = DIRECTIONS.get(chunk.direction, "?") if line.is_first else " "
        text = Text(stamp, style(colors.dim), no_wrap=True)
        text.append(f" {arrow} ", style(color, bold=True))
        return text.append(line.text, style(color))

    def _format_stamp(self, chunk: Chunk) -> str:
        """The time and the delta of `chunk`, as precise as the width allows."""
        at = datetime.fromtimestamp(chunk.at, self._model.clock.zone).strftime("%H:%M:%S.%f")[:-3]
        delta = f"+{chunk.delta:.2f}" if chunk.delta < 100 else f"+{units.duration(chunk.delta)}"
        full = f" {at} {f'+{chunk.delta:.3f}':>9} s "
        return {26: full, 17: f" {at[:8]} {delta:>7}", 8: f"{delta:>8}"}.get(self._stamp, "")


class WireScreen(Screen[None]):
    """Shows the wire of `session` until Escape."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.WIRE)

    def __init__(self, session: SessionRow, model: Model) -> None:
        super().__init__()
        self.session = session
        self.recording = Recording()
        self.view = WireView(self.recording, model)
        self.problem = ""
        self.has_gap = False
        self._was_answered = False
        self._head = Static("", markup=False)
        self._foot = Static("", markup=False)

    def compose(self) -> ComposeResult:
        yield self._head
        yield self.view
        yield self._foot

    def on_mount(self) -> None:
        self.view.focus()
        self.repaint()

    def on_resize(self) -> None:
        cover_if_too_small(self.app)

    def repaint(self) -> None:
        """Draw again, after the data has changed."""
        self._head.update(self._headline())
        self._foot.update(self._footer())
        self.view.repaint()

    def on_reply(self, error: str) -> None:
        """The server's answer to the request to watch. After a reconnection there is another one."""
        self.problem = error
        self.has_gap |= self._was_answered and not error
        self._was_answered = True

    def _headline(self) -> Text:
        colors, row = self.view.palette, self.session.row
        text = Text(f" {row.service} #{row.id} ", style(colors.accent, bold=True), no_wrap=True)
        text.append(f"{row.user} ", style(colors.text, bold=True)).append(f"{row.peer} ", style(colors.dim))
        if problem := self._problem():
            text.append(f" {problem} ", style(colors.warn, bold=True))
        elif self.has_gap:
            text.append(" reconnected; the bytes in between are missing", style(colors.warn))
        elif not self.recording.chunks:
            text.append(" no bytes since this screen was opened", style(colors.dim))
        if self.recording.dropped:
            text.append(f" the first {self.recording.dropped:,} bytes were dropped", style(colors.warn))
        return text

    def _problem(self) -> str:
        """Why no more bytes will appear; empty if they will."""
        server = self.session.server
        if server.status is Status.GONE or not (server.is_stale or self.session.row.id in server.sessions):
            return "the session has ended"
        if server.is_stale:
            return "the connection to the server is lost; reconnecting"
        return self.problem

    def _footer(self) -> Text:
        view = self.view
        active = {"in": "→ in", "out": "← out"}.get(view.direction, "both")
        words = (active, "hex") if view.hexadecimal else (active,)
        return keys.footer(keys.WIRE, "wire", view.palette, self.app.size.width, words)

    def action_hexadecimal(self) -> None:
        """Switch between hex and text."""
        self.view.hexadecimal = not self.view.hexadecimal
        self.repaint()

    def action_help(self) -> None:
        """Show the help page of this screen."""
        self.app.push_screen(HelpScreen(wire_help()))

    def action_direction(self, direction: str) -> None:
        """Show only `direction`, or both if it is empty."""
        self.view.direction = direction
        self.repaint()
