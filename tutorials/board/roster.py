"""The learners on the board. There is no I/O in it, and it knows no connections."""

from collections.abc import Callable
from dataclasses import dataclass

from core.formats.text import fold
from core.interfaces import ReactorTime
from tutorials.board.wire import Row, Status

MOST_LEARNERS = 200


NOTHING = Status()
"""The state of a learner who has not sent it yet."""


class Refused(Exception):
    """A learner cannot join. The text says why, and what to do."""


@dataclass
class Learner:
    """A learner who has joined once, also one whose connection has ended since."""

    name: str
    since: float
    """When this step began."""
    is_here: bool = True
    raised_at: float = 0.0
    """When the hand was raised. It counts only while `status.hand` is True."""
    status: Status = NOTHING


class Roster:
    """Up to MOST_LEARNERS learners. Calls `on_change` with a line of text for each change."""

    def __init__(self, clock: ReactorTime) -> None:
        self._clock = clock
        self._learners: dict[str, Learner] = {}
        self.on_change: Callable[[str], object] = lambda text: None

    def join(self, name: str) -> Learner:
        """Add a learner, or find the one of this name who was here before. Raises Refused."""
        learner = self._learners.get(fold(name))
        if learner is not None and learner.is_here:
            raise Refused(f"the name {name} is in use on the board; choose another one with --name")
        if learner is None:
            self._make_room()
            learner = self._learners[fold(name)] = Learner(name, self._clock.seconds())
        learner.is_here = True
        self.on_change(f"{learner.name} has joined")
        return learner

    def _make_room(self) -> None:
        """Forget the learner who joined first of those who have left, if the board is full."""
        if len(self._learners) < MOST_LEARNERS:
            return
        gone = next((key for key, learner in self._learners.items() if not learner.is_here), None)
        if gone is None:
            raise Refused(f"the board is full: it has {MOST_LEARNERS} learners. Ask your teacher.")
        del self._learners[gone]

    def update(self, learner: Learner, status: Status) -> None:
        """Record the state of a learner."""
        before, learner.status = learner.status, status
        if status == before:
            return
        if status.hand and not before.hand:
            learner.raised_at = self._clock.seconds()
        if status.hand != before.hand:
            self.on_change(f"{learner.name} has {'raised' if status.hand else 'lowered'} a hand")
        places = [(each.lesson, each.step, each.result) for each in (before, status)]
        if places[0] != places[1]:
            learner.since = self._clock.seconds()
        if status.lesson and (status.tries != before.tries or places[0] != places[1]):
            self.on_change(f"{learner.name}: {describe(status)}")

    def leave(self, learner: Learner) -> None:
        """Mark a learner as gone. A raised hand is lowered."""
        learner.is_here = False
        learner.status = Status(**{**vars(learner.status), "hand": False})
        self.on_change(f"{learner.name} has left")

    def rows(self) -> list[Row]:
        """The learners: raised hands first, in the order of raising, then the others by name."""
        found = sorted(self._learners.values(), key=_order)
        now = self._clock.seconds()
        return [Row(each.name, each.is_here, int(now - each.since), each.status) for each in found]


def _order(learner: Learner) -> tuple[bool, float, bool, str]:
    hand = learner.status.hand
    return not hand, learner.raised_at if hand else 0.0, not learner.is_here, fold(learner.name)


def describe(status: Status) -> str:
    """The lesson, the step and the result, in words."""
    parts = [f"lesson {status.lesson}"]
    if status.result == "passed":
        parts.append("passed")
    elif status.result:
        parts.append(f"step {status.step}, not yet" + (f" ({status.mistake})" if status.mistake else ""))
    else:
        parts.append("begun")
    return ", ".join(parts)
