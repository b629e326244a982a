"""The screens Servers, Reactor and Events, and what is said while there is nothing to show, as text."""

from collections.abc import Sequence

from rich.text import Text

from clients.monitor.screens.chrome import clock_time, trouble
from clients.monitor.sessions import units
from clients.monitor.sessions.model import WENT_ON, Model
from clients.monitor.sessions.server import LogEntry, Server, Status
from clients.monitor.widgets.palette import Palette, style

ASKED = "The monitor asks 4 times a second: an idle server turns for it alone."
ASKING = ("Subscription.", "ControlProtocol")
"""What a server calls for the monitor's sake."""

SPARK = 60
LABEL = 13


def nothing_running(where: str, colors: Palette) -> list[Text]:
    """Where it was looked, and how to start one."""
    look = style(colors.text, bold=True)
    return [
        Text(""),
        Text("  No server is running.", look),
        Text(""),
        Text(f"  Looked in  {where}", style(colors.dim)),
        Text(""),
        Text("  Start one in another terminal:", style(colors.text)),
        Text("    python -m servers --demo", style(colors.accent, bold=True)),
        Text(""),
        Text("  It will show up here by itself.", style(colors.dim)),
    ]


def nothing_matches(filter: str, total: int, colors: Palette) -> list[Text]:
    """The filter is what hides them."""
    return [
        Text(""),
        Text.assemble(
            ("  None of ", style(colors.text)),
            (units.plural(total, "session"), style(colors.text, bold=True)),
            (" matches  ", style(colors.text)),
            (filter, style(colors.warn, bold=True)),
        ),
        Text(""),
        Text("  \\ switches the filter off, / changes it.", style(colors.dim)),
    ]


def nobody_there(model: Model, colors: Palette) -> list[Text]:
    """Servers, and nobody who came."""
    servers = [server for server in model.servers.values() if not server.is_stale]
    places = [place for server in servers for _, found in server.services for place in found]
    return [
        Text(""),
        Text("  Nobody is connected yet.", style(colors.text, bold=True)),
        Text(""),
        *[Text(f"  listening on {place}", style(colors.dim)) for place in places],
    ]


def status_color(server: Server, colors: Palette) -> str:
    """As a traffic light."""
    if server.status in (Status.STALLED, Status.SILENT):
        return colors.bad
    return {Status.LIVE: colors.good, Status.LOST: colors.warn}.get(server.status, colors.dim)


def title(server: Server, colors: Palette) -> Text:
    """A server's name, and how it is."""
    hangs = server.status in (Status.STALLED, Status.SILENT)
    look = (
        style("#ffffff", bold=True, back=colors.alarm)
        if hangs
        else style(status_color(server, colors), bold=True)
    )
    text = Text(no_wrap=True)
    text.append(f" {server.title} ", style(colors.text, bold=True))
    text.append(f" pid {server.pid}   {server.engine}   ", style(colors.dim))
    text.append(f" {server.status.value} ", look)
    return text


def servers_page(model: Model, colors: Palette, width: int) -> list[Text]:
    """Each server process with its services."""
    lines, now = [], model.now()
    for server in model.servers.values():
        lines += [Text(""), title(server, colors)]
        if server.status is not Status.LIVE and trouble(server, now):
            lines.append(Text(f"   {trouble(server, now)}", style(status_color(server, colors), bold=True)))
        lines += _services(server, colors, model)
    return lines


def _services(server: Server, colors: Palette, model: Model) -> list[Text]:
    lines, now = [], model.now().seconds
    heading = f"   {'service':<10}{'sessions':>9}{'in':>9}{'out':>9}{'rate':>10}{'waiting':>9}   endpoints"
    lines.append(Text(heading, style(colors.dim), no_wrap=True))
    for name, places in server.services:
        its = [line for line in server.lines.values() if line.row.service == name]
        text = Text(f"   {name:<10}", style(colors.accent), no_wrap=True, overflow="ellipsis")
        figures = (
            f"{len(its):>9,}{units.amount(sum(line.row.bytes_in for line in its)):>9}"
            f"{units.amount(sum(line.row.bytes_out for line in its)):>9}"
            f"{units.rate(sum(line.rate(now) for line in its)):>10}"
            f"{units.amount(sum(line.row.waiting for line in its)):>9}"
        )
        text.append(figures, style(colors.dim if server.is_stale else colors.text, bold=True))
        text.append("   " + " ".join(places), style(colors.dim))
        lines.append(text)
    return lines


