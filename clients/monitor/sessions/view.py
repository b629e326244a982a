"""Which lines are shown, in which order, and where the cursor is: all that a key can change about a table.

The cursor stands on a session and not on a place: it goes along when the order changes, waits where it was
while the filter hides its session, and is there again when the session is. Only when its session has ended
it takes to another, the one that is now where it stood.
"""

from copy import copy

from clients.monitor.sessions.fields import ID, Field
from clients.monitor.sessions.model import Model, Now
from clients.monitor.sessions.query import Predicate, parse
from clients.monitor.sessions.server import SessionRow

EVERYTHING = parse("")
Key = tuple[str, int]


class View:
    """A way of looking at a Model."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.lines: list[SessionRow] = []
        self.now: Now = model.now()
        self.filter = ""
        self.problem = ""
        self.is_filtering = True
        self.sort: Field | None = None
        self.reverse = False
        self.follows = False
        self.paused = False
        self.marks: set[Key] = set()
        self.index = 0
        self.held: SessionRow | None = None  # the cursor's session, which the filter may hide at the moment
        self.ended: SessionRow | None = None  # the one that it was put on, if that is over
        self._cursor: Key | None = None  # what it stands on
        self._was_put = False  # by somebody
        self._predicate: Predicate = EVERYTHING

    # --- what is shown

    def arrange(self) -> None:
        """FindFeeds again, unless paused."""
        if self.paused:
            return
        self.now = self.model.now()
        lines = list(self.model.lines())
        if self.marks:
            self.marks &= {line.key for line in lines}
        if self.is_filtering and self._predicate is not EVERYTHING:
            predicate, now = self._predicate, self.now
            lines = [line for line in lines if predicate(line, now)]
        if self.sort is not None:
            lines.sort(key=self.sort.sort_key(self.now), reverse=self.reverse)
        elif self.reverse:
            lines.reverse()
        self.lines = lines
        self._find_cursor()

    def _find_cursor(self) -> None:
        if self.follows and self.lines:
            newest = max(range(len(self.lines)), key=lambda index: self.lines[index].row.opened)
            self.move_to(newest)
            self.follows = True
            return
        if self.held is not None:
            found = self.held.server.lines.get(self.held.row.id)
            self.ended = self.ended or (self.held if found is None else None)
            self.held = found
        index = self._index_of(self.held.key if self.held else None)
        index = self._index_of(self._cursor) if index is None else index
        self._stand(self.index if index is None else index)
        self.held = self.held or self.current

    def _index_of(self, key: Key | None) -> int | None:
        return next((index for index, line in enumerate(self.lines) if line.key == key), None)

    def _stand(self, index: int) -> None:
        self.index = max(0, min(index, len(self.lines) - 1))
        self._cursor = self.current.key if self.current is not None else None

    # --- the cursor

    @property
    def current(self) -> SessionRow | None:
        """The session under the cursor."""
        return self.lines[self.index] if self.index < len(self.lines) else None

    def move_to(self, index: int) -> None:
        """Put the cursor on the session at `index`, or on the nearest; it follows no newcomer any more."""
        self.follows = False
        self._stand(index)
        self.hold()

    def hold(self) -> None:
        """What is under the cursor is what is meant."""
        self.held, self.ended, self._was_put = self.current, None, True

    # --- marks

    def mark(self) -> None:
        """Mark the session under the cursor, or no longer; and go on to the next."""
        if self.current is not None:
            self.marks ^= {self.current.key}
            self.move_to(self.index + 1)

    def chosen(self) -> list[SessionRow]:
        """The marked sessions, also those that the filter hides; without any the one under the cursor."""
        if self.marks:
            return [line for line in self.model.lines() if line.key in self.marks]
        return [self.current] if self.current is not None else []

    # --- filter and order

    def toggle_pause(self) -> None:
        """Have what is shown stand still, or go on."""
        self.paused = not self.paused
        if self.paused:
            self.lines = [copy(line) for line in self.lines]
            self.held = copy(self.held)

    def set_filter(self, text: str) -> None:
        """Show what `text` asks for from now on; while it makes no sense, what was asked for before."""
        self.filter = text
        self.is_filtering = True
        try:
            self._predicate = parse(text) if text.strip() else EVERYTHING
            self.problem = ""
        except ValueError as error:
            self.problem = str(error)

    def toggle_filter(self) -> None:
        """Show everything, or what the filter lets through."""
        self.is_filtering = not self.is_filtering

    def shift_sort(self, fields: list[Field], step: int) -> None:
        """Sort by the next of `fields`; before the first is the order of arrival."""
        choices: list[Field | None] = [None, *[field for field in fields if field is not ID]]
        here = choices.index(self.sort) if self.sort in choices else 0
        self.sort = choices[(here + step) % len(choices)]
        self._show_top()

    def turn_round(self) -> None:
        """The other way round."""
        self.reverse = not self.reverse
        self._show_top()

    def _show_top(self) -> None:
        """Who asks for another order wants to see who is first now; but a cursor that was put stays."""
        if not self._was_put:
            self.index, self.held, self._cursor = 0, None, None
