"""All keys, and the filter's language, on one screen."""

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from clients.monitor.fields import FIELDS
from clients.monitor.palette import DARK, LIGHT, Palette, style

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
    ("K", "kick the marked ones, or the one under the cursor"),
    ("A", "announce on the servers of the marked, or all"),
    ("e", "export what is shown, as JSON or CSV"),
    ("Ctrl-P", "all commands; among them colours for a bright room"),
    ("q", "quit"),
)
FILTERS = (
    ("srv:chat peer:127.", "both must hold"),
    ("outq>64k", "64,000 bytes waiting; k M G, for times s m h d"),
    ("!user:bob", "not those"),
    ("ann", "in any text"),
)


def help_text(colors: Palette) -> Text:
    """The whole page."""
    text = Text()
    for title, entries in (("Keys", KEYS), ("Filter", FILTERS), ("Fields", _fields())):
        text.append(f"{title}\n", style(colors.accent, bold=True))
        for left, right in entries:
            text.append(f"  {left:<20}", style(colors.text, bold=True))
            text.append(f"{right}\n", style(colors.dim))
    return text


def _fields() -> tuple[tuple[str, str], ...]:
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

    def compose(self) -> ComposeResult:
        """The page."""
        with VerticalScroll():
            yield Static(help_text(DARK if self.app.current_theme.dark else LIGHT), markup=False)
