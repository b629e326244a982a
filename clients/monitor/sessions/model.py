"""The state of all servers: the links put feed messages in, the screens read it. Nothing here draws.

A server whose connection is lost keeps its sessions, marked as stale, because that is the moment when the
user wants to see them. They are deleted when the server is back, or when a new one of its kind appears.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import tzinfo

from clients import units
from clients.monitor.sessions.cleaning import clean
from clients.monitor.sessions.server import LogEntry, Server, SessionRow, Status
from core.formats.feed import Delta, Gap, Hello, SessionEvent, Snapshot, Wire

SILENT_AFTER = 2.0
"""Seconds without a delta after which a server counts as not answering."""

MAX_EVENTS = 2000
BLOCKED_FOR = "blocked for "


@dataclass(frozen=True)
class Clock:
    """`seconds` is monotonic, `time` is Unix time. `zone` None is the user's own time zone."""

    seconds: Callable[[], float]
    time: Callable[[], float]
    zone: tzinfo | None = None


@dataclass(frozen=True, slots=True)
class Now:
    """One moment on both clocks."""

    seconds: float
    time: float


ENTRIES = {
    Status.LOST: ("lost", "the connection is lost; reconnecting"),
    Status.SILENT: ("silent", "does not answer"),
    Status.GONE: ("stopped", "the server has stopped"),
}
"""The log entry for each change of status to the worse."""


class Model:
    """All servers, and a log of recent events.

    `on_change` is called when a server appears, changes its status or has sent a whole snapshot; `on_wire`
    is called with each piece of wire of a watched session.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.servers: dict[str, Server] = {}
        self.events: deque[LogEntry] = deque(maxlen=MAX_EVENTS)
        self.on_change: Callable[[], object] = lambda: None
        self.on_wire: Callable[[Server, Wire], object] = lambda server, wire: None

    def now(self) -> Now:
        """The present moment, on both clocks."""
        return Now(self.clock.seconds(), self.clock.time())

    def sessions(self) -> Iterator[SessionRow]:
        """The sessions of all servers, in order of arrival."""
        for server in self.servers.values():
            yield from server.sessions.values()

    # --- what a server sends: one method for each kind of message

    def apply_hello(self, server: Server, hello: Hello) -> None:
        """Store the process, engine and services of `server`, and add it if it is new."""
        server.apply_hello(hello)
        self.set_status(server, Status.LIVE)
        server.heard_at = self.clock.seconds()
        if server.name not in self.servers:
            self._add(server)

    def apply_snapshot(self, server: Server, snapshot: Snapshot) -> None:
        """Store one piece of the list of all sessions."""
        server.heard_at = self.clock.seconds()
        server.apply_snapshot(snapshot, server.heard_at)
        if snapshot.last:
            self.on_change()

    def apply_delta(self, server: Server, delta: Delta) -> None:
        """Store what changed. A delta also shows that the server answers and is not blocked."""
        now = self.clock.seconds()
        server.apply_delta(delta, now)
        self.set_status(server, Status.LIVE)
        server.heard_at = now

    def record_event(self, server: Server, event: SessionEvent) -> None:
        """Append to the log. A stall also marks the server as blocked."""
        what, service, text = clean(event.what), clean(event.service), clean(event.text)
        entry = LogEntry(event.at, server.name, what, service, event.session, text)
        self.events.append(entry)
        if what == "stall":
            server.stalls.append(entry)
            self.set_status(server, Status.STALLED, text)

    def record_gap(self, server: Server, gap: Gap) -> None:
        """Append to the log that messages were dropped."""
        server.heard_at = self.clock.seconds()
        self.record("gap", f"{gap.dropped} events, reads or writes were dropped", server.name)

    def record(self, what: str, text: str, server: str = "") -> None:
        """Append to the log an event that the monitor itself detected."""
        self.events.append(LogEntry(self.clock.time(), server, what, "", 0, clean(text)))

    # --- the status of the servers

    def _add(self, server: Server) -> None:
        """Add `server`. It replaces the lost and stopped servers of its kind."""
        for other in [*self.servers.values()]:
            if other.title == server.title and other.status in (Status.LOST, Status.GONE):
                self.remove(other)
        self.servers[server.name] = server
        services = ", ".join(name for name, _ in server.services)
        self.record("found", f"{services or 'no service'} ({server.engine})", server.name)
        self.on_change()

    def remove(self, server: Server) -> None:
        """Remove `server` and its sessions."""
        self.set_status(server, Status.GONE)
        self.servers.pop(server.name, None)
        server.sessions.clear()

    def set_status(self, server: Server, status: Status, problem: str = "") -> None:
        """Set the status of `server`. A change of a server that was added before is recorded."""
        now, before, last_problem = self.clock.seconds(), server.status, server.problem
        seconds = now - server.changed_at
        server.set_status(status, now, problem)
        if status is before:
            return
        if before is not Status.CONNECTING and server.name in self.servers:
            if before is Status.STALLED and status is Status.LIVE:
                self._record_end_of_stall(server, seconds, last_problem)
            elif status is Status.LIVE:
                silence = units.duration(now - server.heard_at)
                self.record("back", f"answers again after {silence}", server.name)
            elif status in ENTRIES:
                self.record(*ENTRIES[status], server.name)
        self.on_change()

    def _record_end_of_stall(self, server: Server, seconds: float, stall: str) -> None:
        """`seconds` count from the alarm, which is late. The server's own measurement is exact."""
        if (load := server.load) is not None:
            seconds = max(seconds, load.lag / 1000, load.slowest_ms / 1000)
        place = stall.partition(": ")[2] or stall
        self.record("stall", f"{BLOCKED_FOR}{seconds:.1f} s: {place}", server.name)
        server.stalls[-1] = replace(self.events[-1], at=server.stalls[-1].at)

    def check_silence(self) -> None:
        """Mark the servers that have sent nothing for too long."""
        now = self.clock.seconds()
        for server in self.servers.values():
            if server.status is Status.LIVE and now - server.heard_at > SILENT_AFTER:
                self.set_status(server, Status.SILENT)

    def restart_silence(self) -> None:
        """Count the silence of all servers from now on, because the monitor itself was stopped."""
        now = self.clock.seconds()
        for server in self.servers.values():
            server.heard_at = now
