"""Widgets of one line: a line in pieces with styles, and the notice to the user."""

from textual.content import Content
from textual.widgets import Static

from clients.monitor.sessions.model import Clock
from clients.monitor.widgets.palette import Line

DURATION = 4.0
"""Seconds for which a notice is shown."""


class LineWidget(Static):
    """Shows lines whose number and width do not change the layout. `name` is its id."""

    def __init__(self, name: str) -> None:
        super().__init__("", id=name, markup=False)

    def show(self, *lines: Line) -> None:
        """Show `lines` in place of the ones before."""
        self.update(Content("\n").join(Content.assemble(*line) for line in lines), layout=False)


class NoticeLine(Static):
    """Shows the last notice, in a line of its own above the prompt, so that it covers nothing.

    It is hidden while there is none. The time for which it is shown counts only while it is visible.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__("", id="notice", markup=False)
        self._clock = clock
        self._until: float | None = None

    def notify_user(self, text: str, is_problem: bool = False) -> None:
        """Show `text` for a few seconds. A problem is highlighted."""
        self.update(text)
        self.set_class(is_problem, "problem")
        self.display = True
        self._until = None

    def repaint(self) -> None:
        """Hide the notice when its time is over."""
        now = self._clock.seconds()
        if self.display and self.is_attached and self.screen.is_current:
            self._until = self._until or now + DURATION
            self.display = now < self._until
