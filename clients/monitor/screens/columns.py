"""The choice of the columns."""

from collections.abc import Collection
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from clients.monitor.sessions.columns import ALL, COLUMNS

TITLE = "Columns: Space chooses, Escape goes back"


class ColumnList(OptionList):
    """The columns. Textual's SelectionList shows by colour alone which ones are chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "select")]

    def __init__(self, chosen: Collection[str]) -> None:
        self.chosen = set(chosen)
        super().__init__(*[Option(self._line(index)) for index in range(len(COLUMNS))], compact=True)

    def _line(self, index: int) -> Text:
        field = COLUMNS[index].field
        mark = "×" if field.name in self.chosen else " "
        return Text(f"[{mark}] {field.name:<10}{field.meaning}", no_wrap=True, overflow="ellipsis")

    @on(OptionList.OptionSelected)
    def _toggle(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.chosen ^= {ALL[event.option_index]}
        self.replace_option_prompt_at_index(event.option_index, self._line(event.option_index))


class ColumnsScreen(ModalScreen[Collection[str]]):
    """Lets the user choose columns. Its result is their names; none means the usual ones."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,c", "close")]

    def __init__(self, chosen: Collection[str]) -> None:
        super().__init__()
        self._list = ColumnList(chosen)

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(TITLE, markup=False)
            yield self._list

    def action_close(self) -> None:
        """Close the dialog with the chosen columns."""
        self.dismiss(self._list.chosen)
