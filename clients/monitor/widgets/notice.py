"""A notice to the user, in a line of its own above the prompt, so that it covers nothing.

A new notice replaces the one before. The time for which it is shown counts only while it is visible.
"""

from textual.widgets import Static

from clients.monitor.sessions.model import Clock

DURATION = 4.0
"""Seconds for which a notice is shown."""


class NoticeLine(Static):
    """Shows the last notice. It is hidden while there is none."""

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
