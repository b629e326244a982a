"""What comes on top of the chat: a question about a paste, and the list of keys."""

from collections.abc import Sequence
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from clients.chat.fullscreen.wrap import clip

MOST_SHOWN = 6
WIDEST = 60
AROUND = 8
"""Columns that the box and an indent take."""

KEYS = (
    ("Enter", "say it; with nothing typed: try again now"),
    ("↑ ↓", "lines entered before; also Ctrl-P, Ctrl-N"),
    ("Tab", "finish a name or /command; again: the next"),
    ("PgUp PgDn", "look up and down; by a line: Shift-↑ ↓"),
    ("End", "of what is typed, then of the log: the newest"),
    ("Ctrl-A Ctrl-E", "start and end of what is typed; also Home, End"),
    ("Alt-B Alt-F", "a word back, a word on; also Ctrl-← →"),
    ("Ctrl-W Alt-D", "delete the word before, the word behind"),
    ("Ctrl-U Ctrl-K", "delete all before, all behind"),
    ("Ctrl-Y", "put back what these keys deleted"),
    ("Escape", "all is read: to the newest line, without a mark"),
    ("Shift and mouse", "mark text, as the terminal does it"),
    ("F1", "this list"),
    ("Ctrl-D", "leave, with nothing typed; Ctrl-C: at once"),
    ("bob 12m", "bob has said nothing for 12 minutes"),
    ("/help", "what the server understands"),
    ("/ignore NAME", "see nothing of what they say; again: see it"),
)


class Dialog(ModalScreen[bool]):
    """A box with a text. Enter says yes, Escape no."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "answer(True)"),
        Binding("escape,f1,q", "answer(False)"),
    ]
    DEFAULT_CSS = """
    Dialog { align: center middle; background: transparent; }
    Dialog VerticalScroll { width: 70; max-width: 100%; height: auto; max-height: 100%; padding: 0 1;
        background: ansi_default; color: ansi_default; border: round ansi_default;
        scrollbar-size-vertical: 1; }
    Dialog Static { height: auto; background: ansi_default; color: ansi_default; }
    """

    def __init__(self, *parts: Text | Table) -> None:
        super().__init__()
        self._parts = parts

    def compose(self) -> ComposeResult:
        """The box."""
        with VerticalScroll():
            for part in self._parts:
                yield Static(part, markup=False)

    def action_answer(self, answer: bool) -> None:
        """Decided."""
        self.dismiss(answer)


def about_paste(lines: Sequence[str], width: int) -> Dialog:
    """Whether to send them, on a screen of `width`."""
    question = Text.assemble(
        (f"Paste {len(lines):,} lines? ", "bold"),
        ("Enter", "bold"),
        " sends them one by one, ",
        ("Esc", "bold"),
        " drops them.",
    )
    shown = Text()
    for line in lines[:MOST_SHOWN]:
        shown.append(f"\n  {clip(line, min(width - AROUND, WIDEST))}")
    if len(lines) > MOST_SHOWN:
        shown.append(f"\n  and {len(lines) - MOST_SHOWN:,} more", "dim")
    return Dialog(question, shown)


def about_keys() -> Dialog:
    """All of them."""
    table = Table.grid(padding=(0, 2, 0, 0))
    for key, meaning in KEYS:
        table.add_row(Text(key, "bold"), Text(meaning))
    return Dialog(Text.assemble(("Esc", "bold"), " closes this\n"), table)
