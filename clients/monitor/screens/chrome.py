"""What surrounds every screen: the headline, the alarm, the line under the table, and the keys."""

from datetime import datetime

from rich.text import Text

from clients.monitor.sessions import units
from clients.monitor.sessions.model import Model, Now
from clients.monitor.sessions.server import Server, Status
from clients.monitor.sessions.view import View
from clients.monitor.widgets.palette import Palette, style

SCREENS = ("Sessions", "Servers", "Reactor", "Events")


def headline(model: Model, shown: str, colors: Palette, width: int) -> Text:
    """Which screen this is, and how much there is in all."""
    text = Text(no_wrap=True)
    for number, name in enumerate(SCREENS, 1):
        here = name.lower() == shown
        look = style(colors.back, bold=True, back=colors.accent) if here else style(colors.dim)
        text.append(f" {number} {name} ", look)
    servers = [server for server in model.servers.values() if not server.is_stale]
    sessions = sum(len(server.lines) for server in servers)
    totals = f"{units.plural(len(servers), 'server')} · {units.plural(sessions, 'session')} "
    blank = width - text.cell_len - len(totals)
    if blank > 0:
        text.append(" " * blank + totals, style(colors.text, bold=True))
    return text


def alarms(model: Model, now: Now, colors: Palette, width: int) -> list[Text]:
    """A line for each server that hangs, is silent or is lost; the worst first."""
    ranks = {Status.STALLED: 0, Status.SILENT: 1, Status.LOST: 2}
    troubled = [server for server in model.servers.values() if server.status in ranks]
    troubled.sort(key=lambda server: ranks[server.status])
    return [_alarm(server, now, colors, width) for server in troubled]


def _alarm(server: Server, now: Now, colors: Palette, width: int) -> Text:
    back = colors.warn if server.status is Status.LOST else colors.alarm
    front = colors.back if server.status is Status.LOST else "#ffffff"
    text = Text(f" {trouble(server, now)} ", style(front, bold=True, back=back), no_wrap=True)
    text.truncate(width, overflow="ellipsis", pad=True)
    return text


def trouble(server: Server, now: Now) -> str:
    """What is wrong with a server, in a line."""
    since = units.duration(now.seconds - server.changed)
    match server.status:
        case Status.STALLED:
            return f"{server.name} HANGS for {since}: {server.trouble.partition(': ')[2] or server.trouble}"
        case Status.SILENT:
            return f"{server.name} is not answering since {units.duration(now.seconds - server.heard)}"
        case Status.LOST:
            return f"{server.name}: connection lost {since} ago; its sessions are stale; trying again"
        case Status.GONE:
            return f"{server.name} has stopped {since} ago; its sessions are stale"
    return ""


def status(view: View, colors: Palette) -> Text:
    """How the table is looked at."""
    text = Text(no_wrap=True, overflow="ellipsis")
    if view.problem:
        return text.append(view.problem, style(colors.bad, bold=True))
    for word, color in _words(view, colors):
        text.append(f" {word} ", style(color, bold=True))
    return text


def _words(view: View, colors: Palette) -> list[tuple[str, str]]:
    words = []
    if view.paused:
        words.append(("PAUSED", colors.warn))
    if view.follows:
        words.append(("following the newest", colors.good))
    if view.marks:
        words.append((f"◆ {len(view.marks)} marked", colors.warn))
    if view.filter and not view.is_filtering:
        words.append(("filter off (\\)", colors.warn))
    if view.sort is not None or view.reverse:
        order = view.sort.name if view.sort else "arrival"
        words.append((f"by {order} {'▼' if view.reverse else '▲'}", colors.dim))
    words.append((f"{len(view.lines):,} shown", colors.dim))
    return words


KEYS = {
    "sessions": (
        ("/", "filter"),
        ("<>", "sort"),
        ("Enter", "detail"),
        ("w", "wire"),
        ("p", "pause"),
        ("K", "kick"),
        ("?", "help"),
        ("q", "quit"),
        ("A", "announce"),
        ("f", "follow"),
        ("e", "export"),
    ),
    "": (("1-4", "screens"), ("A", "announce"), ("p", "pause"), ("?", "help"), ("q", "quit")),
}


def keys(shown: str, colors: Palette, width: int, readonly: bool) -> Text:
    """The most useful keys, as many as there is room for."""
    text = Text(" ", no_wrap=True)
    for key, meaning in KEYS.get(shown, KEYS[""]):
        if readonly and key in ("K", "A"):
            continue
        if text.cell_len + len(key) + len(meaning) + 4 > width:
            break
        text.append(key, style(colors.accent, bold=True))
        text.append(f" {meaning}   ", style(colors.dim))
    return text


def clock_time(at: float, model: Model) -> str:
    """A Unix time as the time of day."""
    return datetime.fromtimestamp(at, model.clock.zone).strftime("%H:%M:%S")
