"""Who is connected: a register that is told of births, deaths and states, and asks for the rest.

The bytes are counted where they pass, by the transports, in plain attributes. So a connection pays
nothing for being watched: whoever wants the figures walks the register and reads them, as often as suits.
"""

from collections.abc import Callable, Iterator
from itertools import count
from time import time
from typing import Protocol as Shape

Tap = Callable[[str, bytes], None]
"""Called with `in` or `out` and the bytes, for each read and each write of a watched session."""


class Traffic(Shape):
    """What a session's transport counts, and what may be done to it from outside."""

    bytes_in: int
    bytes_out: int
    waiting: int
    active_at: float
    tap: Tap | None

    @property
    def peer(self) -> object: ...

    def lose_connection(self) -> None: ...

    def abort_connection(self) -> None: ...


class Session:
    """One conversation: what its protocol reported, and the transport that counts for it.

    `opened` is in Unix seconds. `state` and `user` are the protocol's own words; `user` may be a stranger's.
    `on_kick` is called with the reason before the connection is lost: the protocol's last word.
    """

    __slots__ = ("id", "service", "traffic", "state", "user", "opened", "registry", "end_reason", "on_kick")

    def __init__(self, number: int, service: str, traffic: Traffic, registry: "SessionRegistry") -> None:
        self.id = number
        self.service = service
        self.traffic = traffic
        self.state = ""
        self.user = ""
        self.opened = time()
        self.registry = registry
        self.end_reason = ""
        self.on_kick: Callable[[str], object] | None = None

    def report(self, state: str, user: str = "") -> None:
        """Say what the session is at, and who it turned out to be."""
        self.state, self.user = state, user
        for observer in self.registry.observers.copy():
            observer.session_changed(self)

    def kick(self, reason: str) -> None:
        """Close the connection once what it is owed was sent; `reason` is what its end is put down to."""
        self.end_reason = reason
        if self.on_kick is not None:
            self.on_kick(reason)
        self.traffic.lose_connection()

    def close(self, reason: str) -> None:
        """The conversation is over."""
        self.on_kick = None
        self.registry.closed(self, self.end_reason or reason)


class Observer:
    """Hears of every session in a register. Override what you want to hear of."""

    def session_opened(self, session: Session) -> None:
        """It has just begun; nothing was said yet."""

    def session_changed(self, session: Session) -> None:
        """It reported a new state or user."""

    def session_closed(self, session: Session, reason: str) -> None:
        """It is over; its counters are final."""


class SessionRegistry:
    """All sessions of a process, in the order in which they began."""

    def __init__(self) -> None:
        self.observers: list[Observer] = []
        self._sessions: dict[int, Session] = {}
        self._numbers = count(1)

    def __len__(self) -> int:
        return len(self._sessions)

    def __iter__(self) -> Iterator[Session]:
        return iter(self._sessions.values())

    def get(self, number: int) -> Session | None:
        """The session with this `id`, if it is still there."""
        return self._sessions.get(number)

    def open(self, service: str, traffic: Traffic) -> Session:
        """Enter a new session."""
        session = Session(next(self._numbers), service, traffic, self)
        self._sessions[session.id] = session
        for observer in self.observers.copy():
            observer.session_opened(session)
        return session

    def closed(self, session: Session, reason: str) -> None:
        """Strike it out; a second time does nothing."""
        if self._sessions.pop(session.id, None) is not None:
            for observer in self.observers.copy():
                observer.session_closed(session, reason)
