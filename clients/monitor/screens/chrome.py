"""The lines around every page: the headline, the alarms, and the status of the table."""

from datetime import datetime

from clients import units
from clients.monitor.screens.keys import PAGES
from clients.monitor.sessions.model import Model, Now
from clients.monitor.sessions.server import Server, Status
from clients.monitor.sessions.view import View
from clients.monitor.widgets.palette import ALARM, Line

PRESENT = "$inverse on $accent"
ALARMS = {Status.STALLED: ALARM, Status.SILENT: ALARM, Status.LOST: "$inverse on $warning"}
"""The style of an alarm for each status that has one, the worst first."""


def headline(model: Model, page: str, width: int) -> Line:
    """The names of the pages, with the present one highlighted, and the totals."""
    line = [
        (f" {number} {name} ", PRESENT if name.lower() == page else "$dim")
        for number, name in enumerate(PAGES, 1)
    ]
    blank = width - sum(len(name) for name, _ in line)
    servers = [server for server in model.servers.values() if not server.is_stale]
    processes = units.plural(len(servers), "process")
    services = units.plural(sum(len(server.services) for server in servers), "service")
    sessions = units.plural(sum(len(server.sessions) for server in servers), "session")
    for parts in ((processes, services, sessions), (processes, sessions)):
        totals = " · ".join(parts) + " "
        if len(totals) < blank:
            return [*line, (totals.rjust(blank), "bold")]
    return line


def alarms(model: Model, now: Now, width: int) -> list[Line]:
    """A line for each server that is blocked, silent or lost, the worst first."""
    return [
        [(f" {problem(server, now)} ".ljust(width), style)]
        for status, style in ALARMS.items()
        for server in model.servers.values()
        if server.status is status
    ]


def problem(server: Server, now: Now) -> str:
    """One line on what is wrong with `server`; empty if nothing is."""
    since = units.duration(now.seconds - server.changed_at)
    match server.status:
        case Status.STALLED:
            place = server.problem.partition(": ")[2] or server.problem
            return f"{server.name} IS BLOCKED for {since}: {place}"
        case Status.SILENT:
            return f"{server.name} has not answered for {units.duration(now.seconds - server.heard_at)}"
        case Status.LOST:
            return f"{server.name}: connection lost {since} ago; its sessions are stale; reconnecting"
        case Status.GONE:
            return f"{server.name} stopped {since} ago; its sessions are stale"
    return ""


def status(view: View) -> Line:
    """The state of the table: filter error, pause, marks, order, number of sessions."""
    if view.problem:
        return [(view.problem, "bold $error")]
    order = f"by {view.sort.name if view.sort else 'arrival'} {'▼' if view.reverse else '▲'}"
    order += " held" if view.holds else ""
    states = (
        (view.paused, "PAUSED", "$warning"),
        (view.follows, "following the newest", "$success"),
        (view.marks, f"◆ {len(view.marks)} marked", "$warning"),
        (view.filter and not view.is_filtering, "filter off (\\)", "$warning"),
        (view.sort or view.reverse or view.holds, order, "$dim"),
        (True, f"{len(view.sessions):,} shown", "$dim"),
    )
    return [(f" {word} ", f"bold {color}") for is_so, word, color in states if is_so]


def time_of_day(at: float, model: Model) -> str:
    """A Unix time as `10:00:00`."""
    return datetime.fromtimestamp(at, model.clock.zone).strftime("%H:%M:%S")
