"""The pages Servers, Reactor and Events, and the texts for an empty table."""

from rich.text import Text

from clients.monitor.screens.chrome import problem, time_of_day
from clients.monitor.sessions import units
from clients.monitor.sessions.model import BLOCKED_FOR, Model
from clients.monitor.sessions.server import LogEntry, Server, Status
from clients.monitor.sessions.view import View
from clients.monitor.widgets.lineview import LineView
from clients.monitor.widgets.palette import Palette, style

OWN_TURNS = "About 4 of the turns per second serve the monitor itself."
FOR_THE_MONITOR = ("Subscription.", "ControlProtocol")
"""The calls in a server that only serve the monitor begin with these names."""

SPARK = 60
LABEL = 13


def no_server(where: str, colors: Palette) -> list[Text]:
    """For no running server: where the monitor searches, and how to start one."""
    return _message(
        ("No server is running.\n", colors.text, True),
        (f"Searched in  {where}\n", colors.dim, False),
        ("Start one in another terminal:", colors.text, False),
        ("  python -m servers --demo\n", colors.accent, True),
        ("It will appear here within seconds.", colors.dim, False),
    )


def no_match(filter: str, total: int, colors: Palette) -> list[Text]:
    """For a filter that hides all `total` sessions."""
    return _message(
        (f"None of {units.plural(total, 'session')} matches  {filter}\n", colors.warn, True),
        ("\\ switches the filter off, / changes it.", colors.dim, False),
    )


def no_session(model: Model, colors: Palette) -> list[Text]:
    """For servers without a session: where they listen."""
    servers = [server for server in model.servers.values() if not server.is_stale]
    endpoints = [endpoint for server in servers for _, found in server.services for endpoint in found]
    return _message(
        ("No client is connected yet.\n", colors.text, True),
        *[(f"listening on {endpoint}", colors.dim, False) for endpoint in endpoints],
    )


def _message(*parts: tuple[str, str, bool]) -> list[Text]:
    """Lines for the middle of an empty page, from texts with a colour each, in bold or not."""
    lines = [Text()]
    for text, color, bold in parts:
        lines += [Text(f"  {line}", style(color, bold)) for line in text.split("\n")]
    return lines


def status_color(server: Server, colors: Palette) -> str:
    """Green, yellow or red, as in a traffic light; dim for a stopped server."""
    if server.status in (Status.STALLED, Status.SILENT):
        return colors.bad
    return {Status.LIVE: colors.good, Status.LOST: colors.warn}.get(server.status, colors.dim)


def title(server: Server, colors: Palette) -> Text:
    """The name of `server`, and its status."""
    color = status_color(server, colors)
    is_alarm = color == colors.bad
    text = Text(no_wrap=True)
    text.append(f" {server.title} ", style(colors.text, bold=True))
    text.append(f" pid {server.pid}   {server.engine}   ", style(colors.dim))
    status = style("#ffffff", bold=True, back=colors.alarm) if is_alarm else style(color, bold=True)
    text.append(f" {server.status.value} ", status)
    if server.cluster == "cut off":
        text.append(" cut off from its cluster ", style("#ffffff", bold=True, back=colors.alarm))
    return text


def servers_page(model: Model, colors: Palette, width: int) -> list[Text]:
    """Each server process with its services."""
    lines, now = [], model.now()
    for server in model.servers.values():
        lines += [Text(""), title(server, colors)]
        if text := problem(server, now):
            lines.append(Text(f"   {text}", style(status_color(server, colors), bold=True)))
        lines += _services(server, colors, now.seconds)
    return lines


def _services(server: Server, colors: Palette, now: float) -> list[Text]:
    heading = f"   {'service':<10}{'sessions':>9}{'in':>9}{'out':>9}{'rate':>10}{'waiting':>9}   endpoints"
    lines = [Text(heading, style(colors.dim), no_wrap=True)]
    for name, endpoints in server.services:
        sessions = [session for session in server.sessions.values() if session.row.service == name]
        text = Text(f"   {name:<10}", style(colors.accent), no_wrap=True, overflow="ellipsis")
        figures = (
            f"{len(sessions):>9,}{units.amount(sum(each.row.bytes_in for each in sessions)):>9}"
            f"{units.amount(sum(each.row.bytes_out for each in sessions)):>9}"
            f"{units.rate(sum(each.rate(now) for each in sessions)):>10}"
            f"{units.amount(sum(each.row.waiting for each in sessions)):>9}"
        )
        text.append(figures, style(colors.dim if server.is_stale else colors.text, bold=True))
        lines.append(text.append("   " + " ".join(endpoints), style(colors.dim)))
    return lines


