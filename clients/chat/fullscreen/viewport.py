"""The visible part of the log: its end, or a position that does not move when entries are appended.

A position is an entry and a row in it. The total number of rows is never computed: the cost depends only on
the visible entries, and after a change of width the same entry is at the top.
"""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Row = TypeVar("Row")


class Viewport(Generic[Row]):
    """A window on numbered entries. `rows_of(number)` returns the rows of an entry, at least one."""

    def __init__(self, rows_of: Callable[[int], Sequence[Row]]) -> None:
        self.first = 0
        self.end = 0
        """The entries are those with `first` <= number < `end`."""
        self.top: tuple[int, int] | None = None
        """The entry, and the row of it, in the window's first row. None: the window follows the end."""
        self.seen = 0
        """The number of the first entry that was never visible."""
        self._rows_of = rows_of

    @property
    def is_at_end(self) -> bool:
        """Whether new entries are visible."""
        return self.top is None

    @property
    def unseen(self) -> int:
        """How many entries at the end were never visible."""
        return self.end - self.seen

    def rows(self, first: int, end: int, height: int) -> list[Row]:
        """The visible rows; fewer than `height` only if there are no more."""
        self.first, self.end = first, end
        found: list[Row] = []
        if self.top is not None:
            self.top = max(self.top, (first, 0))
            found, self.top = self._below(self.top, height)
        if self.top is None:
            self.seen = end
            found = self._last(height)
        return found

    def scroll(self, rows: int, height: int) -> None:
        """Move down by `rows`, or up if negative."""
        number, row = self.top or self._top_at_end(height)
        row += rows
        while row < 0 and number > self.first:
            number -= 1
            row += len(self._rows_of(number))
        while number < self.end and row >= (count := len(self._rows_of(number))):
            row -= count
            number += 1
        self.top = number, max(0, row)

    def to_start(self) -> None:
        """Move to the oldest entry."""
        self.top = self.first, 0

    def to_end(self) -> None:
        """Move to the newest entry, and follow the end."""
        self.top = None

    def _below(self, top: tuple[int, int], height: int) -> tuple[list[Row], tuple[int, int] | None]:
        """The rows from `top` on, and the new top: None if the end is visible."""
        number, row = top
        found: list[Row] = []
        while number < self.end:
            rows = self._rows_of(number)
            if number == top[0]:
                row = min(row, len(rows) - 1)
                rows = rows[row:]
            if len(found) + len(rows) > height:
                found += rows[: height - len(found)]
                self.seen = max(self.seen, number)
                return found, (top[0], row)
            found += rows
            number += 1
        return found, None

    def _last(self, height: int) -> list[Row]:
        found: list[Row] = []
        number = self.end
        while number > self.first and len(found) < height:
            number -= 1
            found[:0] = self._rows_of(number)
        return found[max(0, len(found) - height) :]

    def _top_at_end(self, height: int) -> tuple[int, int]:
        number, left = self.end, height
        while number > self.first:
            number -= 1
            count = len(self._rows_of(number))
            if count >= left:
                return number, count - left
            left -= count
        return self.first, 0
