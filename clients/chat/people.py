"""The people in the chat, known from its events: in order of arrival, with the time of their last message.

The protocol has no "away" state, so a person who has said nothing for AWAY_AFTER seconds counts as away. The
ignored names are not sent to the server, and they outlive a connection.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from clients.chat.colors import Colors
from clients.chat.rendering import StyledLine
from core.formats.chat_events import CLIENT_COMMANDS, COMMANDS, Event
from core.formats.text import fold

AWAY_AFTER = 600.0
"""Seconds of silence."""

MOST_COLORS = 1000
"""So many names keep their colours; above it, only those of the people here."""

OFFERED = sorted([*CLIENT_COMMANDS, *(name for name, command in COMMANDS.items() if not command.sets_style)])
"""The commands that Tab completes."""

HIDDEN = ("said", "action", "private", "joined", "left", "renamed")
"""The kinds of events that are hidden if their author is ignored."""


@dataclass(slots=True)
class Person:
    """A person in the chat. Times are Unix seconds of this machine; `spoke` is 0 before the first message."""

    name: str
    came: float
    spoke: float = 0.0


class People:
    """The people in the chat and the ignored names. Names are compared in their folded form."""

    def __init__(self, palette: Colors) -> None:
        self.palette = palette
        self._here: dict[str, Person] = {}
        self._ignored: dict[str, str] = {}
        self._former: dict[str, tuple[str, float]] = {}  # of an ignored person: the name now, until when
        self._colors: dict[str, int] = {}

    def on_event(self, event: Event, now: float) -> None:
        """Update the list of people."""
        match event.kind:
            case "names":
                known = self._here
                named = {fold(name): name for name in event.names}
                self._here = {key: known.get(key) or Person(name, now) for key, name in named.items()}
            case "joined" | "welcome":
                self._here[fold(event.name)] = Person(event.name, now)
            case "left":
                self._here.pop(fold(event.name), None)
            case "renamed":
                self._rename(event.name, event.to, event.time)
            case "said" | "action" | "private":
                self._here.setdefault(fold(event.name), Person(event.name, now)).spoke = now

    def _rename(self, name: str, to: str, now: float) -> None:
        """Change a name. The order, the colour and the ignored people stay."""
        old, new = fold(name), fold(to)
        self._colors[new] = self.color(name)
        if old in self._here:
            self._here[old].name = to
        self._here = {fold(person.name): person for person in self._here.values()}
        if self._ignored.pop(old, None) is not None:
            self._ignored[new] = to
            self._former = {each: (new if of == old else of, at) for each, (of, at) in self._former.items()}
            self._former[old] = new, now

    # --- the people in the chat

    def names(self) -> list[str]:
        """All names, including the user's own, in order of arrival."""
        return [person.name for person in self._here.values()]

    def color(self, name: str) -> int:
        """The colour of `name`. It stays; a new name gets the colour that the fewest people here have."""
        key = fold(name)
        if key not in self._colors:
            if len(self._colors) >= MOST_COLORS:
                self._colors = {known: color for known, color in self._colors.items() if known in self._here}
            used = Counter(color for known, color in self._colors.items() if known in self._here)
            self._colors[key] = min(self.palette.preferred(name), key=lambda color: used[color])
        return self._colors[key]

    def colored(self, lines: Sequence[StyledLine]) -> list[StyledLine]:
        """`lines` with the colours of their speakers."""
        return [replace(line, color=self.color(line.name)) if line.name else line for line in lines]

    def quiet_for(self, name: str, now: float) -> float:
        """Seconds since the last message of `name`, or since its arrival; 0.0 if it is not in the chat."""
        person = self._here.get(fold(name))
        return max(0.0, now - max(person.came, person.spoke)) if person else 0.0

    def is_away(self, name: str, now: float) -> bool:
        """Whether `name` has said nothing for AWAY_AFTER seconds."""
        return self.quiet_for(name, now) >= AWAY_AFTER

    def candidates(self, prefix: str, me: str = "") -> list[str]:
        """The completions of `prefix`: commands, or all names but `me`, the last speaker first."""
        if prefix.startswith("/"):
            return [command for command in OFFERED if command.startswith(prefix.lower())]
        others = [person for key, person in self._here.items() if key != fold(me)]
        others.sort(key=lambda person: -person.spoke)  # stable: then in order of arrival
        return [person.name for person in others if fold(person.name).startswith(fold(prefix))]

    # --- the ignored names

    @property
    def ignored(self) -> Sequence[str]:
        """The ignored names, in their last spelling."""
        return list(self._ignored.values())

    def ignore(self, name: str) -> bool:
        """Ignore `name`, or stop ignoring it. Return whether it is ignored now."""
        if self._ignored.pop(fold(name), None) is not None:
            self._former = {old: (of, at) for old, (of, at) in self._former.items() if of != fold(name)}
            return False
        person = self._here.get(fold(name))
        self._ignored[fold(name)] = person.name if person else name
        return True

    def is_ignored(self, name: str) -> bool:
        """Whether the messages of `name` are hidden."""
        return fold(name) in self._ignored

    def hides(self, event: Event) -> bool:
        """Whether its author is ignored, by this name or, if it is older than a change, by a later name."""
        _, until = self._former.get(fold(event.name), ("", -1.0))
        return self.is_ignored(event.name) or event.time <= until

    def without_ignored(self, event: Event) -> Event | None:
        """`event` without the lines about ignored people, or None if it is one of these."""
        if event.kind in HIDDEN and self.hides(event):
            return None
        if event.lines and self._ignored:
            return replace(event, lines=tuple(line for line in event.lines if not self.hides(line)))
        return event
