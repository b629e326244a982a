"""The dialog with the list of keys."""

from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

KEYS = (
    ("Enter", "send the line; an empty one: reconnect now"),
    ("↑ ↓", "earlier lines; also Ctrl-P, Ctrl-N"),
    ("Ctrl-R", "the last line with what is typed; again: before"),
    ("Tab", "complete a name or /command; again: next"),
    ("PgUp PgDn", "scroll the log; by a row: Shift-↑ ↓"),
    ("End", "to the end of the line, then of the log"),
    ("Ctrl-F", "find in the log; Enter, then n: older, N: newer"),
    ("Alt-P Alt-N", "the line before, after that mentions you"),
    ("Ctrl-A Ctrl-E", "start and end of the line; also Home, End"),
    ("Alt-B Alt-F", "one word back, forward; also Ctrl-← →"),
    ("Ctrl-W Alt-D", "delete the word before, after the cursor"),
    ("Ctrl-U Ctrl-K", "delete all before, after the cursor"),
    ("Ctrl-Y", "insert the last deleted text"),
    ("Ctrl-_ Alt-E", "undo, redo; also Alt-U"),
    ("Escape", "drop pasted lines, or mark all as read"),
    ("Shift and mouse", "select text in the terminal"),
    ("F2", "the bare texts, to copy with the mouse; F2: back"),
    ("F1", "show this list"),
    ("ESCDELAY=600", "in the environment: for a slow connection"),
    ("Ctrl-D", "leave if the line is empty; Ctrl-C: leave now"),
    ("Ctrl-Z", "suspend; the shell's fg comes back"),
    ("bob 12m", "bob has said nothing for 12 minutes"),
    ("/help", "list the commands of the server"),
    ("/ignore NAME", "hide what NAME says; again: show it"),
)


class HelpDialog(ModalScreen[None]):
    """The list of keys, in a box."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,escape,f1,q", "dismiss")]
    DEFAULT_CSS = """
    HelpDialog { align: center middle; background: transparent; }
    HelpDialog VerticalScroll { width: 70; max-width: 100%; height: auto; max-height: 100%; padding: 0 1;
        background: $background; color: $foreground; border: round $foreground;
        scrollbar-size-vertical: 1; scrollbar-background: $background; }
    """

    def compose(self) -> ComposeResult:
        table = Table.grid(padding=(0, 2, 0, 0))
        for key, meaning in KEYS:
            table.add_row(Text(key, "bold"), Text(meaning))
        yield VerticalScroll(Static(Text.from_markup("[b]Esc[/b] closes this list\n")), Static(table))
