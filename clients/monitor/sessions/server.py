"""One server, as far as it has told: how it is, its sessions, and how busy its reactor was lately."""

from collections import deque
from dataclasses import dataclass
from enum import Enum
from math import exp

from clients.monitor.sessions.cleaning import clean, clean_row
from core.formats.feed import Delta, Hello, Load, Row, Snapshot

HISTORY = 240
"""Loads kept for the sparklines: a minute's worth."""

LATELY = 60.0
"""Seconds for which the slowest call is remembered."""

RATE_DECAY = 1.5
"""Seconds in which a rate falls to a third (1/e) once nothing passes any more."""


class Status(Enum):
    """How a server is, in the words that are shown."""

    CONNECTING = "connecting"
    LIVE = "live"
    SILENT = "not answering"
    STALLED = "hangs"
    LOST = "connection lost"
    GONE = "gone"


class SessionRow:
    """A session as it is shown: its row, when that came, and the bytes that pass a second."""

    __slots__ = ("server", "row", "seen", "_rate")

    def __init__(self, server: "Server", row: Row, seen: float) -> None:
        self.server = server
        self.row = row
        self.seen = seen
        self._rate = 0.0

    def update(self, row: Row, now: float) -> None:
        """Its new row."""
        passed = row.bytes_in + row.bytes_out - self.row.bytes_in - self.row.bytes_out
        self._rate = self.rate(now) + passed / RATE_DECAY
        self.seen = now
        self.row = row

    def rate(self, now: float) -> float:
        """Bytes a second, both ways, smoothed: what passed counts the less, the longer ago it was."""
        return self._rate * exp((self.seen - now) / RATE_DECAY)

    def idle(self, now: float) -> float:
        """Seconds since anything passed."""
        return self.row.idle + now - self.seen

    @property
    def key(self) -> tuple[str, int]:
        """What it is known by, also after its server was lost and found."""
        return self.server.name, self.row.id


@dataclass(frozen=True, slots=True)
class LogEntry:
    """Something that happened. `server` is where, `at` is Unix time."""

    at: float
    server: str
    what: str
    service: str
    session: int
    text: str


class Server:
    """One server process, as far as it has told."""

    def __init__(self, name: str, now: float) -> None:
        self.name = name
        self.status = Status.CONNECTING
        self.pid = 0
        self.engine = ""
        self.services: tuple[tuple[str, tuple[str, ...]], ...] = ()
        self.lines: dict[int, SessionRow] = {}
        self.load: Load | None = None
        self.loads: deque[tuple[float, Load]] = deque(maxlen=HISTORY)  # each with when it came
        self.heard = self.changed = now
        self.trouble = ""
        self.stalls: deque[LogEntry] = deque(maxlen=5)
        self.complete = False
        self._fresh: set[int] = set()

    @property
    def title(self) -> str:
        """Its name without the number of its process."""
        return self.name.rpartition("-")[0] or self.name

    @property
    def is_stale(self) -> bool:
        """What is known of it may be true no longer."""
        return self.status in (Status.LOST, Status.GONE, Status.CONNECTING)

    def become(self, status: Status, now: float, trouble: str = "") -> None:
        """It is like this from now on."""
        if status is not self.status:
            self.status, self.changed = status, now
        self.trouble = trouble

    def greet(self, hello: Hello) -> None:
        """It says who it is. If it is another process than it was, nothing of before is true."""
        if hello.pid != self.pid:
            self.lines.clear()
            self.loads.clear()
            self.load = None
        self.pid, self.engine = hello.pid, clean(hello.engine)
        self.services = tuple(
            (clean(name), tuple(map(clean, endpoints))) for name, endpoints in hello.services
        )
        self._fresh, self.complete = set(), False

    def take(self, rows: tuple[Row, ...], now: float) -> None:
        """Rows as they are now."""
        lines = self.lines
        for row in map(clean_row, rows):
            line = lines.get(row.id)
            if line is None:
                lines[row.id] = SessionRow(self, row, now)
            else:
                line.update(row, now)

    def take_snapshot(self, snapshot: Snapshot, now: float) -> None:
        """After the last piece, who was not in one is there no more."""
        self.take(snapshot.rows, now)
        self._fresh.update(row.id for row in snapshot.rows)
        if snapshot.last:
            self.lines = {number: line for number, line in self.lines.items() if number in self._fresh}
            self.complete = True

    def take_delta(self, delta: Delta, now: float) -> None:
        """What changed since the last one; there may be several for the same moment."""
        if delta.reactor is not None and now - self.heard > 0.1:
            self.load = delta.reactor._replace(slowest=clean(delta.reactor.slowest))
            self.loads.append((now, self.load))
        self.take(delta.rows, now)
        for number, _ in delta.gone:
            self.lines.pop(number, None)

    def slowest(self, now: float) -> tuple[float, Load]:
        """When its slowest call of late was told, and with which load. ValueError if it told of none."""
        lately = [each for each in self.loads if now - each[0] < LATELY] or [self.loads[-1]]
        return max(lately, key=lambda each: each[1].slowest_ms)
