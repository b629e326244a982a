"""All keys, and the filter's language, on one screen."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from clients.monitor.sessions.fields import FIELDS
from clients.monitor.widgets.palette import DARK, LIGHT, Palette, style

Entries = tuple[tuple[str, str], ...]
Section = tuple[str, Entries]
"""A title, and below it what is on the left and what that means."""

KEYS = (
    ("1 2 3 4", "Sessions, Servers, Reactor, Events"),
    ("↑ ↓ PgUp PgDn", "move; also j and k, Home and End"),
    ("Enter", "the session's detail, and away again"),
    ("w", "its wire: what passes, byte for byte"),
    ("/", "filter; Enter keeps it, Escape goes back"),
    ("\\", "filter off and on"),
    ("< >", "sort by another column"),
    ("r", "the other way round"),
    ("f", "follow the newest session"),
    ("p", "pause: what is shown stands still"),
    ("Space", "mark a session"),
    ("K", "kick the marked, or the one under the cursor"),
    ("A", "announce on the servers of the marked, or all"),
    ("e", "export what is shown, as JSON or CSV"),
    ("Ctrl-P", "all commands; colours for a bright room"),
    ("q", "quit"),
)
FILTERS = (
    ("srv:chat peer:127.", "both must hold"),
    ("outq>64k", "64,000 bytes waiting; k M G, for times s m h d"),
    ("!user:bob", "not those"),
    ("ann", "in any text"),
)


WIRE_KEYS = (
    ("x", "hex as xxd prints it, or text"),
    ("i", "only → in: what the server read"),
    ("o", "only ← out: what it wrote"),
    ("b", "both"),
    ("↑ ↓ PgUp PgDn", "move; also j and k, Home and End"),
    ("Escape", "back; also q and w"),
)
WIRE_SIGNS = (
    ("10:00:00.250", "when it passed, where there is room for it"),
    ("+0.250", "the delta: seconds since the piece before"),
    ("→ ←", "in, out: where a read or a write begins"),
    ("␍␊ ␛", "what cannot be seen: a line's end, ESC"),
)
WIRE_HELP: tuple[Section, ...] = (("Keys", WIRE_KEYS), ("What is shown", WIRE_SIGNS))


def main_help(readonly: bool) -> tuple[Section, ...]:
    """Of the main screen."""
    keys = tuple(entry for entry in KEYS if not (readonly and entry[0] in ("K", "A")))
    return ("Keys", keys), ("Filter", FILTERS), ("Fields", _fields())


def help_text(sections: Sequence[Section], colors: Palette) -> Text:
    """The whole page."""
    text, room = Text(), max(len(left) for _, entries in sections for left, _ in entries) + 2
    for title, entries in sections:
        text.append(f"{title}\n", style(colors.accent, bold=True))
        for left, right in entries:
            text.append(f"  {left:<{room}}", style(colors.text, bold=True))
            text.append(f"{right}\n", style(colors.dim))
    return text


def _fields() -> Entries:
    return tuple((" ".join((field.name, *field.aliases)), field.meaning) for field in FIELDS)


class HelpScreen(ModalScreen[None]):
    """Any of the usual keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,question_mark,enter", "dismiss")]
    DEFAULT_CSS = """
    HelpScreen { align: center middle; background: $background 70%; }
    HelpScreen VerticalScroll { width: 84; max-width: 98%; height: auto; max-height: 96%; padding: 0 2;
        background: $panel; border: round $accent; }
    HelpScreen Static { height: auto; }
    """

    def __init__(self, sections: Sequence[Section]) -> None:
        super().__init__()
        self._sections = sections

    def compose(self) -> ComposeResult:
        """The page."""
        with VerticalScroll():
            colors = DARK if self.app.current_theme.dark else LIGHT
            yield Static(help_text(self._sections, colors), markup=False)
