"""A part of the screen that shows rows which somebody else has made, and is drawn only when they change."""

from collections.abc import Sequence

from textual.strip import Strip
from textual.widget import Widget


class StripPanel(Widget):
    """Rows from the top; `ALLOW_SELECT` is off, for there is no text behind them that Textual could find."""

    ALLOW_SELECT = False
    can_focus = False

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self._rows: Sequence[Strip] = ()

    def show(self, rows: Sequence[Strip]) -> None:
        """Show these from now on."""
        if rows != self._rows:
            self._rows = rows
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """What Textual asks for."""
        row = self._rows[y] if y < len(self._rows) else Strip([])
        return row.adjust_cell_length(self.size.width)
