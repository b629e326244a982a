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
        top_at_end = self._top_at_end(height)
        if self.top is not None:
            number, row = max(self.top, (first, 0))
            if number < end:  # after a change of width the entry may have fewer rows
                row = min(row, len(self._rows_of(number)) - 1)
            self.top = (number, row) if (number, row) < top_at_end else None
        number, row = self.top or top_at_end
        found: list[Row] = []
        while number < end:
            rows = self._rows_of(number)[row:]
            room = height - len(found)
            found += rows[:room]
            if len(rows) > room:
                break
            number, row = number + 1, 0
        self.seen = max(self.seen, number)
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

    def to_end(self) -> None:
        """Move to the newest entry, and follow the end."""
        self.top = None

    def _top_at_end(self, height: int) -> tuple[int, int]:
        """The position of the first row when the window is at the end."""
        number, left = self.end, height
        while number > self.first:
            number -= 1
            count = len(self._rows_of(number))
            if count >= left:
                return number, count - left
            left -= count
        return self.first, 0
