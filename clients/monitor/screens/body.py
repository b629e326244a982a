"""The four screens that the keys 1 to 4 choose from, each a view that draws what it is handed."""

from collections.abc import Callable

from rich.text import Text

from clients.monitor.screens.pages import event_line
from clients.monitor.sessions.model import Model
from clients.monitor.sessions.server import LogEntry
from clients.monitor.sessions.view import View
from clients.monitor.widgets.lineview import LineView
from clients.monitor.widgets.palette import Palette, style

Draw = Callable[[Palette, int], list[Text]]


class Page(LineView):
    """A screenful of text, made anew at each repaint."""

    def __init__(self, draw: Draw, id: str) -> None:
        super().__init__(id=id)
        self._draw = draw
        self._lines: list[Text] = []

    def repaint(self) -> None:
        """Ask what there is to show."""
        self._lines = self._draw(self.palette, self.room)
        super().repaint()

    def line_count(self) -> int:
        """As many as were made."""
        return len(self._lines)

    def draw(self, index: int, width: int) -> Text:
        """One of them."""
        line = self._lines[index].copy()
        line.truncate(width, overflow="ellipsis")
        return line


class EventsView(LineView):
    """What happened, the newest at the bottom; whoever scrolls up stays there."""

    sticks = True

    def __init__(self, model: Model, view: View) -> None:
        super().__init__(id="events")
        self._model = model
        self._view = view
        self._events: list[LogEntry] = []

    def repaint(self) -> None:
        """Unless paused."""
        if not self._view.paused:
            self._events = list(self._model.events)
        super().repaint()

    def line_count(self) -> int:
        """As many as are remembered."""
        return len(self._events) or 1

    def draw(self, index: int, width: int) -> Text:
        """One event."""
        if not self._events:
            return Text(" Nothing has happened since the monitor began to look.", style(self.palette.dim))
        line = event_line(self._events[index], self._model, self.palette)
        line.truncate(width, overflow="ellipsis")
        return line