def reactor_page(model: Model, colors: Palette, width: int) -> list[Text]:
    """The load of each server's reactor."""
    lines = [Text(f" {OWN_TURNS}", style(colors.dim))] if model.servers else []
    for server in model.servers.values():
        lines += [Text(""), title(server, colors), Text("")]
        lines += _load(server, colors, width, model)
    return lines


def _load(server: Server, colors: Palette, width: int, model: Model) -> list[Text]:
    load = server.load
    if load is None:
        return [Text("   no data yet", style(colors.dim))]
    bars = max(0, min(SPARK, width - 32))
    turns = [each.turns for _, each in server.loads]
    lags = [each.lag for _, each in server.loads]
    share = load.descriptors / load.limit if load.limit else 0.0
    slow = colors.warn if load.lag_p99 >= 100 else colors.text
    filled = min(20, round(share * 20 + 0.499)) if load.descriptors else 0
    highest = f"highest {units.milliseconds(max(lags))} within the last minute"
    lines = [
        _figure("turns", units.rate(load.turns), colors, units.sparkline(turns, bars)),
        _figure("loop lag", units.milliseconds(load.lag), colors, units.sparkline(lags, bars, 10), slow),
        _figure("lag p99", units.milliseconds(load.lag_p99), colors, highest, slow),
        _slowest(server, colors, model),
        _figure("timers", f"{load.timers:,}", colors),
        _figure("descriptors", f"{load.descriptors:,}", colors, f"{'█' * filled:░<20} of {load.limit:,}"),
        _figure("waiting", units.amount(load.waiting), colors, "bytes to be sent"),
    ]
    for stall in list(server.stalls)[-3:]:
        text = stall.text.removeprefix(BLOCKED_FOR)
        lines.append(_figure("blocked", time_of_day(stall.at, model), colors, text, colors.bad))
    return lines


def _slowest(server: Server, colors: Palette, model: Model) -> Text:
    """The slowest call of the last minute, so that the user can still read it after a stall."""
    now = model.now()
    arrived_at, load = server.slowest(now.seconds)
    when = f" at {time_of_day(now.time - now.seconds + arrived_at, model)}"
    more = load.slowest + (", for the monitor" if load.slowest.startswith(FOR_THE_MONITOR) else when)
    color = colors.warn if load.slowest_ms >= 100 else colors.text
    return _figure("slowest", units.milliseconds(load.slowest_ms), colors, more, color)


def _figure(label: str, value: str, colors: Palette, more: str = "", color: str = "") -> Text:
    text = Text(f"   {label:<{LABEL}}", style(colors.dim), no_wrap=True, overflow="ellipsis")
    text.append(f"{value:>10}", style(color or colors.text, bold=True))
    return text.append(f"   {more}", style(colors.accent if more[:1] in units.BARS + " " else colors.dim))


def event_line(event: LogEntry, model: Model, colors: Palette, names: bool = True) -> Text:
    """One entry of the log: time, event, with `names` the session or server, and text."""
    color, is_bad = _event_color(event, colors)
    name = f"{event.service} #{event.session}" if event.session else event.server
    text = Text(f" {time_of_day(event.at, model)}  ", style(colors.dim), no_wrap=True, overflow="ellipsis")
    text.append(f"{event.what:<8}", style(color, bold=True))
    if names:
        text.append(f"{name:<16} ", style(colors.accent))
    return text.append(event.text, style(color if is_bad else colors.text, bold=is_bad))


def _event_color(event: LogEntry, colors: Palette) -> tuple[str, bool]:
    """The colour for the kind of event, and whether it is an error."""
    if event.what in ("stall", "error", "silent"):
        return colors.bad, True
    if event.what in ("kicked", "gap", "lost", "stopped"):
        return colors.warn, False
    return colors.good if event.what in ("opened", "found", "back") else colors.dim, False


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

    def draw(self, index: int, width: int) -> Text:
        if not self._events:
            return Text(" Nothing has happened since the monitor started.", style(self.palette.dim))
        return event_line(self._events[index], self._view.model, self.palette)
