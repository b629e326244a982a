"""The confirmation before a kick: it names the sessions."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from clients.monitor.screens import keys
from clients.monitor.sessions.server import SessionRow
from clients.monitor.sessions.units import plural
from clients.monitor.widgets.palette import palette_of, style

MAX_NAMED = 8


class KickScreen(ModalScreen[bool]):
    """Asks whether to kick `sessions`, of which the filter hides `hidden`. Its result is the answer."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.KICK)

    def __init__(self, sessions: Sequence[SessionRow], hidden: int) -> None:
        super().__init__()
        self._sessions = sessions
        self._hidden = hidden

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(self._text(), markup=False)

    def _text(self) -> Text:
        colors, count = palette_of(self.app), len(self._sessions)
        text = Text(f"Kick {plural(count, 'session')}?\n", style(colors.bad, bold=True))
        text.append(keys.footer(keys.KICK, "kick", colors, self.app.size.width)[1:]).append("\n")
        for session in self._sessions[:MAX_NAMED]:
            row = session.row
            text.append(f"\n  {row.service} #{row.id}  ", style(colors.accent))
            text.append(f"{row.user}  " if row.user else "", style(colors.text, bold=True))
            text.append(row.peer, style(colors.dim))
        if count > MAX_NAMED:
            text.append(f"\n  and {count - MAX_NAMED:,} more", style(colors.text))
        if self._hidden:
            text.append(f"\n\nThe filter hides {self._hidden:,} of them.", style(colors.warn, bold=True))
        return text
