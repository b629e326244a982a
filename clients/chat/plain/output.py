"""prompt_toolkit's output, in two kinds: with escape sequences, or with carriage returns and spaces only.

Both can print text above the line that is being typed. The erased line, the text and the line drawn anew are
one write, so that the line does not flicker.
"""

import os
import sys
from collections.abc import Callable
from io import StringIO

from prompt_toolkit.data_structures import Size
from prompt_toolkit.output import DummyOutput
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.renderer import Renderer
from prompt_toolkit.utils import get_cwidth

ANY_SIZE = Size(rows=24, columns=80)
"""The size of a terminal whose size is unknown."""


def terminal_size() -> Size:
    """The current size of the terminal."""
    try:
        size = os.get_terminal_size(sys.stdout.fileno())
    except OSError:
        return ANY_SIZE
    return Size(rows=size.lines or ANY_SIZE.rows, columns=size.columns or ANY_SIZE.columns)


class EscapeOutput(Vt100_Output):
    """The output with escape sequences. While `is_erasing` is set, nothing is written."""

    is_erasing = False

    def __init__(self, write: Callable[[str], object]) -> None:
        # The question for the cursor's position is left out: its answer comes between the keys.
        super().__init__(StringIO(), terminal_size, term=os.environ.get("TERM"), enable_cpr=False)
        self._write = write

    def flush(self) -> None:
        """Write everything at once."""
        if not self.is_erasing and self._buffer:
            text, self._buffer = "".join(self._buffer), []
            self._write(text)

    def disable_bracketed_paste(self) -> None:
        """Not while a text is printed: a paste at this moment would be typed text, and sent."""
        if not self.is_erasing:
            super().disable_bracketed_paste()


class BareOutput(DummyOutput):
    """The output for NO_COLOR: one row, without any escape sequence or bell, written by `write`."""

    is_erasing = False

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write
        self._cells: list[str] = []  # one for each column; "" behind a wide character
        self._column = 0
        self._above = ""
        self._drawn: tuple[list[str], int] = ([], 0)

    def write(self, data: str) -> None:
        """Put a character, with its marks, at the cursor. A line end is not drawn."""
        if "\r" in data:
            self._column = 0
        else:
            width = max(1, get_cwidth(data))
            self._cells += [" "] * (self._column - len(self._cells))
            self._cells[self._column : self._column + width] = [data, *[""] * (width - 1)]
            self._column += width

    def write_raw(self, data: str) -> None:
        self._above += data

    def erase_end_of_line(self) -> None:
        del self._cells[self._column :]

    erase_down = erase_end_of_line

    def cursor_forward(self, amount: int) -> None:
        self._column += amount

    def cursor_backward(self, amount: int) -> None:
        self._column = max(0, self._column - amount)

    def get_size(self) -> Size:
        return Size(rows=1, columns=terminal_size().columns)

    def flush(self) -> None:
        """Draw the row, if anything has changed."""
        now = self._cells[:], self._column
        if not self.is_erasing and (self._above or now != self._drawn):
            above, self._above = self._above, ""
            behind = "".join(self._cells[: self._column])
            blanks = " " * len(self._drawn[0])
            self._drawn = now
            self._write(f"\r{blanks}\r{above}{''.join(self._cells)}\r{behind}")


def print_above(output: EscapeOutput | BareOutput, renderer: Renderer, text: str) -> None:
    """Write `text` where the line was. The next drawing of `renderer` writes all."""
    output.is_erasing = True
    renderer.erase()
    output.is_erasing = False
    output.write_raw(text)
