"""The messages that the user has seen, so that after a reconnection only the missed ones are shown.

Events have sequence numbers, if the server is new enough. Otherwise:

The server sends only its last lines, with times in whole seconds on its own clock. So two lines are the same
if they agree in time, name and text, and equal lines are counted. The missed lines are those behind the last
known one: their times do not matter, because the server's clock can be set back.
"""

from collections import Counter, deque
from collections.abc import Iterable, Sequence

from core.formats.chat_events import MAX_MISSED, Event
from core.formats.text import fold

REMEMBERED = 200

Key = tuple[float, str, str]
OWN = -1.0
"""Stands for the time of the user's own line, which only the server knows."""


class SeenMessages:
    """The last lines received and sent, and the server's time of the last event before an interruption."""

    def __init__(self) -> None:
        self._lines: deque[Key] = deque(maxlen=REMEMBERED)
        self._last_event_at = 0.0
        self._stopped_at: float | None = None

    def record(self, event: Event) -> None:
        """The event was received."""
        self._last_event_at = event.time
        if event.kind == "said":
            self._lines.append(_key(event))
        lines = zip(event.lines, self._are_known(event.lines), strict=True)
        self._lines += [_key(line) for line, is_known in lines if not is_known]

    def record_own(self, name: str, text: str) -> None:
        """The user's own line was sent."""
        self._lines.append((OWN, fold(name), text))

    def is_own(self, event: Event) -> bool:
        """Whether it is a line that `record_own` has recorded. It is then forgotten."""
        key = _key(event, OWN)
        if key not in self._lines:
            return False
        self._lines.remove(key)
        return True

    def stop(self) -> None:
        """The connection is lost. If it was lost before and `missed` was not called since, do nothing."""
        if self._stopped_at is None:
            self._stopped_at = self._last_event_at

    def missed(self, history: Sequence[Event]) -> tuple[Event, ...]:
        """The lines of `history` that the user has not seen: those behind the last known line.

        If no line is known, times decide, unless the clock was set back since the connection was lost.
        """
        since, self._stopped_at = self._stopped_at or 0.0, None
        known = [number for number, is_known in enumerate(self._are_known(history), 1) if is_known]
        if known:
            return tuple(history[known[-1] :])
        is_set_back = self._last_event_at < since
        return tuple(line for line in history if is_set_back or line.time >= since)

    def _are_known(self, history: Iterable[Event]) -> list[bool]:
        """For each line, whether the user has seen or sent it. Each recorded line is found once."""
        seen = Counter(self._lines)
        found = []
        for event in history:
            keys = [key for key in (_key(event), _key(event, OWN)) if seen[key]]
            seen.subtract(keys[:1])
            found.append(bool(keys))
        return found


class SeenNumbers:
    """The sequence numbers of the events that the user has seen: the last ones, and the largest one."""

    def __init__(self) -> None:
        self.largest = 0
        self._seen: dict[int, None] = {}

    def record(self, number: int) -> bool:
        """Record the number of an event. Return whether the event is new. Number 0 means: it has none."""
        if number in self._seen:
            return False
        if number:
            self._seen[number] = None
            self.largest = max(self.largest, number)
        if len(self._seen) > 2 * MAX_MISSED:
            del self._seen[next(iter(self._seen))]
        return True


def _key(event: Event, time: float | None = None) -> Key:
    return (event.time if time is None else time, fold(event.name), event.text)
