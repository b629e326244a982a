"""Who is in the chat, told from its events: in order of arrival, and when each was last heard.

The protocol knows nobody as away, so away is who has said nothing for a while. Whom one ignores is nobody
else's business either: the server is not told, and it holds on the next connection too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.formats.chat_events import COMMANDS, Event, fold

AWAY_AFTER = 600.0
"""Seconds of silence."""

OFFERED = sorted(["/ignore", *(command.name for command in COMMANDS.values() if not command.sets_style)])
"""The commands that Tab completes. `/ignore` is the client's own, the others are the server's."""

SPOKEN = ("said", "action", "private")


@dataclass(slots=True)
class Person:
    """Somebody here. Times are Unix seconds of this machine; `spoke` is 0 for who has said nothing yet."""

    name: str
    came: float
    spoke: float = 0.0


class People:
    """Who is here, and who is `ignored`. Case and spelling of a name make no difference."""

    def __init__(self) -> None:
        self._here: dict[str, Person] = {}
        self._ignored: dict[str, str] = {}

    def on_event(self, event: Event, now: float) -> None:
        """Note what it tells of who is here."""
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
                self._rename(event.name, event.to)
            case "said" | "action" | "private":
                self._here.setdefault(fold(event.name), Person(event.name, now)).spoke = now

    def _rename(self, name: str, to: str) -> None:
        """They keep their place, and whether they are ignored."""
        old, new = fold(name), fold(to)
        for person in self._here.values():
            if fold(person.name) == old:
                person.name = to
        self._here = {fold(person.name): person for person in self._here.values()}
        if old in self._ignored:
            del self._ignored[old]
            self._ignored[new] = to

    # --- who is here

    def names(self) -> list[str]:
        """Everybody, oneself included, in order of arrival."""
        return [person.name for person in self._here.values()]

    def quiet_for(self, name: str, now: float) -> float:
        """Seconds since they said something, or came; 0.0 for who is not here."""
        person = self._here.get(fold(name))
        return max(0.0, now - max(person.came, person.spoke)) if person else 0.0

    def is_away(self, name: str, now: float) -> bool:
        """They have said nothing for AWAY_AFTER seconds."""
        return self.quiet_for(name, now) >= AWAY_AFTER

    def candidates(self, prefix: str, me: str = "") -> list[str]:
        """What Tab offers for `prefix`: commands, or names but `me`, who spoke last first."""
        if prefix.startswith("/"):
            return [command for command in OFFERED if command.startswith(prefix.lower())]
        others = [person for key, person in self._here.items() if key != fold(me)]
        others.sort(key=lambda person: -person.spoke)  # stable: then in order of arrival
        return [person.name for person in others if fold(person.name).startswith(fold(prefix))]

    # --- who is ignored

    @property
    def ignored(self) -> Sequence[str]:
        """Their names, as they were last spelled."""
        return list(self._ignored.values())

    def ignore(self, name: str) -> bool:
        """Ignore `name`, or do so no longer. Whether they are ignored now."""
        if self._ignored.pop(fold(name), None) is not None:
            return False
        person = self._here.get(fold(name))
        self._ignored[fold(name)] = person.name if person else name
        return True

    def is_ignored(self, name: str) -> bool:
        """Nothing that they say is shown."""
        return fold(name) in self._ignored

    def without_ignored(self, event: Event) -> Event | None:
        """`event` without what ignored people said; None if nothing is left."""
        if event.kind in SPOKEN and self.is_ignored(event.name):
            return None
        if event.lines and self._ignored:
            return replace(event, lines=tuple(e for e in event.lines if not self.is_ignored(e.name)))
        return event
