"""Prints lines above the line that is being typed, without disturbing it.

All messages of a turn are drawn together at its end: a thousand cost no more redrawing than one. A carriage
return and spaces are enough, for terminals that must not get escape sequences (`NO_COLOR`). With escape
sequences there is also a bell, and nothing remains on the screen when the terminal becomes narrower.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable

from clients.chat.editing.cells import layout, width
from clients.chat.editing.editor import Editor

CLEAR_BELOW, CLEAR_ALL = "\x1b[J", "\x1b[H\x1b[2J"
WRAP_OFF, WRAP_ON = "\x1b[?7l", "\x1b[?7h"  # should a terminal find a letter wider than we do
BELL = "\a"


class Screen(ABC):
    """The place where lines are printed. `prompt` stands before the typed line."""

    prompt = ""

    @abstractmethod
    def print(self, *lines: str) -> None:
        """Print `lines` above the typed line."""

    def ring(self) -> None:
        """Call the user's attention."""

    def draw(self, anew: bool = False) -> None:
        """Show the line that is being typed as it is now; `anew` with nothing else on the screen."""


class DumbScreen(Screen):
    """Prints, and that is all: the terminal itself shows what is typed."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show

    def print(self, *lines: str) -> None:
        self._show("".join(line + "\n" for line in lines))


class EditorScreen(Screen):
    """The rows of a terminal to which `show` writes; the last one has the line in `editor`.

    `later(f)` calls `f` at the end of the turn. With `escapes` the terminal may be sent escape sequences.
    """

    def __init__(
        self,
        editor: Editor,
        show: Callable[[str], None],
        columns: Callable[[], int],
        later: Callable[[Callable[[], None]], object],
        escapes: bool = False,
    ) -> None:
        self._editor = editor
        self._show = show
        self._columns = columns
        self._later = later
        self._escapes = escapes
        self._is_due = False
        self._shown = False
        self._to_print: list[str] = []
        self._before = ""  # sent before the next drawing
        self._drawn = (0, 0)  # columns of the row with the editor, and those before its cursor

    def print(self, *lines: str) -> None:
        """Put `lines` above the one that is being typed, at the end of the turn."""
        self._to_print += lines
        self.draw()

    def ring(self) -> None:
        """A bell is a control character."""
        if self._escapes:
            self._before = BELL
            self.draw()

    def draw(self, anew: bool = False) -> None:
        """Schedule a drawing at the end of the turn."""
        if anew and self._escapes:
            self._before, self._drawn = CLEAR_ALL, (0, 0)
        if not self._is_due:
            self._is_due = True
            self._later(self._draw)

    def show(self) -> None:
        """From now on there is a row to type in."""
        self._shown = True
        self.draw()

    def hide(self) -> None:
        """Print all pending lines, and leave the last row empty until `show`."""
        self._shown = False
        self._draw()

    def _draw(self) -> None:
        self._is_due = False
        before, self._before = self._before, ""
        lines, self._to_print = self._to_print, []
        text = before + self._blank() + "".join(line + "\n" for line in lines)
        self._show(text + (self._row() if self._shown else ""))

    def _blank(self) -> str:
        """Go to the start of the row, and empty it. A narrower terminal may have made several of it."""
        (drawn, cursor), self._drawn = self._drawn, (0, 0)
        columns = self._columns()
        if not self._escapes:
            return "\r" + " " * min(drawn, columns - 1) + "\r" if drawn else ""
        up = cursor // columns if drawn > columns else 0
        return (f"\x1b[{up}A" if up else "") + "\r" + CLEAR_BELOW

    def _row(self) -> str:
        prompt, text, cursor = self.prompt, self._editor.text, self._editor.cursor
        if self._editor.asks:
            count = len(self._editor.asks)
            prompt, text = "", f"A paste of {count} lines: Enter says them, Esc drops them "
            cursor = len(text)
        row, behind = layout(prompt, text, cursor, self._columns())
        self._drawn = width(row), width(behind)
        if not self._escapes:
            return f"{row}\r{behind}"
        return f"{WRAP_OFF}{row}\r{behind}{WRAP_ON}"
