"""What is known of all servers, in one place: messages go in, lines to show come out, and nothing is drawn.

A server that is lost keeps its lines, marked as stale: what was there a moment ago is what one wants to
see then. They go when it is back, or when another takes its place.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import tzinfo
from enum import Enum
from math import exp

from clients.monitor.cleaning import clean, clean_row
from core.formats.feed import Delta, Gap, Happening, Hello, Load, Message, Row, Snapshot, Wire

SILENT_AFTER = 2.0
"""Seconds without a delta after which a server is said not to answer."""

HISTORY = 240
"""Loads kept for the sparklines: a minute's worth."""

MOST_EVENTS = 2000
MEMORY = 1.5
"""Seconds in which a rate falls to a third (1/e) once nothing passes any more."""


@dataclass(frozen=True)
class Clock:
    """`seconds` never goes back, `time` is Unix time; `zone` None is the user's own."""

    seconds: Callable[[], float]
    time: Callable[[], float]
    zone: tzinfo | None = None


@dataclass(frozen=True, slots=True)
class Now:
    """One moment on both clocks."""

    seconds: float
    time: float


class Status(Enum):
    """How a server is, in the words that are shown."""

    CONNECTING = "connecting"
    LIVE = "live"
    SILENT = "not answering"
    STALLED = "hangs"
    LOST = "connection lost"
    GONE = "gone"


class Line:
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
        self._rate = self.rate(now) + passed / MEMORY
        self.seen = now
        self.row = row

    def rate(self, now: float) -> float:
        """Bytes a second, both ways, smoothed: what passed counts the less, the longer ago it was."""
        return self._rate * exp((self.seen - now) / MEMORY)

    def idle(self, now: float) -> float:
        """Seconds since anything passed."""
        return self.row.idle + now - self.seen

    @property
    def key(self) -> tuple[str, int]:
        """What it is known by, also after its server was lost and found."""
        return self.server.name, self.row.id


@dataclass(frozen=True, slots=True)
class Event:
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
        self.lines: dict[int, Line] = {}
        self.load: Load | None = None
        self.loads: deque[Load] = deque(maxlen=HISTORY)
        self.heard = self.changed = now
        self.trouble = ""
        self.stalls: deque[Event] = deque(maxlen=5)
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
        self.pid, self.engine = hello.pid, clean(hello.engine)
        self.services = tuple((clean(name), tuple(map(clean, places))) for name, places in hello.services)
        self._fresh, self.complete = set(), False

    def take(self, rows: tuple[Row, ...], now: float) -> None:
        """Rows as they are now."""
        lines = self.lines
        for row in map(clean_row, rows):
            line = lines.get(row.id)
            if line is None:
                lines[row.id] = Line(self, row, now)
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
            self.loads.append(self.load)
        self.take(delta.rows, now)
        for number, _ in delta.gone:
            self.lines.pop(number, None)


class Model:
    """All servers, and what happened lately."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.servers: dict[str, Server] = {}
        self.events: deque[Event] = deque(maxlen=MOST_EVENTS)
        self.told = 0  # events ever, so that a view knows how far the old ones have moved up

    def now(self) -> Now:
        """This moment."""
        return Now(self.clock.seconds(), self.clock.time())

    def lines(self) -> Iterator[Line]:
        """The sessions of all servers."""
        for server in self.servers.values():
            yield from server.lines.values()

    def take(self, server: Server, message: Message) -> None:
        """What `server` says."""
        now = self.clock.seconds()
        match message:
            case Hello():
                server.greet(message)
                server.become(Status.LIVE, now)
            case Snapshot():
                server.take_snapshot(message, now)
            case Delta():
                server.take_delta(message, now)
                server.become(Status.LIVE, now)
            case Happening():
                self._take_happening(server, message, now)
            case Gap(dropped):
                self.tell("gap", f"{dropped} events or pieces were dropped", server.name)
        if not isinstance(message, Happening | Wire):
            server.heard = now

    def _take_happening(self, server: Server, happening: Happening, now: float) -> None:
        text, service = clean(happening.text), clean(happening.service)
        event = Event(happening.at, server.name, clean(happening.what), service, happening.session, text)
        self.add(event)
        if event.what == "stall":
            server.stalls.append(event)
            server.become(Status.STALLED, now, text)

    def tell(self, what: str, text: str, server: str = "") -> None:
        """Something that the monitor itself noticed."""
        self.add(Event(self.clock.time(), server, what, "", 0, clean(text)))

    def add(self, event: Event) -> None:
        """One more event."""
        self.events.append(event)
        self.told += 1

    def notice_silence(self) -> None:
        """Who was to speak, and has not."""
        now = self.clock.seconds()
        for server in self.servers.values():
            if server.status is Status.LIVE and now - server.heard > SILENT_AFTER:
                server.become(Status.SILENT, now)

    def excuse_silence(self) -> None:
        """It was the monitor that slept."""
        now = self.clock.seconds()
        for server in self.servers.values():
            server.heard = now
