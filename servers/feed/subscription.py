"""The updates for one subscriber of the feed: first a snapshot of all sessions, then the changes.

The lesson: a server must not queue updates for a slow subscriber. Changes are computed when they can be sent,
by comparison with the values that were sent last. So a subscriber that stops reading costs nothing, and the
first update that it reads afterwards is right again.
"""

import time
from collections import deque
from collections.abc import Callable

from core.formats.feed import ROWS_IN_A_PIECE, Delta, Gap, Load, Message, Row, SessionEvent, Snapshot
from core.formats.text import visible
from core.interfaces import PushProducer, ReactorTime, Transport
from core.protocols.sessions import Session, SessionRegistry
from core.timers import DelayedCall, cancel_if_active

MAX_EVENTS = 500
MAX_WIRE_BYTES = 1 << 20
"""Events, and bytes of watched sessions, that are queued for one subscriber between two deltas."""

Values = tuple[str, str, str, int, int, int]
"""The values of a session that are compared. A row is sent again when one of them has changed."""


class Subscription(PushProducer):
    """Sends the snapshot in pieces, then a delta every `interval` seconds.

    While the snapshot is sent this is a pull producer: the transport asks for a piece when it has room. A
    delta is skipped while the subscriber has not read the last one.
    """

    def __init__(
        self,
        transport: Transport,
        send: Callable[[Message], object],
        sessions: SessionRegistry,
        load: Callable[[], Load],
        clock: ReactorTime,
        interval: float,
        cluster: Callable[[], str] = lambda: "none",
    ) -> None:
        self._transport = transport
        self._send = send
        self._sessions = sessions
        self._load = load
        self._cluster = cluster
        self._clock = clock
        self._interval = interval
        self._sent: dict[int, Values] = {}
        self._gone: dict[int, str] = {}
        self._events: deque[Message] = deque()
        self._wire_bytes = 0
        self._dropped = 0
        self._timer: DelayedCall | None = None
        open_sessions = list(sessions)
        starts = range(0, max(1, len(open_sessions)), ROWS_IN_A_PIECE)
        self._pieces = deque(open_sessions[start : start + ROWS_IN_A_PIECE] for start in starts)
        transport.register_producer(self, streaming=False)

    def end(self) -> None:
        """Stop the deltas, because the connection was lost."""
        cancel_if_active(self._timer)

    def pause_producing(self) -> None:
        """Do nothing: a pull producer only sends when it is asked to."""

    def resume_producing(self) -> None:
        """Send the next piece of the snapshot; after the last one, start the deltas."""
        rows, now = [], self._clock.seconds()
        for session in self._pieces.popleft():
            if self._sessions.get(session.id) is session and self._update(session):
                rows.append(row_of(session, now))
        self._send(Snapshot(tuple(rows), last=not self._pieces))
        if not self._pieces:
            self._transport.unregister_producer()
            self._timer = self._clock.call_later(self._interval, self._tick)

    def session_closed(self, session: Session, reason: str) -> None:
        """Report the end of `session` in the next delta, if the subscriber knows the session."""
        if self._sent.pop(session.id, None) is not None:
            self._gone[session.id] = reason

    def add(self, message: Message, size: int = 0) -> None:
        """Queue `message` for the next delta. If the queue is full, the message is dropped and counted."""
        if len(self._events) >= MAX_EVENTS or self._wire_bytes + size > MAX_WIRE_BYTES:
            self._dropped += 1
        else:
            self._events.append(message)
            self._wire_bytes += size

    def _tick(self) -> None:
        self._timer = self._clock.call_later(self._interval, self._tick)
        if not self._transport.waiting:
            self._send_events()
            self._send_changes()

    def _send_events(self) -> None:
        for message in self._events:
            self._send(message)
        self._events.clear()
        self._wire_bytes = 0
        if self._dropped:
            self._send(Gap(self._dropped))
            self._dropped = 0

    def _send_changes(self) -> None:
        """Send one delta, or several if there are many changes, because the length of a line is limited."""
        changed = [session for session in self._sessions if self._update(session)]
        gone, self._gone = tuple(self._gone.items()), {}
        now = self._clock.seconds()
        for start in range(0, max(1, len(changed), len(gone)), ROWS_IN_A_PIECE):
            end = start + ROWS_IN_A_PIECE
            rows = tuple(row_of(session, now) for session in changed[start:end])
            self._send(Delta(rows, gone[start:end], self._load(), self._cluster()))

    def _update(self, session: Session) -> bool:
        """Record the values of `session` as sent. True if they differ from those that were sent last."""
        values = values_of(session)
        if self._sent.get(session.id) == values:
            return False
        self._sent[session.id] = values
        return True


def values_of(session: Session) -> Values:
    """The values to compare. The idle time is not among them, or every row would change all the time."""
    traffic = session.traffic
    counts = traffic.bytes_in, traffic.bytes_out, traffic.waiting
    return session.state, session.user, session.detail, *counts


def row_of(session: Session, now: float) -> Row:
    """The row of the feed for `session`. `now` is a time on the reactor's clock."""
    traffic = session.traffic
    transport, _, peer = str(traffic.peer).partition(":")
    return Row(
        id=session.id,
        service=session.service,
        transport=transport,
        peer=peer,
        state=session.state,
        user=session.user,
        opened=round(session.opened, 3),
        idle=round(max(0.0, now - traffic.active_at), 3),
        bytes_in=traffic.bytes_in,
        bytes_out=traffic.bytes_out,
        waiting=traffic.waiting,
        detail=session.detail,
    )


def session_event(what: str, text: str, session: Session | None) -> SessionEvent:
    """An event that happened now, to `session` or, if this is None, to the whole process."""
    number, service = (session.id, session.service) if session is not None else (0, "")
    return SessionEvent(what, number, service, visible(text), time.time())
