"""The changes that wait for the stream: one batch at a time, so that each member's order is kept."""

from collections import deque
from collections.abc import Callable, Iterable

from core.interfaces import ReactorTime
from servers.chat.cluster.messages import TALK, Change

MAX_KEPT = 1000
"""Lines of all members that wait while the cluster is slow or does not answer."""

PATIENCE = 0.25
"""Seconds after which the cluster counts as slow."""

MAX_BATCH = 100
MAX_BYTES = 256 * 1024
"""The limits of one batch. NATS takes messages of 1 MiB."""

NOTICE = (
    "This server is cut off from the other servers of the chat. "
    f"Up to {MAX_KEPT} lines are kept, and sent when it is back."
)
NOT_TAKEN = "That line was not taken: the server is cut off, and keeps no more lines. Send it again later."


class Outbox:
    """Passes one batch of changes after another to `send`. The next one follows when the last is confirmed.

    A batch has changes of one room. The `first` changes come before all others, in batches of their own:
    later changes may depend on their results.
    """

    def __init__(self, clock: ReactorTime, send: Callable[[tuple[Change, ...]], object]) -> None:
        self._clock = clock
        self._send = send
        self._first: deque[Change] = deque()
        self._waiting: deque[Change] = deque()
        self._in_flight: tuple[Change, ...] = ()
        self._sent_at = 0.0

    def add(self, change: Change) -> None:
        """Queue a change. Call `pump` afterwards."""
        self._waiting.append(change)

    def add_first(self, changes: Iterable[Change]) -> None:
        """Queue changes that come before all others. Call `pump` afterwards."""
        self._first += changes

    def is_full(self, is_cut_off: bool) -> bool:
        """Whether MAX_KEPT lines wait, and the cluster is cut off or had time to take some."""
        is_late = bool(self._in_flight) and self._clock.seconds() - self._sent_at > PATIENCE
        is_slow = is_cut_off or is_late
        if not is_slow or len(self._in_flight) + len(self._waiting) < MAX_KEPT:
            return False
        return sum(change.kind in TALK for change in (*self._in_flight, *self._waiting)) >= MAX_KEPT

    def pump(self) -> None:
        """Send the next batch, unless one is in flight."""
        queue = self._first or self._waiting
        if self._in_flight or not queue:
            return
        self._in_flight, self._sent_at = _pop_batch(queue), self._clock.seconds()
        self._send(self._in_flight)

    def confirm(self, counted: bool) -> None:
        """The batch in flight has come back. It did not count if it came after the end of the lease."""
        if not counted:
            self.send_again()
        self._in_flight = ()

    def send_again(self) -> None:
        """The batch in flight will not count: queue it again."""
        self._waiting.extendleft(reversed(self._in_flight))
        self._in_flight = ()


def _pop_batch(queue: deque[Change]) -> tuple[Change, ...]:
    """Take the changes of the room that is first in the queue. Those of each member stay in order."""
    room = queue[0].room
    batch: list[Change] = []
    others: list[Change] = []
    members: set[int] = set()
    size = 0
    while queue and len(batch) < MAX_BATCH and size < MAX_BYTES:
        change = queue.popleft()
        if change.room == room and change.member not in members:
            batch.append(change)
            size += len(change.text.encode())
        else:
            others.append(change)
            members.add(change.member)
    queue.extendleft(reversed(others))
    return tuple(batch)
