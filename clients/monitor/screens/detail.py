"""All that is known of one session."""

from rich.text import Text

from clients.monitor.screens.chrome import clock_time
from clients.monitor.screens.pages import event_line
from clients.monitor.sessions import fields, units
from clients.monitor.sessions.model import Model
from clients.monitor.sessions.server import LogEntry, SessionRow
from clients.monitor.sessions.view import View
from clients.monitor.widgets.palette import Palette, style

LATELY = 8


def detail(view: View, colors: Palette) -> list[Text]:
    """The session that the cursor was put on, also when it has ended or the filter hides it."""
    line = view.ended or view.held
    if line is None:
        return [Text(" no session", style(colors.dim))]
    facts = _facts(line, view)
    lines = [_title(line, colors), Text(_remark(line, view), style(colors.warn, bold=True))]
    lines += [_fact(label, value, colors) for label, value in facts]
    lines += [Text(""), Text(" lately", style(colors.dim, bold=True))]
    return lines + [event_line(event, view.model, colors, names=False) for event in _lately(line, view.model)]


def _title(line: SessionRow, colors: Palette) -> Text:
    text = Text(f" {line.row.service} ", style(colors.accent, bold=True), no_wrap=True, overflow="ellipsis")
    text.append(f"#{line.row.id} ", style(colors.dim))
    text.append(line.row.user, style(colors.text, bold=True))
    return text.append("  STALE", style(colors.warn, bold=True)) if line.server.is_stale else text


def _remark(line: SessionRow, view: View) -> str:
    if line is view.ended:
        return " the session has ended"
    is_shown = view.current is not None and view.current.key == line.key
    return "" if is_shown else " hidden by the filter"


def _facts(line: SessionRow, view: View) -> list[tuple[str, str]]:
    row, now = line.row, view.now
    return [
        ("peer", f"{row.transport}:{row.peer}"),
        ("state", row.state or "·"),
        ("since", f"{clock_time(row.opened, view.model)}, {fields.AGE.text(line, now)}"),
        ("idle", fields.IDLE.text(line, now)),
        ("in", f"{row.bytes_in:,} bytes"),
        ("out", f"{row.bytes_out:,} bytes"),
        ("rate", units.rate(line.rate(now.seconds))),
        ("waiting", f"{row.waiting:,} bytes"),
        ("server", line.server.name),
    ]


def _fact(label: str, value: str, colors: Palette) -> Text:
    text = Text(f" {label:<8} ", style(colors.dim), no_wrap=True, overflow="ellipsis")
    return text.append(value, style(colors.text, bold=True))


def _lately(line: SessionRow, model: Model) -> list[LogEntry]:
    its = [each for each in model.events if (each.server, each.session) == line.key]
    return its[-LATELY:]
