"""The log as it is kept: entries with numbers that never change. The oldest entries are dropped.

An entry is a line, or all joins and leaves of one minute. A view refers to an entry by
its number, which stays valid when older entries are dropped.
"""

from dataclasses import replace
from typing import ClassVar

from clients.chat.rendering import Delivery, Role, StyledLine, day_line, local_date

KEPT = 10_000
SPARE = 500
"""The number of entries that are dropped at a time."""

MINUTE = 60
MOST_NAMED = 20


class JoinsAndLeaves:
    """All joins and leaves of one minute, shown in one line."""

    __slots__ = ("_changes", "time")

    TEXTS: ClassVar = {
        (Role.JOINED, Role.JOINED): "→ {} joined",
        (Role.LEFT, Role.LEFT): "← {} left",
        (Role.JOINED, Role.LEFT): "{} came and went",
        (Role.LEFT, Role.JOINED): "{} left and came back",
    }

    def __init__(self, time: float) -> None:
        self.time = time
        self._changes: dict[str, tuple[Role, Role]] = {}  # of each name, the first and the last one

    def record(self, role: Role, name: str) -> None:
        """`name` has joined or left."""
        first, _ = self._changes.get(name, (role, role))
        self._changes[name] = first, role

    @property
    def text(self) -> str:
        """The line, as `→ ann, bob joined · ← carl left`."""
        parts = []
        for changes, text in self.TEXTS.items():
            names = [name for name, each in self._changes.items() if each == changes]
            if len(names) > MOST_NAMED:
                names[MOST_NAMED:] = [f"{len(names) - MOST_NAMED} more"]
            if names:
                parts.append(text.format(", ".join(names)))
        return " · ".join(parts)


Entry = StyledLine | JoinsAndLeaves


class Entries:
    """The entries, with the numbers `first` <= number < `end`."""

    def __init__(self, kept: int = KEPT) -> None:
        self.first = 0
        self.mark: int | None = None
        """The number of the first unread entry since the user stopped reading, or None."""
        self._kept = kept
        self._entries: list[Entry] = []
        self._date = ""

    @property
    def end(self) -> int:
        """The number of the next entry."""
        return self.first + len(self._entries)

    def __getitem__(self, number: int) -> Entry:
        return self._entries[number - self.first]

    def add(self, line: StyledLine) -> int:
        """Append `line` and return its number. If a new day begins, append its heading first."""
        if line.role in (Role.JOINED, Role.LEFT):
            return self._add_join_or_leave(line)
        self._add_day(line.time)
        return self._append(line)

    def set_delivery(self, number: int, delivery: Delivery) -> None:
        """The line of entry `number` has come so far. The entry may be gone."""
        if number >= self.first and isinstance(line := self[number], StyledLine):
            self._entries[number - self.first] = replace(line, delivery=delivery)

    def _add_join_or_leave(self, line: StyledLine) -> int:
        last = self._entries[-1] if self._entries else None
        minute = line.time // MINUTE
        if not isinstance(last, JoinsAndLeaves) or last.time // MINUTE != minute or self.mark == self.end:
            self._add_day(line.time)
            last = JoinsAndLeaves(line.time)
            self._append(last)
        last.record(line.role, line.name)
        return self.end - 1

    def _add_day(self, time: float) -> None:
        if (date := local_date(time)) != self._date:
            self._date = date
            self._append(day_line(time))

    def _append(self, entry: Entry) -> int:
        self._entries.append(entry)
        if len(self._entries) > self._kept + SPARE:
            del self._entries[:SPARE]
            self.first += SPARE
        return self.end - 1
