"""Delivery: the lines of channels, gathered up to the end of the turn."""

from collections.abc import Callable


class Delivery:
    """Gathers the lines of channels up to the end of the turn, so that a user receives them in one write.

    `at_turn_end` is `call_at_turn_end` of the reactor. A line to one user is sent after all gathered ones.
    """

    def __init__(self, at_turn_end: Callable[[Callable[[], object]], object]) -> None:
        self._at_turn_end = at_turn_end
        self.waiting: list[Callable[[], object]] = []

    def schedule(self, deliver: Callable[[], object]) -> None:
        """Call `deliver()`, which sends the lines of a channel, at the end of the turn."""
        self.waiting.append(deliver)
        if len(self.waiting) == 1:
            self._at_turn_end(self.deliver)

    def deliver(self) -> None:
        """Send all gathered lines now."""
        waiting, self.waiting = self.waiting, []
        for deliver in waiting:
            deliver()
