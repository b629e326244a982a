"""The lines around every page: the headline, the alarms, and the status of the table."""

from datetime import datetime

from rich.text import Text

from clients.monitor.screens.keys import PAGES
from clients.monitor.sessions import units
from clients.monitor.sessions.model import Model, Now
from clients.monitor.sessions.server import Server, Status
from clients.monitor.sessions.view import View
from clients.monitor.widgets.palette import Palette, style


def headline(model: Model, page: str, colors: Palette, width: int) -> Text:
    """The names of the pages, with the present one highlighted, and the totals."""
    text = Text(no_wrap=True)
    for number, name in enumerate(PAGES, 1):
        is_present = name.lower() == page
        present = style(colors.background, bold=True, back=colors.accent)
        text.append(f" {number} {name} ", present if is_present else style(colors.dim))
    servers = [server for server in model.servers.values() if not server.is_stale]
    processes = units.plural(len(servers), "process")
    services = units.plural(sum(len(server.services) for server in servers), "service")
    sessions = units.plural(sum(len(server.sessions) for server in servers), "session")
    for parts in ((processes, services, sessions), (processes, sessions)):
        totals = " · ".join(parts) + " "
        blank = width - text.cell_len - len(totals)
        if blank > 0:
            return text.append(" " * blank + totals, style(colors.text, bold=True))
    return text


def alarms(model: Model, now: Now, colors: Palette, width: int) -> list[Text]:
    """A line for each server that is blocked, silent or lost, the worst first."""
    ranks = {Status.STALLED: 0, Status.SILENT: 1, Status.LOST: 2}
    troubled = [server for server in model.servers.values() if server.status in ranks]
    troubled.sort(key=lambda server: ranks[server.status])
    lines = []
    for server in troubled:
        front, back = colors.background, colors.warn
        if server.status is not Status.LOST:
            front, back = "#ffffff", colors.alarm
        text = Text(f" {problem(server, now)} ", style(front, bold=True, back=back), no_wrap=True)
        text.truncate(width, overflow="ellipsis", pad=True)
        lines.append(text)
    return lines


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


def status(view: View, colors: Palette) -> Text:
    """The state of the table: filter error, pause, marks, order, number of sessions."""
    text = Text(no_wrap=True, overflow="ellipsis")
    if view.problem:
        return text.append(view.problem, style(colors.bad, bold=True))
    for word, color in _states(view, colors):
        text.append(f" {word} ", style(color, bold=True))
    return text


def _states(view: View, colors: Palette) -> list[tuple[str, str]]:
    order = f"by {view.sort.name if view.sort else 'arrival'} {'▼' if view.reverse else '▲'}"
    order += " held" if view.holds else ""
    states = (
        (view.paused, "PAUSED", colors.warn),
        (view.follows, "following the newest", colors.good),
        (view.marks, f"◆ {len(view.marks)} marked", colors.warn),
        (view.filter and not view.is_filtering, "filter off (\\)", colors.warn),
        (view.sort or view.reverse or view.holds, order, colors.dim),
        (True, f"{len(view.sessions):,} shown", colors.dim),
    )
    return [(word, color) for is_so, word, color in states if is_so]


def time_of_day(at: float, model: Model) -> str:
    """A Unix time as `10:00:00`."""
    return datetime.fromtimestamp(at, model.clock.zone).strftime("%H:%M:%S")
