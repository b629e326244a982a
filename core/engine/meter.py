"""How busy a loop is, measured only while somebody asks: a loop without a meter pays nothing.

Lag is how long the handlers of one turn took together: so long had the next event to wait.
"""

import time
from collections import deque
from functools import partial

KEPT_TURNS = 2000


class Meter:
    """Times every handler and every turn of a loop. All times are in seconds."""

    def __init__(self) -> None:
        self.turns = 0
        self.longest = 0.0
        self.slowest = 0.0
        self.slowest_name = ""
        self._lags: deque[float] = deque(maxlen=KEPT_TURNS)

    def note(self, what: object, took: float) -> None:
        """Handling `what` took longer than anything before it, since the last `restart`."""
        self.slowest, self.slowest_name = took, name_of(what)

    def end_turn(self, began_at: float) -> None:
        """All that the turn brought was handled."""
        lag = time.monotonic() - began_at
        self.turns += 1
        self.longest = max(self.longest, lag)
        self._lags.append(lag)

    def p99(self) -> float:
        """What 99 of 100 turns lately took at most."""
        lags = sorted(self._lags)
        return lags[len(lags) * 99 // 100] if lags else 0.0

    def restart(self) -> None:
        """Begin to look for the longest and slowest anew."""
        self.turns = 0
        self.longest = self.slowest = 0.0
        self.slowest_name = ""


def name_of(what: object) -> str:
    """A function by its name, a descriptor by its protocol's."""
    if isinstance(what, partial):
        return name_of(what.func)
    named = what if hasattr(what, "__qualname__") else type(getattr(what, "protocol", what))
    return str(getattr(named, "__qualname__", named))
