"""What one has heard, so that of a history only the rest is told: what was said while one was out.

A server tells only its last lines, and times in whole seconds on its own clock; so lines are told apart by
all that they have, and counted.
"""

from collections import Counter, deque
from collections.abc import Iterable

from core.formats.chat_events import Event, fold

REMEMBERED = 200

Key = tuple[float, str, str]
OWN = -1.0
"""In place of the time of a line of one's own, which only the server knows."""


class SeenMessages:
    """The last lines heard and said, and up to when, on the server's clock, everything was heard."""

    def __init__(self) -> None:
        self._lines: deque[Key] = deque(maxlen=REMEMBERED)
        self._now = 0.0
        self._heard_until: float | None = None

    def note(self, event: Event) -> None:
        """It was heard."""
        self._now = event.time
        if event.kind == "said":
            self._lines.append(_key(event))

    def note_own(self, name: str, text: str) -> None:
        """It was said by oneself."""
        self._lines.append((OWN, fold(name), text))

    def stop(self) -> None:
        """From now on nothing is heard, until `missed` tells of it."""
        if self._heard_until is None:
            self._heard_until = self._now

    def missed(self, history: Iterable[Event]) -> tuple[Event, ...]:
        """What of it one has not heard."""
        since, self._heard_until = self._heard_until or 0.0, None
        heard = Counter(self._lines)
        found = []
        for event in history:
            keys = [key for key in (_key(event), _key(event, OWN)) if heard[key]]
            if keys:
                heard[keys[0]] -= 1
            elif event.time >= since:
                found.append(event)
        return tuple(found)


def _key(event: Event, time: float | None = None) -> Key:
    return (event.time if time is None else time, fold(event.name), event.text)
