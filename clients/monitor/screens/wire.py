"""The wire view: what a session's peer sent and was sent, as it was read and written."""

from datetime import datetime
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Static

from clients.monitor.feed.wire import Chunk, Recording, WireLines
from clients.monitor.screens.help import WIRE_HELP, HelpScreen
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
"""For text and for hex: from which width on the time and the delta are told in so many cells."""

DIRECTIONS = {"in": "→", "out": "←"}


class WireView(LineView):
    """Draws a Recording."""

    sticks = True

    def __init__(self, recording: Recording, model: Model) -> None:
        super().__init__(id="wire")
        self.recording = recording
        self.hexadecimal = False
        self.direction = ""
        self._model = model
        self._reading = WireLines([], 0)
        self._stamp = 0

    def repaint(self) -> None:
        """Read the recording again."""
        width = self.room
        self._stamp = next((n for least, n in STAMPS[self.hexadecimal] if width >= least), 0)
        self._reading = self.recording.reading(
            self.hexadecimal, self.direction, max(1, width - self._stamp - 3)
        )
        super().repaint()

    def line_count(self) -> int:
        """As many as that makes."""
        return len(self._reading)

    def draw(self, index: int, width: int) -> Text:
        """When, after how long, which way, what."""
        line, colors = self._reading[index], self.palette
        piece, incoming = line.piece, line.piece.direction == "in"
        text = Text(
            self._stamped(piece) if line.first else " " * self._stamp, style(colors.dim), no_wrap=True
        )
        arrow = DIRECTIONS.get(piece.direction, "?") if line.first else " "
        text.append(f" {arrow} ", style(colors.good if incoming else colors.accent, bold=True))
        text.append(line.text, style(colors.good if incoming else colors.accent))
        text.truncate(width, overflow="ellipsis")
        return text

    def _stamped(self, piece: Chunk) -> str:
        """When it passed, as well as there is room for that."""
        at = datetime.fromtimestamp(piece.at, self._model.clock.zone).strftime("%H:%M:%S.%f")[:-3]
        delta = f"+{piece.delta:.2f}" if piece.delta < 100 else f"+{units.duration(piece.delta)}"
        full = f" {at} {f'+{piece.delta:.3f}':>9} s "
        return {26: full, 17: f" {at[:8]} {delta:>7}", 8: f"{delta:>8}"}.get(self._stamp, "")


class WireScreen(Screen[None]):
    """Full screen, until Escape."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,w", "dismiss"),
        Binding("x", "hexadecimal"),
        Binding("i", "direction('in')"),
        Binding("o", "direction('out')"),
        Binding("b", "direction('')"),
        Binding("?", "help"),
    ]
    DEFAULT_CSS = """
    WireScreen Static { height: 1; background: $panel; }
    WireScreen WireView { height: 1fr; }
    """

    def __init__(self, line: SessionRow, model: Model) -> None:
        super().__init__()
        self.line = line
        self.recording = Recording()
        self.view = WireView(self.recording, model)
        self.problem = ""
        self.has_gap = False
        self._was_answered = False
        self._head = Static("", markup=False)
        self._foot = Static("", markup=False)

    def compose(self) -> ComposeResult:
        """A headline, the wire, the keys."""
        yield self._head
        yield self.view
        yield self._foot

    def on_mount(self) -> None:
        """Nothing was heard yet."""
        self.view.focus()
        self.repaint()

    def on_resize(self) -> None:
        """As much as there is room for."""
        cover_if_too_small(self.app)

    def repaint(self) -> None:
        """Show what there is now."""
        self._head.update(self._headline())
        self._foot.update(self._keys())
        self.view.repaint()

    def answered(self, problem: str) -> None:
        """Whether the server shows it. It is asked again when its connection was lost, and is back."""
        self.problem = problem
        self.has_gap |= self._was_answered and not problem
        self._was_answered = True

    def _headline(self) -> Text:
        colors, row = self.view.palette, self.line.row
        text = Text(f" {row.service} #{row.id} ", style(colors.accent, bold=True), no_wrap=True)
        text.append(f"{row.user} ", style(colors.text, bold=True)).append(f"{row.peer} ", style(colors.dim))
        if trouble := self._trouble():
            text.append(f" {trouble} ", style(colors.warn, bold=True))
        elif self.has_gap:
            text.append(" connected again; what passed meanwhile is missing", style(colors.warn))
        elif not len(self.view.recording.pieces):
            text.append(" nothing has passed since you look", style(colors.dim))
        if self.recording.dropped:
            text.append(f" {self.recording.dropped:,} bytes before these are gone", style(colors.warn))
        return text

    def _trouble(self) -> str:
        """Why nothing more is shown, if that is so."""
        server = self.line.server
        if server.status is Status.GONE or not (server.is_stale or self.line.row.id in server.lines):
            return "the session has ended"
        if server.is_stale:
            return "the connection to the server is lost; trying again"
        return self.problem

    def _keys(self) -> Text:
        colors, view = self.view.palette, self.view
        other = "text" if view.hexadecimal else "hex"
        choices = (
            ("x", other, False),
            ("i", "→ in", view.direction == "in"),
            ("o", "← out", view.direction == "out"),
            ("b", "both", view.direction == ""),
            ("?", "help", False),
            ("Esc", "back", False),
        )
        text = Text(" ", no_wrap=True)
        for key, meaning, on in choices:
            text.append(key, style(colors.accent, bold=True))
            text.append(f" {meaning}  ", style(colors.text if on else colors.dim, bold=on))
        return text

    def action_hexadecimal(self) -> None:
        """The other way to read it."""
        self.view.hexadecimal = not self.view.hexadecimal
        self.repaint()

    def action_help(self) -> None:
        """What is to be seen here, and the keys."""
        self.app.push_screen(HelpScreen(WIRE_HELP))

    def action_direction(self, direction: str) -> None:
        """One direction only, or both."""
        self.view.direction = direction
        self.repaint()
