"""The part of a View that is kept in the settings: order, columns, and the last filter."""

from collections.abc import Mapping

from clients.monitor.sessions.columns import ALL, DEFAULT
from clients.monitor.sessions.fields import BY_NAME
from clients.monitor.sessions.view import View
from core.formats.json_values import as_items, as_text


def to_settings(view: View) -> dict[str, object]:
    """The choices of `view` as values for the settings file."""
    return {
        "sort": view.sort.name if view.sort else "",
        "reverse": view.reverse,
        "hold": view.holds,
        "columns": [name for name in ALL if name in view.columns],
        "filter": "" if view.problem else view.filter,
    }


def apply(view: View, settings: Mapping[str, object]) -> None:
    """Give `view` the choices in `settings`. A value that makes no sense counts as missing.

    The filter is switched off at first: a table without some sessions would surprise at the start.
    """
    view.sort = BY_NAME.get(str(settings.get("sort")))
    view.reverse = settings.get("reverse") is True
    view.holds = settings.get("hold") is True
    try:
        view.columns = set(ALL).intersection(map(as_text, as_items(settings.get("columns")))) or DEFAULT
        view.set_filter(as_text(settings.get("filter")))
    except ValueError:
        pass
    view.is_filtering = not view.filter
