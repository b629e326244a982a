"""A widget that shows given rows, and is drawn only when they change."""

from collections.abc import Sequence

from textual.strip import Strip
from textual.widget import Widget


class StripPanel(Widget):
    """Shows rows from the top. `ALLOW_SELECT` is off, because Textual does not know the text."""

    ALLOW_SELECT = False
    can_focus = False

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self._rows: Sequence[Strip] = ()

    def show_rows(self, rows: Sequence[Strip]) -> None:
        """Show `rows` from now on."""
        if rows != self._rows:
            self._rows = rows
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Row `y`, as Textual asks for it."""
        row = self._rows[y] if y < len(self._rows) else Strip([])
        return row.adjust_cell_length(self.size.width)
