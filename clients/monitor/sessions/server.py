"""The state of one server process: its status, its sessions, and the recent load of its reactor."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from math import exp

from clients.monitor.sessions.cleaning import clean, clean_row
from core.formats.feed import Delta, Hello, Load, Row, Snapshot

HISTORY = 240
"""Loads kept for the sparklines: one minute at four deltas a second."""

RECENT = 60.0
"""The monitor shows the slowest call of this many last seconds."""

RATE_DECAY = 1.5
"""Seconds in which the displayed rate falls to 1/e once no more bytes pass."""


class Status(Enum):
    """The status of a server, in the words that the monitor shows."""

    CONNECTING = "connecting"
    LIVE = "live"
    SILENT = "not answering"
    STALLED = "blocked"
    LOST = "connection lost"
    GONE = "stopped"


class SessionRow:
    """One session: the last row that the feed sent, when that was, and a smoothed byte rate."""

    __slots__ = ("server", "row", "updated_at", "_rate")

    def __init__(self, server: "Server", row: Row, now: float) -> None:
        self.server = server
        self.row = row
        self.updated_at = now
        self._rate = 0.0

    def update(self, row: Row, now: float) -> None:
        """Replace the row, and add the bytes that passed since the last one to the rate."""
        passed = row.bytes_in + row.bytes_out - self.row.bytes_in - self.row.bytes_out
        self._rate = self.rate(now) + passed / RATE_DECAY
        self.updated_at = now
        self.row = row

    def rate(self, now: float) -> float:
        """Bytes per second in both directions, as an average that decays exponentially."""
        return self._rate * exp((self.updated_at - now) / RATE_DECAY)

    def idle(self, now: float) -> float:
        """Seconds since the session last sent or received anything."""
        return self.row.idle + now - self.updated_at

    @property
    def key(self) -> tuple[str, int]:
        """The server's name and the session's number. It stays the same after a reconnection."""
        return self.server.name, self.row.id


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of the Events screen. `server` is a name, `at` is in Unix seconds."""

    at: float
    server: str
    what: str
    service: str
    session: int
    text: str


class Server:
    """One server process, as its feed describes it. Times are in seconds on the monitor's clock."""

    def __init__(self, name: str, now: float) -> None:
        self.name = name
        self.status = Status.CONNECTING
        self.pid = 0
        self.engine = ""
        self.cluster = "none"  # or `joined`, or `cut off`
        self.services: tuple[tuple[str, tuple[str, ...]], ...] = ()
        self.sessions: dict[int, SessionRow] = {}
        self.load: Load | None = None
        self.loads: deque[tuple[float, Load]] = deque(maxlen=HISTORY)  # with the times of arrival
        self.heard_at = self.changed_at = now
        self.problem = ""
        self.stalls: deque[LogEntry] = deque(maxlen=5)
        self.is_complete = False
        self._in_snapshot: set[int] = set()

    @property
    def title(self) -> str:
        """The name without the process number."""
        return self.name.rpartition("-")[0] or self.name

    @property
    def is_stale(self) -> bool:
        """Whether there is no connection, so that the sessions may be out of date."""
        return self.status in (Status.LOST, Status.GONE, Status.CONNECTING)

    def set_status(self, status: Status, now: float, problem: str = "") -> None:
        """Set the status, and the reason for it."""
        if status is not self.status:
            self.status, self.changed_at = status, now
        self.problem = problem

    def apply_hello(self, hello: Hello) -> None:
        """Store the process, engine and services. If the pid is a new one, delete the old data."""
        if hello.pid != self.pid:
            self.sessions.clear()
            self.loads.clear()
            self.load = None
        self.pid, self.engine = hello.pid, clean(hello.engine)
        self.cluster = clean(hello.cluster)
        self.services = tuple(
            (clean(name), tuple(map(clean, endpoints))) for name, endpoints in hello.services
        )
        self._in_snapshot, self.is_complete = set(), False

    def apply_snapshot(self, snapshot: Snapshot, now: float) -> None:
        """Store one piece of a snapshot. After the last one, delete the sessions that were in no piece."""
        self._update(snapshot.rows, now)
        self._in_snapshot.update(row.id for row in snapshot.rows)
        if snapshot.last:
            present = self._in_snapshot
            self.sessions = {number: each for number, each in self.sessions.items() if number in present}
            self.is_complete = True

    def apply_delta(self, delta: Delta, now: float) -> None:
        """Store what changed. A burst of several deltas counts as one sample of the load."""
        if delta.reactor is not None and now - self.heard_at > 0.1:
            self.load = delta.reactor._replace(slowest=clean(delta.reactor.slowest))
            self.loads.append((now, self.load))
        self.cluster = clean(delta.cluster)
        self._update(delta.rows, now)
        for number, _ in delta.gone:
            self.sessions.pop(number, None)

    def _update(self, rows: Iterable[Row], now: float) -> None:
        sessions = self.sessions
        for row in map(clean_row, rows):
            session = sessions.get(row.id)
            if session is None:
                sessions[row.id] = SessionRow(self, row, now)
            else:
                session.update(row, now)

    def slowest(self, now: float) -> tuple[float, Load]:
        """The recent load with the slowest call, and when it arrived. ValueError if there is no load."""
        recent = [each for each in self.loads if now - each[0] < RECENT] or [self.loads[-1]]
        return max(recent, key=lambda each: each[1].slowest_ms)