def reactor_page(model: Model, colors: Palette, width: int) -> list[Text]:
    """What each reactor is doing."""
    lines = [Text(f" {ASKED}", style(colors.dim))] if model.servers else []
    for server in model.servers.values():
        lines += [Text(""), title(server, colors), Text("")]
        lines += _load(server, colors, width, model)
    return lines


def _load(server: Server, colors: Palette, width: int, model: Model) -> list[Text]:
    load = server.load
    if load is None:
        return [Text("   nothing heard yet", style(colors.dim))]
    room = max(0, min(SPARK, width - 32))
    turns = [each.turns for _, each in server.loads]
    lags = [each.lag for _, each in server.loads]
    share = load.descriptors / load.limit if load.limit else 0.0
    slow = colors.warn if load.lag_p99 >= 100 else colors.text
    filled = min(20, round(share * 20 + 0.499)) if load.descriptors else 0
    lines = [
        _figure("turns", units.rate(load.turns), colors, units.sparkline(turns, room)),
        _figure("loop lag", units.milliseconds(load.lag), colors, units.sparkline(lags, room, 10), slow),
        _figure("lag p99", units.milliseconds(load.lag_p99), colors, f"highest {_highest(lags)}", slow),
        _slowest(server, colors, model),
        _figure("timers", f"{load.timers:,}", colors),
        _figure("descriptors", f"{load.descriptors:,}", colors, f"{'█' * filled:░<20} of {load.limit:,}"),
        _figure("waiting", units.amount(load.waiting), colors, "bytes to go out"),
    ]
    for stall in list(server.stalls)[-3:]:
        text = stall.text.removeprefix(WENT_ON)
        lines.append(_figure("hung", clock_time(stall.at, model), colors, text, colors.bad))
    return lines


def _slowest(server: Server, colors: Palette, model: Model) -> Text:
    """Of the last minute: who looks up when it is over still finds who it was."""
    now = model.now()
    told_at, load = server.slowest(now.seconds)
    when = f" at {clock_time(now.time - now.seconds + told_at, model)}"
    more = load.slowest + (", for the monitor" if load.slowest.startswith(ASKING) else when)
    color = colors.warn if load.slowest_ms >= 100 else colors.text
    return _figure("slowest", units.milliseconds(load.slowest_ms), colors, more, color)


def _highest(values: Sequence[float]) -> str:
    return units.milliseconds(max(values, default=0.0)) + " within the last minute"


def _figure(label: str, value: str, colors: Palette, more: str = "", color: str = "") -> Text:
    text = Text(f"   {label:<{LABEL}}", style(colors.dim), no_wrap=True, overflow="ellipsis")
    text.append(f"{value:>10}", style(color or colors.text, bold=True))
    return text.append(f"   {more}", style(colors.accent if more[:1] in units.BARS + " " else colors.dim))


LOOKS = {
    **dict.fromkeys(("stall", "error", "silent"), "bad"),
    **dict.fromkeys(("kicked", "gap", "lost", "stopped"), "warn"),
    **dict.fromkeys(("opened", "found", "back"), "good"),
}


def event_line(event: LogEntry, model: Model, colors: Palette, names: bool = True) -> Text:
    """When, what, and with `names` to whom."""
    chosen = LOOKS.get(event.what, "")
    color = {"bad": colors.bad, "warn": colors.warn, "good": colors.good}.get(chosen, colors.dim)
    who = f"{event.service} #{event.session}" if event.session else event.server
    text = Text(f" {clock_time(event.at, model)}  ", style(colors.dim), no_wrap=True, overflow="ellipsis")
    text.append(f"{event.what:<8}", style(color, bold=True))
    if names:
        text.append(f"{who:<16} ", style(colors.accent))
    return text.append(
        event.text, style(colors.bad if chosen == "bad" else colors.text, bold=chosen == "bad")
    )
