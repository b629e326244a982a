"""The views for the four pages, apart from the table of sessions."""

from collections.abc import Callable

from rich.text import Text

from clients.monitor.screens.pages import event_line
from clients.monitor.sessions.model import Model
from clients.monitor.sessions.server import LogEntry
from clients.monitor.sessions.view import View
from clients.monitor.widgets.lineview import LineView
from clients.monitor.widgets.palette import Palette, style

Render = Callable[[Palette, int], list[Text]]
"""Returns the lines for a view of so many cells."""


class Page(LineView):
    """Shows the text that `render` returns at each repaint."""

    def __init__(self, render: Render, id: str) -> None:
        super().__init__(id=id)
        self._render_page = render
        self._lines: list[Text] = []

    def repaint(self) -> None:
        self._lines = self._render_page(self.palette, self.text_width)
        super().repaint()

    def line_count(self) -> int:
        return len(self._lines)

    def draw(self, index: int, width: int) -> Text:
        return self._lines[index].copy()


class EventsView(LineView):
    """Shows the log, the newest entry at the bottom."""

    follows_end = True

    def __init__(self, model: Model, view: View) -> None:
        super().__init__(id="events")
        self._model = model
        self._view = view
        self._events: list[LogEntry] = []

    def repaint(self) -> None:
        if not self._view.paused:
            self._events = list(self._model.events)
        super().repaint()

    def line_count(self) -> int:
        return len(self._events) or 1

    def draw(self, index: int, width: int) -> Text:
        if not self._events:
            return Text(" Nothing has happened since the monitor started.", style(self.palette.dim))
        return event_line(self._events[index], self._model, self.palette)
