"""SessionRegistry: the open connections. It notifies observers when one opens, changes state or closes.

The transports count their bytes in plain attributes, whether or not a monitor is connected. A monitor reads
the registry as often as it needs the figures, so a connection that is watched costs no more than another.
"""

from collections.abc import Callable, Iterator
from itertools import count
from time import time
from typing import Protocol as Shape

Tap = Callable[[str, bytes], None]
"""Called with `in` or `out` and the bytes, for each read and each write of a watched session."""


class Traffic(Shape):
    """The part of a transport that a session uses: its counters, and the calls that close it."""

    bytes_in: int
    bytes_out: int
    active_at: float
    tap: Tap | None

    @property
    def waiting(self) -> int: ...

    @property
    def peer(self) -> object: ...

    def lose_connection(self) -> None: ...

    def abort_connection(self) -> None: ...


class Kicked(Shape):
    """The part of a protocol that a session uses."""

    def on_kick(self, reason: str) -> object: ...


class Session:
    """An open connection: the state that its protocol reported, and the transport that counts its bytes.

    `state` is the one that the protocol `reported`, followed by `security`: the version and cipher of TLS.

    `opened` is in Unix seconds. The protocol chooses the text of `state`, `user` and `detail`; `user` and
    `detail` can be text from the peer. A new `detail`, such as the channels of a user of IRC, is shown by the
    next update, without a notification. A kick calls `protocol.on_kick(reason)` before it closes the
    connection.
    """

    __slots__ = (
        *("id", "service", "traffic", "reported", "security", "user", "detail"),
        *("opened", "registry", "end_reason", "protocol"),
    )

    def __init__(self, number: int, service: str, traffic: Traffic, registry: "SessionRegistry") -> None:
        self.id = number
        self.service = service
        self.traffic = traffic
        self.reported = self.security = ""
        self.user = ""
        self.detail = ""
        self.opened = time()
        self.registry = registry
        self.end_reason = ""
        self.protocol: Kicked | None = None

    @property
    def state(self) -> str:
        return f"{self.reported} {self.security}".lstrip() if self.security else self.reported

    def report(self, state: str, user: str = "") -> None:
        """Set the state and the user, and notify the observers."""
        self.reported, self.user = state, user
        for observer in self.registry.observers.copy():
            observer.session_changed(self)

    def kick(self, reason: str) -> None:
        """Send the pending data, then close the connection. The session ends with `reason`."""
        self.end_reason = reason
        if self.protocol is not None:
            self.protocol.on_kick(reason)
        self.traffic.lose_connection()

    def close(self, reason: str | Exception) -> None:
        """The connection has ended: remove the session. The reason of a kick takes precedence."""
        self.protocol = None
        self.registry.remove(self, self.end_reason or reason)


class Observer:
    """Is notified of each session in a registry. Override the methods that you need."""

    def session_opened(self, session: Session) -> None:
        """Called before the protocol's `connection_made`."""

    def session_changed(self, session: Session) -> None:
        """Called when the session has a new state or user."""

    def session_closed(self, session: Session, reason: str) -> None:
        """Called when the session has ended. Its counters do not change any more."""


class SessionRegistry:
    """The open sessions of a process, the oldest first."""

    def __init__(self) -> None:
        self.observers: list[Observer] = []
        self._sessions: dict[int, Session] = {}
        self._numbers = count(1)

    def __len__(self) -> int:
        return len(self._sessions)

    def __iter__(self) -> Iterator[Session]:
        return iter(self._sessions.values())

    def get(self, number: int) -> Session | None:
        """The open session with this `id`, or None."""
        return self._sessions.get(number)

    def open(self, service: str, traffic: Traffic) -> Session:
        """Add a session and notify the observers."""
        session = Session(next(self._numbers), service, traffic, self)
        self._sessions[session.id] = session
        for observer in self.observers.copy():
            observer.session_opened(session)
        return session

    def remove(self, session: Session, reason: str | Exception) -> None:
        """Remove the session and notify the observers. Idempotent."""
        if self._sessions.pop(session.id, None) is not None:
            for observer in self.observers.copy():
                observer.session_closed(session, str(reason))
