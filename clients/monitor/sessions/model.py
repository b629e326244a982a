"""What is known of all servers, in one place: messages go in, lines to show come out, and nothing is drawn.

A server that is lost keeps its lines, marked as stale: what was there a moment ago is what one wants to
see then. They go when it is back, or when another takes its place.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import tzinfo

from clients.monitor.sessions import units
from clients.monitor.sessions.cleaning import clean
from clients.monitor.sessions.server import LogEntry, Server, SessionRow, Status
from core.formats.feed import Delta, Gap, Hello, Message, SessionEvent, Snapshot, Wire

SILENT_AFTER = 2.0
"""Seconds without a delta after which a server is said not to answer."""

MAX_EVENTS = 2000
WENT_ON = "went on after "


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


TURNS = {
    Status.LOST: ("lost", "the connection is lost; trying again"),
    Status.SILENT: ("silent", "does not answer"),
    Status.GONE: ("stopped", "is there no more"),
}
"""For the worse, and what is told of it."""


class Model:
    """All servers, and what happened lately."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.servers: dict[str, Server] = {}
        self.events: deque[LogEntry] = deque(maxlen=MAX_EVENTS)

    def now(self) -> Now:
        """This moment."""
        return Now(self.clock.seconds(), self.clock.time())

    def lines(self) -> Iterator[SessionRow]:
        """The sessions of all servers."""
        for server in self.servers.values():
            yield from server.lines.values()

    def take(self, server: Server, message: Message) -> None:
        """What `server` says."""
        now = self.clock.seconds()
        match message:
            case Hello():
                server.greet(message)
                self.change(server, Status.LIVE)
            case Snapshot():
                server.take_snapshot(message, now)
            case Delta():
                server.take_delta(message, now)
                self.change(server, Status.LIVE)
            case SessionEvent():
                self._take_happening(server, message)
            case Gap(dropped):
                self.tell("gap", f"{dropped} events or pieces were dropped", server.name)
        if not isinstance(message, SessionEvent | Wire):
            server.heard = now

    def _take_happening(self, server: Server, happening: SessionEvent) -> None:
        text, service = clean(happening.text), clean(happening.service)
        event = LogEntry(happening.at, server.name, clean(happening.what), service, happening.session, text)
        self.events.append(event)
        if event.what == "stall":
            server.stalls.append(event)
            self.change(server, Status.STALLED, text)

    # --- how the servers are

    def welcome(self, server: Server) -> None:
        """It speaks, and so it counts."""
        self.servers[server.name] = server
        services = ", ".join(name for name, _ in server.services)
        self.tell("found", f"{services or 'no service'} ({server.engine})", server.name)

    def forget(self, server: Server) -> None:
        """It is there no more, and its sessions go with it."""
        self.change(server, Status.GONE)
        self.servers.pop(server.name, None)
        server.lines.clear()

    def change(self, server: Server, status: Status, trouble: str = "") -> None:
        """`server` is like this from now on. What a known one turns to is an event."""
        now, before, was = self.clock.seconds(), server.status, server.trouble
        hung = now - server.changed
        server.become(status, now, trouble)
        if before in (status, Status.CONNECTING) or server.name not in self.servers:
            return
        if before is Status.STALLED and status is Status.LIVE:
            self._go_on(server, hung, was)
        elif status is Status.LIVE:
            self.tell("back", f"is heard again after {units.duration(now - server.heard)}", server.name)
        elif status in TURNS:
            self.tell(*TURNS[status], server.name)

    def _go_on(self, server: Server, hung: float, stall: str) -> None:
        """It turns again. `hung` begins with the alarm, which took a moment; its own figure does not."""
        if (load := server.load) is not None:
            hung = max(hung, load.lag / 1000, load.slowest_ms / 1000)
        self.tell("stall", f"{WENT_ON}{hung:.1f} s: {stall.partition(': ')[2] or stall}", server.name)
        server.stalls[-1] = replace(self.events[-1], at=server.stalls[-1].at)

    def tell(self, what: str, text: str, server: str = "") -> None:
        """Something that the monitor itself noticed."""
        self.events.append(LogEntry(self.clock.time(), server, what, "", 0, clean(text)))

    def notice_silence(self) -> None:
        """Who was to speak, and has not."""
        now = self.clock.seconds()
        for server in self.servers.values():
            if server.status is Status.LIVE and now - server.heard > SILENT_AFTER:
                self.change(server, Status.SILENT)

    def excuse_silence(self) -> None:
        """It was the monitor that slept."""
        now = self.clock.seconds()
        for server in self.servers.values():
            server.heard = now
