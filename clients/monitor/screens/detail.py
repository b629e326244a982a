"""The details of one session."""

from rich.text import Text

from clients.monitor.screens.chrome import time_of_day
from clients.monitor.screens.pages import event_line
from clients.monitor.sessions import fields
from clients.monitor.sessions.server import SessionRow
from clients.monitor.sessions.view import View
from clients.monitor.widgets.palette import Palette, style

MAX_EVENTS = 8


def detail(view: View, colors: Palette) -> list[Text]:
    """The details of the selected session, also if it has ended or the filter hides it."""
    session = view.ended or view.selected
    if session is None:
        return [Text(" no session", style(colors.dim))]
    lines = [_title(session, colors), Text(_remark(session, view), style(colors.warn, bold=True))]
    lines += [_fact(label, value, colors) for label, value in _facts(session, view)]
    lines += [Text(""), Text(" recent events", style(colors.dim, bold=True))]
    events = [each for each in view.model.events if (each.server, each.session) == session.key]
    return lines + [event_line(each, view.model, colors, names=False) for each in events[-MAX_EVENTS:]]


def _title(session: SessionRow, colors: Palette) -> Text:
    row = session.row
    text = Text(f" {row.service} ", style(colors.accent, bold=True), no_wrap=True, overflow="ellipsis")
    text.append(f"#{row.id} ", style(colors.dim))
    text.append(row.user, style(colors.text, bold=True))
    return text.append("  STALE", style(colors.warn, bold=True)) if session.server.is_stale else text


def _remark(session: SessionRow, view: View) -> str:
    if session is view.ended:
        return " the session has ended"
    is_shown = view.current is not None and view.current.key == session.key
    return "" if is_shown else " hidden by the filter"


def _facts(session: SessionRow, view: View) -> list[tuple[str, str]]:
    row, now = session.row, view.now
    more = [("detail", row.detail)] if row.detail else []
    return [
        ("peer", f"{row.transport}:{row.peer}"),
        ("state", row.state or "·"),
        *more,
        ("since", f"{time_of_day(row.opened, view.model)}, {fields.AGE.text(session, now)}"),
        ("idle", fields.IDLE.text(session, now)),
        ("in", f"{row.bytes_in:,} bytes"),
        ("out", f"{row.bytes_out:,} bytes"),
        ("rate", fields.RATE.text(session, now)),
        ("waiting", f"{row.waiting:,} bytes"),
        ("server", session.server.name),
    ]


def _fact(label: str, value: str, colors: Palette) -> Text:
    text = Text(f" {label:<8} ", style(colors.dim), no_wrap=True, overflow="ellipsis")
    return text.append(value, style(colors.text, bold=True))
