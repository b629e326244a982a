"""The user's choices for the table: filter, order, columns, marks, and the cursor.

The cursor belongs to a session, not to a position. It moves with its session when the order changes. While
the filter hides that session, the cursor stands on another one, and it returns when the session is visible
again. When the session has ended, the cursor stays on the session that is now in that position.
"""

from collections.abc import Collection, Mapping
from copy import copy

from clients.monitor.sessions.columns import ALL, DEFAULT
from clients.monitor.sessions.fields import BY_NAME, ID, Field
from clients.monitor.sessions.model import Model, Now
from clients.monitor.sessions.query import Predicate, parse
from clients.monitor.sessions.server import SessionRow
from core.formats.json_values import as_items, as_text

EVERYTHING = parse("")
Key = tuple[str, int]


class View:
    """The sessions of a Model, filtered and sorted."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.sessions: list[SessionRow] = []
        self.now: Now = model.now()
        self.filter = ""
        self.problem = ""
        self.is_filtering = True
        self.sort: Field | None = None
        self.reverse = False
        self.holds = False
        self.columns: Collection[str] = DEFAULT
        self.follows = False
        self.marks: set[Key] = set()
        self.index = 0
        self.selected: SessionRow | None = None  # the cursor's session, which the filter may hide
        self.ended: SessionRow | None = None  # the session that the user selected, if it has ended
        self._cursor: Key | None = None  # the session in the cursor's position
        self._was_moved = False  # by the user
        self._predicate: Predicate = EVERYTHING
        self._still: dict[Key, SessionRow] | None = None  # the sessions at the time of the pause
        self._places: dict[Key, int] = {}  # while the order is held

    # --- what is shown

    @property
    def paused(self) -> bool:
        """Whether the sessions are those of an earlier moment, which is `now`."""
        return self._still is not None

    def update(self) -> None:
        """Filter and sort the present sessions, or while paused those of that moment."""
        if self._still is None:
            self.now = self.model.now()
            sessions = list(self.model.sessions())
            self.marks &= {session.key for session in sessions} if self.marks else set()
        else:
            sessions = list(self._still.values())
        if self.holds:
            self._keep_places(sessions)
        if self.is_filtering and self._predicate is not EVERYTHING:
            predicate, now = self._predicate, self.now
            sessions = [session for session in sessions if predicate(session, now)]
        if not self.holds:
            self._put_in_order(sessions)
        self.sessions = sessions
        self._update_cursor()

    def _put_in_order(self, sessions: list[SessionRow]) -> None:
        if self.sort is not None:
            sessions.sort(key=self.sort.sort_key(self.now), reverse=self.reverse)
        elif self.reverse:
            sessions.reverse()

    def _keep_places(self, sessions: list[SessionRow]) -> None:
        """Put `sessions` in the order that they had before. New ones come last."""
        if self._places:
            sessions.sort(key=lambda session: self._places.get(session.key, len(self._places)))
        else:
            self._put_in_order(sessions)
        self._places = {session.key: place for place, session in enumerate(sessions)}

    def _update_cursor(self) -> None:
        if self.follows and self.sessions:
            newest = max(range(len(self.sessions)), key=lambda index: self.sessions[index].row.opened)
            self.move_to(newest)
            self.follows = True
            return
        if self.selected is not None:
            found = self._find(self.selected)
            self.ended = self.ended or (self.selected if found is None else None)
            self.selected = found
        index = self._index_of(self.selected.key if self.selected else None)
        index = self._index_of(self._cursor) if index is None else index
        self._set_index(self.index if index is None else index)
        self.selected = self.selected or self.current

    def _find(self, session: SessionRow) -> SessionRow | None:
        """The same session in the data that is shown, or None if it has ended."""
        if self._still is not None:
            return self._still.get(session.key)
        return session.server.sessions.get(session.row.id)

    def _index_of(self, key: Key | None) -> int | None:
        return next((index for index, each in enumerate(self.sessions) if each.key == key), None)

    def _set_index(self, index: int) -> None:
        self.index = max(0, min(index, len(self.sessions) - 1))
        self._cursor = self.current.key if self.current is not None else None

    # --- the cursor

    @property
    def current(self) -> SessionRow | None:
        """The session under the cursor."""
        return self.sessions[self.index] if self.index < len(self.sessions) else None

    def move_to(self, index: int) -> None:
        """Put the cursor on the session at `index`, or on the nearest one, and stop following."""
        self.follows = False
        self._set_index(index)
        self.select()

    def select(self) -> None:
        """Make the session under the cursor the selected one."""
        self.selected, self.ended, self._was_moved = self.current, None, True

    # --- marks

    def mark(self) -> None:
        """Mark or unmark the session under the cursor, and move to the next one."""
        if self.current is not None:
            self.marks ^= {self.current.key}
            self.move_to(self.index + 1)

    def targets(self) -> list[SessionRow]:
        """The marked sessions, also hidden ones. Without marks, the session under the cursor."""
        if self.marks:
            return [session for session in self.model.sessions() if session.key in self.marks]
        return [self.current] if self.current is not None else []

    # --- filter and order

    def toggle_pause(self) -> None:
        """Freeze the data, or let it change again. Filter and order also act on frozen data."""
        if self._still is None:
            self.now = self.model.now()
            self._still = {session.key: copy(session) for session in self.model.sessions()}
        else:
            self._still = None
        self.update()

    def set_filter(self, text: str) -> None:
        """Set the filter. If `text` is wrong, set `problem` and keep the previous filter."""
        self.filter = text
        self.is_filtering = True
        try:
            self._predicate = parse(text) if text.strip() else EVERYTHING
            self.problem = ""
        except ValueError as error:
            self.problem = str(error)

    def toggle_filter(self) -> None:
        """Switch the filter off, or on again."""
        self.is_filtering = not self.is_filtering

    def shift_sort(self, fields: list[Field], step: int) -> None:
        """Sort by the next or previous one of `fields`. The order of arrival comes before the first."""
        choices: list[Field | None] = [None, *[field for field in fields if field is not ID]]
        here = choices.index(self.sort) if self.sort in choices else 0
        self.sort = choices[(here + step) % len(choices)]
        self._on_new_order()

    def sort_by(self, field: Field) -> None:
        """Sort by `field`. If that is so already, reverse the order."""
        self.reverse = field is self.sort and not self.reverse
        self.sort = field
        self._on_new_order()

    def toggle_reverse(self) -> None:
        """Reverse the order of the sessions."""
        self.reverse = not self.reverse
        self._on_new_order()

    def toggle_hold(self) -> None:
        """Keep each session in its place, or let the order follow the data again."""
        self.holds = not self.holds
        self._places = {}

    def _on_new_order(self) -> None:
        """Sort held sessions once. Go to the top, unless the user has moved the cursor."""
        self._places = {}
        if not self._was_moved:
            self.index, self.selected, self._cursor = 0, None, None

    # --- the part that is kept in the settings: order, columns, and the last filter

    def settings(self) -> dict[str, object]:
        """The user's choices as values for the settings file."""
        return {
            "sort": self.sort.name if self.sort else "",
            "reverse": self.reverse,
            "hold": self.holds,
            "columns": [name for name in ALL if name in self.columns],
            "filter": "" if self.problem else self.filter,
        }

    def apply_settings(self, settings: Mapping[str, object]) -> None:
        """Take over the choices in `settings`. A value that makes no sense counts as missing.

        The filter is switched off at first: a table without some sessions would surprise at the start.
        """
        self.sort = BY_NAME.get(str(settings.get("sort")))
        self.reverse = settings.get("reverse") is True
        self.holds = settings.get("hold") is True
        try:
            self.columns = set(ALL).intersection(map(as_text, as_items(settings.get("columns")))) or DEFAULT
            self.set_filter(as_text(settings.get("filter")))
        except ValueError:
            pass
        self.is_filtering = not self.filter
