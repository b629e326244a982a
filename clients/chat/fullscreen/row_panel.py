"""A widget that shows given rows, and is drawn only when they change."""

from collections.abc import Sequence

from rich.segment import ControlType, Segment
from rich.text import Text
from textual.strip import Strip
from textual.widget import Widget

CLEAR = Segment("\x1b[K", control=[(ControlType.ERASE_IN_LINE, 0)])
"""Clears the row before it is drawn: a terminal and Textual can disagree about the width of an emoji."""


class RowPanel(Widget):
    """Shows rows from the top. `ALLOW_SELECT` is off, because Textual does not know the text."""

    ALLOW_SELECT = False
    can_focus = False

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self._rows: Sequence[Strip] = ()

    def strip(self, row: Text) -> Strip:
        """`row`, ready to draw. A strip remembers its bytes, so one that is drawn again costs little."""
        segments = list(row.render(self.app.console))
        if "\ufe0f" in row.plain or "\u200d" in row.plain:
            segments.insert(0, CLEAR)
        return Strip(segments)

    def show_texts(self, rows: Sequence[Text]) -> None:
        """Show `rows` from now on."""
        self.show_rows([self.strip(row) for row in rows])

    def show_rows(self, rows: Sequence[Strip]) -> None:
        """Show `rows`, of `strip`, from now on."""
        if rows != self._rows:
            self._rows = rows
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Row `y`, as Textual asks for it."""
        row = self._rows[y] if y < len(self._rows) else Strip([])
        return row.adjust_cell_length(self.size.width).apply_style(self.rich_style)
