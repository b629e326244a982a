"""What one watcher of the feed was told, and so what is still to tell.

The lesson: who is asked for news must not queue it for somebody who does not listen. What changed is found
out when it can be sent, by comparing with what was sent last; so a watcher that stops reading costs nothing,
and is right again with the first thing that it reads.
"""

import time
from collections import deque
from collections.abc import Callable

from core.formats.feed import ROWS_IN_A_PIECE, Delta, Gap, Load, Message, Row, SessionEvent, Snapshot
from core.formats.text import visible
from core.interfaces import PushProducer, ReactorTime, Transport
from core.protocols.sessions import Session, SessionRegistry
from core.timers import DelayedCall

MOST_NEWS = 500
MOST_WIRE = 1 << 20
"""Happenings, and bytes of watched sessions, kept for one subscriber between two deltas."""

Told = tuple[str, str, int, int, int]
"""What makes a row another one than it was."""


class Subscription(PushProducer):
    """First all rows, then the changes.

    As a pull producer it gives a piece of the snapshot whenever there is room for one. After that it looks
    once in every `interval` seconds, unless the subscriber has not read the last answer yet.
    """

    def __init__(
        self,
        transport: Transport,
        send: Callable[[Message], object],
        sessions: SessionRegistry,
        load: Callable[[], Load],
        clock: ReactorTime,
        interval: float,
    ) -> None:
        self._transport = transport
        self._send = send
        self._sessions = sessions
        self._load = load
        self._clock = clock
        self._interval = interval
        self._told: dict[int, Told] = {}
        self._gone: dict[int, str] = {}
        self._news: deque[Message] = deque()
        self._wire_size = 0
        self._dropped = 0
        self._timer: DelayedCall | None = None
        there = list(sessions)
        starts = range(0, max(1, len(there)), ROWS_IN_A_PIECE)
        self._pieces = deque(there[start : start + ROWS_IN_A_PIECE] for start in starts)
        transport.register_producer(self, streaming=False)

    def end(self) -> None:
        """Nobody listens any more."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def pause_producing(self) -> None:
        """A pull producer pauses by itself."""

    def resume_producing(self) -> None:
        """Give the next piece of the snapshot."""
        rows, now = [], self._clock.seconds()
        for session in self._pieces.popleft():
            if self._sessions.get(session.id) is session and self._is_news(session):
                rows.append(row_of(session, now))
        self._send(Snapshot(tuple(rows), last=not self._pieces))
        if not self._pieces:
            self._transport.unregister_producer()
            self._timer = self._clock.call_later(self._interval, self._tick)

    def session_closed(self, session: Session, reason: str) -> None:
        """It has to be told of, if it was told of before."""
        if self._told.pop(session.id, None) is not None:
            self._gone[session.id] = reason

    def add(self, message: Message, size: int = 0) -> None:
        """Something happened; it is told with the next delta, or counted as dropped."""
        if len(self._news) >= MOST_NEWS or self._wire_size + size > MOST_WIRE:
            self._dropped += 1
        else:
            self._news.append(message)
            self._wire_size += size

    def _tick(self) -> None:
        self._timer = self._clock.call_later(self._interval, self._tick)
        if not self._transport.waiting:
            self._tell_news()
            self._tell_changes()

    def _tell_news(self) -> None:
        for message in self._news:
            self._send(message)
        self._news.clear()
        self._wire_size = 0
        if self._dropped:
            self._send(Gap(self._dropped))
            self._dropped = 0

    def _tell_changes(self) -> None:
        """One delta; several if there is much to tell, for a line has its limit."""
        changed = [session for session in self._sessions if self._is_news(session)]
        gone, self._gone = tuple(self._gone.items()), {}
        now = self._clock.seconds()
        for start in range(0, max(1, len(changed), len(gone)), ROWS_IN_A_PIECE):
            end = start + ROWS_IN_A_PIECE
            rows = tuple(row_of(session, now) for session in changed[start:end])
            self._send(Delta(rows, gone[start:end], self._load()))

    def _is_news(self, session: Session) -> bool:
        told = told_of(session)
        if self._told.get(session.id) == told:
            return False
        self._told[session.id] = told
        return True


def told_of(session: Session) -> Told:
    """What of a session is compared. That it has been idle for longer is no news."""
    traffic = session.traffic
    return session.state, session.user, traffic.bytes_in, traffic.bytes_out, traffic.waiting


def row_of(session: Session, now: float) -> Row:
    """A session as the feed shows it; `now` is on the reactor's clock."""
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
    )


def happening_of(what: str, text: str, session: Session | None) -> SessionEvent:
    """Something that happened now, to `session` or to the whole process."""
    number, service = (session.id, session.service) if session is not None else (0, "")
    return SessionEvent(what, number, service, visible(text), time.time())
