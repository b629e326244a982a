"""The dialogs on top of a screen: help, columns, commands, the confirmation of a kick, and a cover.

The TooSmallScreen covers all others while the terminal is too small, so that no key acts on hidden data.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import ClassVar

from textual import on
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from clients.monitor.screens import keys
from clients.monitor.sessions.columns import ALL, COLUMNS
from clients.monitor.sessions.fields import FIELDS
from clients.monitor.sessions.server import SessionRow
from clients.monitor.widgets.palette import Line
from clients.units import plural
from core.formats.text import fold

SMALLEST = (50, 10)
"""Columns and lines of a terminal."""

MAX_NAMED = 8
"""Sessions that the confirmation names."""

Section = tuple[str, Sequence[tuple[str, str]]]
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


class HelpScreen(ModalScreen[None]):
    """Shows `sections`, with all terms in one column."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,question_mark,enter", "dismiss")]

    def __init__(self, *sections: Section) -> None:
        super().__init__()
        self._sections = sections

    def compose(self) -> ComposeResult:
        width = max(len(term) for _, entries in self._sections for term, _ in entries) + 2
        line: list[tuple[str, str]] = []
        for title, entries in self._sections:
            line.append((f"{title}\n", "bold $accent"))
            for term, meaning in entries:
                line += [(f"  {term:<{width}}", "bold"), (f"{meaning}\n", "$dim")]
        with VerticalScroll():
            yield Static(Content.assemble(*line))


def main_help(readonly: bool) -> HelpScreen:
    """The help of the main screen."""
    fields = [(" ".join((field.name, *field.aliases)), field.meaning) for field in FIELDS]
    return HelpScreen(
        ("Keys", _entries(keys.allowed(keys.MAIN, readonly))), ("Filter", FILTERS), ("Fields", fields)
    )


def wire_help() -> HelpScreen:
    """The help of the wire screen."""
    return HelpScreen(("Keys", _entries(keys.WIRE)), ("Signs", WIRE_SIGNS))


def _entries(table: Iterable[keys.Key]) -> Sequence[tuple[str, str]]:
    return [(entry.key, entry.help) for entry in table]


class KickScreen(ModalScreen[bool]):
    """Asks whether to kick `sessions`, of which the filter hides `hidden`. Its result is the answer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "dismiss(True)"),
        Binding("n,escape,q", "dismiss(False)"),
    ]

    def __init__(self, sessions: Sequence[SessionRow], hidden: int) -> None:
        super().__init__()
        self._sessions = sessions
        self._hidden = hidden

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield Static(Content("\n").join(Content.assemble(*line) for line in self._lines()))

    def _lines(self) -> list[Line]:
        count = len(self._sessions)
        lines = [
            [(f"Kick {plural(count, 'session')}?", "bold $error")],
            [("y", "bold $accent"), (" kick  ", "$dim"), ("n", "bold $accent"), (" cancel", "$dim")],
            (),
        ]
        for session in self._sessions[:MAX_NAMED]:
            row = session.row
            user = f"{row.user}  " if row.user else ""
            lines.append([(f"  {row.service} #{row.id}  ", "$accent"), (user, "bold"), (row.peer, "$dim")])
        if count > MAX_NAMED:
            lines.append([(f"  and {count - MAX_NAMED:,} more", "")])
        if self._hidden:
            lines += [(), [(f"The filter hides {self._hidden:,} of them.", "bold $warning")]]
        return lines


class ColumnsScreen(ModalScreen[Collection[str]]):
    """Lets the user choose columns. Its result is their names; none means the usual ones.

    Textual's SelectionList would show by colour alone which ones are chosen.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,c", "close"), Binding("space", "choose")]

    def __init__(self, chosen: Collection[str]) -> None:
        super().__init__()
        self._chosen = set(chosen)
        self._list = OptionList(*[self._option(index) for index in range(len(ALL))], compact=True)

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static("Columns: Space chooses, Escape goes back")
            yield self._list

    def _option(self, index: int) -> Content:
        field = COLUMNS[index].field
        mark = "×" if field.name in self._chosen else " "
        return Content(f"[{mark}] {field.name:<10}{field.meaning}")

    @on(OptionList.OptionSelected)
    def _toggle(self, event: OptionList.OptionSelected) -> None:
        self._chosen ^= {ALL[event.option_index]}
        self._list.replace_option_prompt_at_index(event.option_index, self._option(event.option_index))

    def action_choose(self) -> None:
        """Choose the column under the cursor, or no longer."""
        self._list.action_select()

    def action_close(self) -> None:
        """Close the dialog with the chosen columns."""
        self.dismiss(self._chosen)


class CommandScreen(ModalScreen[str]):
    """Lets the user choose one of `commands`, which are names, helps and actions. Its result is the action.

    Textual's own palette ends the program at a second Enter, and at a triple click (its issue 6308).
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+p", "dismiss", priority=True),
        Binding("enter", "choose", priority=True),
        Binding("up", "move('up')"),
        Binding("down", "move('down')"),
    ]

    def __init__(self, commands: Sequence[tuple[str, str, str]]) -> None:
        super().__init__()
        self._commands = commands
        self._list = OptionList(compact=True)
        self._list.can_focus = False

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Input(placeholder="search for a command", compact=True)
            yield self._list

    def on_mount(self) -> None:
        self._search("")

    @on(Input.Changed)
    def _on_typed(self, event: Input.Changed) -> None:
        self._search(event.value)

    def _search(self, text: str) -> None:
        """Show the commands that have all words of `text`."""
        self._list.clear_options()
        for name, help, action in self._commands:
            if all(word in fold(f"{name} {help}") for word in fold(text).split()):
                line = Content.assemble((f"{name:<15}", "bold"), (help, "$dim"))
                self._list.add_option(Option(line, id=action))
        self._list.action_first()

    def action_move(self, direction: str) -> None:
        """Highlight the next command `up` or `down`."""
        if direction == "up":
            self._list.action_cursor_up()
        else:
            self._list.action_cursor_down()

    def action_choose(self) -> None:
        """Close the dialog with the highlighted command."""
        option = self._list.highlighted_option
        self.dismiss(option.id if option else None)

    @on(OptionList.OptionSelected)
    def _on_clicked(self, event: OptionList.OptionSelected) -> None:
        if self.is_current:  # a second click may come after the end
            self.dismiss(event.option.id)


class TooSmallScreen(Screen[None]):
    """Shows the size of the terminal, and which one is needed."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q", "app.quit")]

    def render(self) -> str:
        width, height = self.app.size
        return f"{width}×{height} is too small: {SMALLEST[0]}×{SMALLEST[1]} is needed"

    def on_resize(self) -> None:
        cover_if_too_small(self.app)


def cover_if_too_small(app: App[None]) -> None:
    """Show the TooSmallScreen if the terminal is too small, and remove it if it is not."""
    is_small = app.size.width < SMALLEST[0] or app.size.height < SMALLEST[1]
    is_covered = isinstance(app.screen, TooSmallScreen)
    if is_small and not is_covered:
        app.push_screen(TooSmallScreen())
    elif is_covered and not is_small:
        app.pop_screen()
