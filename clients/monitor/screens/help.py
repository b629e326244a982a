"""The help pages: all keys of a screen, and the meaning of what it shows."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from clients.monitor.screens import keys
from clients.monitor.sessions.fields import FIELDS
from clients.monitor.widgets.palette import Palette, palette_of, style

Entries = Sequence[tuple[str, str]]
Section = tuple[str, Entries]
"""A title, and the entries below it: each a term and its meaning."""

FILTERS = (
    ("srv:chat peer:127.", "both must match"),
    ("outq>64k", "over 64,000 bytes; k M G, for times s m h d"),
    ("!user:bob", "does not match"),
    ("user:ann|bob", "one of them matches"),
    ("ann", "in any text field"),
)
WIRE_SIGNS = (
    ("10:00:00.250", "the time, if the screen is wide enough"),
    ("+0.250", "seconds since the last read or write"),
    ("→ ←", "in, out: a read or a write begins here"),
    ("␍␊ ␛", "control characters: end of line, escape"),
)


def main_help(readonly: bool) -> Sequence[Section]:
    """The help of the main screen."""
    fields = [(" ".join((field.name, *field.aliases)), field.meaning) for field in FIELDS]
    return (
        ("Keys", _entries(keys.allowed(keys.MAIN, readonly))),
        ("Filter", FILTERS),
        ("Fields", fields),
    )


def wire_help() -> Sequence[Section]:
    """The help of the wire screen."""
    return ("Keys", _entries(keys.WIRE)), ("Signs", WIRE_SIGNS)


def _entries(table: Iterable[keys.Key]) -> Entries:
    return [(entry.key, entry.help) for entry in table]


def help_text(sections: Sequence[Section], colors: Palette) -> Text:
    """A help page, with all terms in one column."""
    text, width = Text(), max(len(term) for _, entries in sections for term, _ in entries) + 2
    for title, entries in sections:
        text.append(f"{title}\n", style(colors.accent, bold=True))
        for term, meaning in entries:
            text.append(f"  {term:<{width}}", style(colors.text, bold=True))
            text.append(f"{meaning}\n", style(colors.dim))
    return text


class HelpScreen(ModalScreen[None]):
    """Shows a help page on top of the screen that it belongs to."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,question_mark,enter", "dismiss")]

    def __init__(self, sections: Sequence[Section]) -> None:
        super().__init__()
        self._sections = sections

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield Static(help_text(self._sections, palette_of(self.app)), markup=False)
