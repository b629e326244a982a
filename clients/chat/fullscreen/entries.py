"""The conversation as it is kept: light entries, numbered for ever, the oldest of which are let go.

An entry is a line, a rule across the log, or all who came and went in one minute. Whoever shows them knows
each by its number, which stays the same when others before it are gone; so a place in the log is a number
too, and costs nothing to keep.
"""

from dataclasses import replace
from datetime import datetime

from clients.chat import rendering
from clients.chat.rendering import StyledLine

KEPT = 10_000
SPARE = 500
"""The oldest go by so many at a time."""

MINUTE = 60
MOST_NAMED = 20


class Rule:
    """A heading across the log."""

    __slots__ = ("text", "time")

    def __init__(self, time: float, text: str) -> None:
        self.time = time
        self.text = text


class JoinsAndLeaves:
    """Those who joined and left within one minute, in one line."""

    __slots__ = ("_of", "time")

    WORDS = (("joined", "→", "joined"), ("left", "←", "left"), ("went", "", "came and went"))

    def __init__(self, time: float) -> None:
        self.time = time
        self._of: dict[str, str] = {}

    def takes(self, time: float) -> bool:
        """It is the same minute."""
        return int(time) // MINUTE == int(self.time) // MINUTE

    def note(self, kind: str, name: str) -> None:
        """`name` has joined or left."""
        was = self._of.get(name)
        if kind == "left":
            self._of[name] = "went" if was == "joined" else "left"
        else:
            self._of[name] = {"left": "back", "back": "back"}.get(was or "", "joined")

    @property
    def text(self) -> str:
        """`→ ann, bob joined · ← carl left`."""
        said = []
        for state, arrow, words in (*self.WORDS, ("back", "", "left and came back")):
            names = [name for name, now in self._of.items() if now == state]
            if len(names) > MOST_NAMED:
                names[MOST_NAMED:] = [f"{len(names) - MOST_NAMED} more"]
            if names:
                said.append(f"{arrow} {', '.join(names)} {words}".lstrip())
        return " · ".join(said)


Entry = StyledLine | Rule | JoinsAndLeaves


class Entries:
    """Entry `number` is there for `first` <= number < `end`."""

    def __init__(self, kept: int = KEPT) -> None:
        self.first = 0
        self.mark: int | None = None
        """The first entry that was not read when somebody looked away."""
        self._kept = kept
        self._entries: list[Entry] = []
        self._day: tuple[int, int] | None = None  # year, and day in it

    @property
    def end(self) -> int:
        """The number of the next entry."""
        return self.first + len(self._entries)

    def __getitem__(self, number: int) -> Entry:
        return self._entries[number - self.first]

    def add(self, line: StyledLine) -> int:
        """Its number. A line of another day than the one before has the day above it."""
        self._turn_day(line.time)
        return self._append(line)

    def add_rule(self, time: float, text: str) -> None:
        """Draw a line with `text` in it."""
        self._turn_day(time)
        self._append(Rule(time, text))

    def add_join_or_leave(self, time: float, kind: str, name: str) -> None:
        """Somebody `joined` or `left`."""
        last = self._entries[-1] if self._entries else None
        if not (isinstance(last, JoinsAndLeaves) and last.takes(time)) or self.mark == self.end:
            self._turn_day(time)
            last = JoinsAndLeaves(time)
            self._append(last)
        last.note(kind, name)

    def is_sent(self, number: int) -> None:
        """The line `number`, which waited, has gone out."""
        if number >= self.first:
            line = self[number]
            if isinstance(line, StyledLine):
                text = line.text.removesuffix(f" {rendering.NOT_SENT}")
                self._entries[number - self.first] = replace(line, text=text)

    def _turn_day(self, time: float) -> None:
        moment = datetime.fromtimestamp(time).timetuple()
        day = moment.tm_year, moment.tm_yday
        if day != self._day:
            self._day = day
            self._append(Rule(time, rendering.day(time).text))

    def _append(self, entry: Entry) -> int:
        self._entries.append(entry)
        if len(self._entries) > self._kept + SPARE:
            del self._entries[:SPARE]
            self.first += SPARE
        return self.end - 1
