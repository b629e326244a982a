"""What the monitor has to say, on a line of its own above the prompt: so it hides nothing while it stays.

The newest takes the place of the one before. It counts the seconds only while it can be seen.
"""

from textual.widgets import Static

from clients.monitor.sessions.model import Clock

STAYS = 4.0
"""Seconds."""


class NoticeLine(Static):
    """Nothing, or what was said last."""

    DEFAULT_CSS = """
    NoticeLine { display: none; height: auto; max-height: 3; padding: 0 1;
        background: $panel; color: $success; text-style: bold; }
    NoticeLine.problem { background: $warning; color: $background; }
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__("", id="note", markup=False)
        self._clock = clock
        self._until: float | None = None

    def say(self, text: str, is_problem: bool = False) -> None:
        """Show `text` for a while; a problem stands out."""
        self.update(text)
        self.set_class(is_problem, "problem")
        self.display = True
        self._until = None

    def repaint(self) -> None:
        """Away with what was seen for long enough."""
        now = self._clock.seconds()
        if self.display and self.screen.is_current:
            self._until = self._until or now + STAYS
            self.display = now < self._until
