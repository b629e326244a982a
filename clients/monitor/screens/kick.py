"""Before anybody is thrown out: who it is, by name, and are you sure."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from clients.monitor.sessions.server import SessionRow
from clients.monitor.sessions.units import plural
from clients.monitor.widgets.palette import DARK, LIGHT, style

MOST_NAMED = 8


class KickScreen(ModalScreen[bool]):
    """Its result is whether to do it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)"),
        Binding("n,escape,q", "answer(False)"),
    ]
    DEFAULT_CSS = """
    KickScreen { align: center middle; background: $background 70%; }
    KickScreen Vertical { width: 64; max-width: 96%; height: auto; padding: 1 2; background: $panel;
        border: round $error; }
    KickScreen Static { height: auto; }
    """

    def __init__(self, lines: Sequence[SessionRow], hidden: int) -> None:
        super().__init__()
        self._lines = lines
        self._hidden = hidden

    def compose(self) -> ComposeResult:
        """The question."""
        with Vertical():
            yield Static(self._question(), markup=False)

    def _question(self) -> Text:
        colors = DARK if self.app.current_theme.dark else LIGHT
        text = Text(f"Kick {plural(len(self._lines), 'session')}?\n", style(colors.bad, bold=True))
        for key, meaning in (("y", "kick      "), ("n", "let them stay\n")):
            text.append(key, style(colors.accent, bold=True)).append(f" {meaning}", style(colors.text))
        for line in self._lines[:MOST_NAMED]:
            row = line.row
            text.append(f"\n  {row.service} #{row.id}  ", style(colors.accent))
            text.append(f"{row.user}  " if row.user else "", style(colors.text, bold=True))
            text.append(row.peer, style(colors.dim))
        if len(self._lines) > MOST_NAMED:
            text.append(f"\n  and {len(self._lines) - MOST_NAMED:,} more", style(colors.text))
        if self._hidden:
            text.append(f"\n\n{self._hidden:,} of them hidden by the filter", style(colors.warn, bold=True))
        return text

    def action_answer(self, answer: bool) -> None:
        """Decided."""
        self.dismiss(answer)
