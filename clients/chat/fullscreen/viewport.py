"""Which part of the log is seen: the end of it, or a place that stays where it is whatever comes behind it.

A place is an entry and a row in it. So nothing depends on how many rows all entries together have, which
nobody counts: ten thousand entries cost no more than those that are seen, and when the width changes the
entry at the top is still the one at the top.
"""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Row = TypeVar("Row")


class Viewport(Generic[Row]):
    """A window of `height` rows on entries of which `rows_of(number)` tells the rows, at least one."""

    def __init__(self, rows_of: Callable[[int], Sequence[Row]]) -> None:
        self.first = 0
        self.end = 0
        """There are entries for `first` <= number < `end`."""
        self.top: tuple[int, int] | None = None
        """What stands in the first row; None while the last entry stays in sight."""
        self.seen = 0
        """All entries before this one were in sight."""
        self._rows_of = rows_of

    @property
    def is_at_end(self) -> bool:
        """What comes is seen."""
        return self.top is None

    @property
    def unseen(self) -> int:
        """How many entries came while one was looking further up."""
        return self.end - self.seen

    def rows(self, first: int, end: int, height: int) -> list[Row]:
        """What is seen, with the last row last; fewer than `height` only if there are no more."""
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
        """Up by so many rows if that is negative, else down."""
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
        """The oldest entry."""
        self.top = self.first, 0

    def to_end(self) -> None:
        """The newest, and any newer one."""
        self.top = None

    def _below(self, top: tuple[int, int], height: int) -> tuple[list[Row], tuple[int, int] | None]:
        """The rows from `top` on, and where that is now: at the end, if that is in sight."""
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
