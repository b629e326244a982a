"""The log as it is kept: entries with numbers that never change. The oldest entries are dropped.

All joins and leaves of one minute are one entry. A view refers to an entry by its number, which stays valid
when older entries are dropped. An entry that changes is replaced by another object.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from clients.chat.rendering import RULES, Delivery, Role, StyledLine, day_line, local_date

KEPT = 10_000
SPARE = 500
"""The number of entries that are dropped at a time."""

MINUTE = 60
MOST_NAMED = 20


class JoinsAndLeaves:
    """All joins and leaves of one minute, as one `line`: `→ ann, bob joined · ← carl left`."""

    TEXTS: ClassVar = {
        (Role.JOINED, Role.JOINED): "→ {} joined",
        (Role.LEFT, Role.LEFT): "← {} left",
        (Role.JOINED, Role.LEFT): "{} came and went",
        (Role.LEFT, Role.JOINED): "{} left and came back",
    }

    def __init__(self, time: float = 0.0) -> None:
        self.time = time
        self.line: StyledLine | None = None
        self._changes: dict[str, tuple[Role, Role]] = {}  # of each name, the first and the last one

    def record(self, line: StyledLine) -> StyledLine:
        """Add `line`, and return the line for all."""
        first, _ = self._changes.get(line.name, (line.role, line.role))
        self._changes[line.name] = first, line.role
        self.line = StyledLine(self.time, "", "", self._text(), Role.JOINED)
        return self.line

    def _text(self) -> str:
        parts = []
        for changes, text in self.TEXTS.items():
            names = [name for name, each in self._changes.items() if each == changes]
            if len(names) > MOST_NAMED:
                names[MOST_NAMED:] = [f"{len(names) - MOST_NAMED} more"]
            if names:
                parts.append(text.format(", ".join(names)))
        return " · ".join(parts)


class Entries:
    """The entries, with the numbers `first` <= number < `end`."""

    def __init__(self, kept: int = KEPT) -> None:
        self.first = 0
        self.mark: int | None = None
        """The number of the first unread entry since the user stopped reading, or None."""
        self._kept = kept
        self._entries: list[StyledLine] = []
        self._joins = JoinsAndLeaves()
        self._date = ""

    @property
    def end(self) -> int:
        """The number of the next entry."""
        return self.first + len(self._entries)

    def __getitem__(self, number: int) -> StyledLine:
        return self._entries[number - self.first]

    def add(self, line: StyledLine) -> int:
        """Append `line` and return its number. If a new day begins, append its heading first."""
        if line.role in (Role.JOINED, Role.LEFT):
            return self._add_join_or_leave(line)
        self._add_day(line.time)
        return self._append(line)

    def matches(self, pattern: re.Pattern[str]) -> list[int]:
        """The numbers of the entries in which `pattern` is found."""
        return self._numbers(lambda line: pattern.search(line.whole))

    def mentions(self) -> list[int]:
        """The numbers of the entries that mention the user."""
        return self._numbers(lambda line: line.mentions)

    def _numbers(self, is_meant: Callable[[StyledLine], object]) -> list[int]:
        lines = enumerate(self._entries, self.first)
        return [number for number, line in lines if line.role not in RULES and is_meant(line)]

    def set_delivery(self, number: int, delivery: Delivery) -> None:
        """Change the state of the line in entry `number`, if the entry still exists."""
        if number >= self.first:
            self._entries[number - self.first] = replace(self[number], delivery=delivery)

    def _add_join_or_leave(self, line: StyledLine) -> int:
        is_last = self._entries[-1:] == [self._joins.line] and self.mark != self.end
        if is_last and self._joins.time // MINUTE == line.time // MINUTE:
            self._entries[-1] = self._joins.record(line)
            return self.end - 1
        self._add_day(line.time)
        self._joins = JoinsAndLeaves(line.time)
        return self._append(self._joins.record(line))

    def _add_day(self, time: float) -> None:
        if (date := local_date(time)) != self._date:
            self._date = date
            self._append(day_line(time))

    def _append(self, entry: StyledLine) -> int:
        self._entries.append(entry)
        if len(self._entries) > self._kept + SPARE:
            del self._entries[:SPARE]
            self.first += SPARE
        return self.end - 1
