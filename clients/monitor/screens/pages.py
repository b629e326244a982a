"""The pages Servers, Reactor and Events, the details of a session, and the texts for an empty table."""

from clients import units
from clients.monitor.screens.chrome import problem, time_of_day
from clients.monitor.sessions import fields
from clients.monitor.sessions.cleaning import clean
from clients.monitor.sessions.model import BLOCKED_FOR, Model
from clients.monitor.sessions.server import LogEntry, Server, SessionRow, Status
from clients.monitor.sessions.view import View
from clients.monitor.widgets.lineview import LineView
from clients.monitor.widgets.palette import ALARM, Line

OWN_TURNS = "About 4 of the turns per second serve the monitor itself."
FOR_THE_MONITOR = ("Subscription.", "ControlProtocol")
"""The calls in a server that only serve the monitor begin with these names."""

SPARK = 60
MAX_EVENTS = 8
"""Events that the details of a session show."""

STATUS_COLORS = {
    Status.STALLED: "$error",
    Status.SILENT: "$error",
    Status.LIVE: "$success",
    Status.LOST: "$warning",
}
"""Green, yellow or red, as in a traffic light; dim for all others."""

EVENT_STYLES = {
    **dict.fromkeys(("stall", "error", "silent"), "bold $error"),
    **dict.fromkeys(("kicked", "gap", "lost", "stopped"), "$warning"),
    **dict.fromkeys(("opened", "found", "back"), "$success"),
}


# --- the texts for an empty table


def no_server(where: str) -> list[Line]:
    """For no running server: where the monitor searches, and how to start one."""
    return _message(
        ("No server is running.\n", "bold"),
        (f"Searched in  {clean(where)}\n", "$dim"),
        ("Start one in another terminal:", ""),
        ("  python -m servers --demo\n", "bold $accent"),
        ("It will appear here within seconds.", "$dim"),
    )


def no_match(filter: str, total: int) -> list[Line]:
    """For a filter that hides all `total` sessions."""
    return _message(
        (f"None of {units.plural(total, 'session')} matches  {filter}\n", "bold $warning"),
        ("\\ switches the filter off, / changes it.", "$dim"),
    )


def no_session(model: Model) -> list[Line]:
    """For servers without a session: where they listen."""
    servers = [server for server in model.servers.values() if not server.is_stale]
    endpoints = [endpoint for server in servers for _, found in server.services for endpoint in found]
    listening = [(f"listening on {endpoint}", "$dim") for endpoint in endpoints]
    return _message(("No client is connected yet.\n", "bold"), *listening)


def _message(*parts: tuple[str, str]) -> list[Line]:
    """Lines below the heading, from texts with a style each."""
    return [(), *[[(f"  {line}", style)] for text, style in parts for line in text.split("\n")]]


# --- Servers


def servers_page(model: Model) -> list[Line]:
    """Each server process with its services."""
    lines: list[Line] = []
    now = model.now()
    for server in model.servers.values():
        lines += [(), title(server)]
        if text := problem(server, now):
            lines.append([(f"   {text}", f"bold {status_color(server)}")])
        lines += _services(server, now.seconds)
    return lines


def status_color(server: Server) -> str:
    """The colour for the status of `server`."""
    return STATUS_COLORS.get(server.status, "$dim")


def title(server: Server) -> Line:
    """The name of `server`, and its status."""
    color = status_color(server)
    line = [
        (f" {server.title} ", "bold"),
        (f" pid {server.pid}   {server.engine}   ", "$dim"),
        (f" {server.status.value} ", ALARM if color == "$error" else f"bold {color}"),
    ]
    return [*line, (" cut off from its cluster ", ALARM)] if server.cluster == "cut off" else line


def _services(server: Server, now: float) -> list[Line]:
    heading = f"   {'service':<9}{'sessions':>9}{'in':>7}{'out':>7}{'rate':>9}{'waiting':>9}  endpoints"
    lines: list[Line] = [[(heading, "$dim")]]
    for name, endpoints in server.services:
        sessions = [session for session in server.sessions.values() if session.row.service == name]
        figures = (
            f"{len(sessions):>9,}{units.amount(sum(each.row.bytes_in for each in sessions)):>7}"
            f"{units.amount(sum(each.row.bytes_out for each in sessions)):>7}"
            f"{units.rate(sum(each.rate(now) for each in sessions)):>9}"
            f"{units.amount(sum(each.row.waiting for each in sessions)):>9}"
        )
        style = "bold $dim" if server.is_stale else "bold"
        lines.append([(f"   {name:<9}", "$accent"), (figures, style), (f"  {' '.join(endpoints)}", "$dim")])
    return lines


# --- Reactor


def reactor_page(model: Model, width: int) -> list[Line]:
    """The load of each server's reactor."""
    lines: list[Line] = [[(f" {OWN_TURNS}", "$dim")]] if model.servers else []
    for server in model.servers.values():
        lines += [(), title(server), (), *_load(server, width, model)]
    return lines


