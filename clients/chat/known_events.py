"""The events that the user knows already: after a reconnection the server sends some of them once more."""

from collections import deque

from core.formats.chat_events import MAX_MISSED, Event
from core.formats.text import fold

REMEMBERED = 200


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


class OwnLines:
    """The last lines that the user has said. The server sends them to their author only as missed events."""

    def __init__(self) -> None:
        self._lines: deque[tuple[int, str, str]] = deque(maxlen=REMEMBERED)

    def record(self, number: int, name: str, text: str) -> None:
        """The line with this number was sent."""
        self._lines.append((number, fold(name), text))

    def pop(self, event: Event) -> int | None:
        """Forget the oldest line with the name and the text of `event`, and return its number."""
        for line in self._lines:
            if line[1:] == (fold(event.name), event.text):
                self._lines.remove(line)
                return line[0]
        return None