def _load(server: Server, width: int, model: Model) -> list[Line]:
    load = server.load
    if load is None:
        return [[("   no data yet", "$dim")]]
    bars = max(0, min(SPARK, width - 32))
    turns = [each.turns for _, each in server.loads]
    lags = [each.lag for _, each in server.loads]
    share = load.descriptors / load.limit if load.limit else 0.0
    slow = "$warning" if load.lag_p99 >= 100 else ""
    filled = min(20, round(share * 20 + 0.499)) if load.descriptors else 0
    highest = f"highest {units.milliseconds(max(lags))} within the last minute"
    lines = [
        _figure("turns", units.rate(load.turns), units.sparkline(turns, bars)),
        _figure("loop lag", units.milliseconds(load.lag), units.sparkline(lags, bars, 10), slow),
        _figure("lag p99", units.milliseconds(load.lag_p99), highest, slow),
        _slowest(server, model),
        _figure("timers", f"{load.timers:,}"),
        _figure("descriptors", f"{load.descriptors:,}", f"{'█' * filled:░<20} of {load.limit:,}"),
        _figure("waiting", units.amount(load.waiting), "bytes to be sent"),
    ]
    for stall in list(server.stalls)[-3:]:
        text = stall.text.removeprefix(BLOCKED_FOR)
        lines.append(_figure("blocked", time_of_day(stall.at, model), text, "$error"))
    return lines


def _slowest(server: Server, model: Model) -> Line:
    """The slowest call of the last minute, so that the user can still read it after a stall."""
    now = model.now()
    arrived_at, load = server.slowest(now.seconds)
    when = f" at {time_of_day(now.time - now.seconds + arrived_at, model)}"
    more = load.slowest + (", for the monitor" if load.slowest.startswith(FOR_THE_MONITOR) else when)
    return _figure(
        "slowest", units.milliseconds(load.slowest_ms), more, "$warning" if load.slowest_ms >= 100 else ""
    )


def _figure(label: str, value: str, more: str = "", color: str = "") -> Line:
    style = "$accent" if more[:1] in units.BARS + " " else "$dim"
    return [(f"   {label:<13}", "$dim"), (f"{value:>10}", f"bold {color}"), (f"   {more}", style)]


# --- Events


def event_line(event: LogEntry, model: Model, names: bool = True) -> Line:
    """One entry of the log: time, event, with `names` the session or server, and text."""
    style = EVENT_STYLES.get(event.what, "$dim")
    name = f"{event.service} #{event.session}" if event.session else event.server
    return [
        (f" {time_of_day(event.at, model)}  ", "$dim"),
        (f"{event.what:<8}", f"bold {style}"),
        (f"{name:<16} " if names else "", "$accent"),
        (event.text, style if style.startswith("bold") else ""),
    ]


class EventsView(LineView):
    """Shows the log, the newest entry at the bottom."""

    follows_end = True

    def __init__(self, view: View) -> None:
        super().__init__(id="events")
        self._view = view
        self._events: list[LogEntry] = []

    def repaint(self) -> None:
        if not self._view.paused:
            self._events = list(self._view.model.events)
        super().repaint()

    def line_count(self) -> int:
        return len(self._events) or 1

    def draw(self, index: int, width: int) -> Line:
        if not self._events:
            return [(" Nothing has happened since the monitor started.", "$dim")]
        return event_line(self._events[index], self._view.model)


# --- the details of a session


def detail(view: View) -> list[Line]:
    """The details of the selected session, also if it has ended or the filter hides it."""
    session = view.ended or view.selected
    if session is None:
        return [[(" no session", "$dim")]]
    row = session.row
    stale = "  STALE" if session.server.is_stale else ""
    lines: list[Line] = [
        [
            (f" {row.service} ", "bold $accent"),
            (f"#{row.id} ", "$dim"),
            (row.user, "bold"),
            (stale, "bold $warning"),
        ],
        [(_remark(session, view), "bold $warning")],
        *[[(f" {label:<8} ", "$dim"), (value, "bold")] for label, value in _facts(session, view)],
        (),
        [(" recent events", "bold $dim")],
    ]
    events = [each for each in view.model.events if (each.server, each.session) == session.key]
    return lines + [event_line(each, view.model, names=False) for each in events[-MAX_EVENTS:]]


def _remark(session: SessionRow, view: View) -> str:
    if session is view.ended:
        return " the session has ended"
    is_shown = view.current is not None and view.current.key == session.key
    return "" if is_shown else " hidden by the filter"


def _facts(session: SessionRow, view: View) -> list[tuple[str, str]]:
    row, now = session.row, view.now
    return [
        ("peer", f"{row.transport}:{row.peer}"),
        ("state", row.state or "·"),
        *([("detail", row.detail)] if row.detail else []),
        ("since", f"{time_of_day(row.opened, view.model)}, {fields.AGE.text(session, now)}"),
        ("idle", fields.IDLE.text(session, now)),
        ("in", f"{row.bytes_in:,} bytes"),
        ("out", f"{row.bytes_out:,} bytes"),
        ("rate", fields.RATE.text(session, now)),
        ("waiting", f"{row.waiting:,} bytes"),
        ("server", session.server.name),
    ]
