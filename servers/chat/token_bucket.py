"""A token bucket: so much at once, then so much a second, and nobody is told off for it.

Each line takes a token, and tokens drip in at a constant rate into a bucket that holds only so many.
Who has none left is read from more slowly; TCP does the rest, for what is not read cannot be sent.
"""

from dataclasses import dataclass

from core.interfaces import ReactorTime


@dataclass(frozen=True)
class Rate:
    """`burst` lines at once, then `per_second`."""

    burst: float
    per_second: float


def parse_rate(text: str) -> Rate | None:
    """`BURST,RATE`, or `off`: None. ValueError."""
    if text == "off":
        return None
    burst, _, rate = text.partition(",")
    try:
        parsed = Rate(float(burst), float(rate))
    except ValueError:
        parsed = Rate(0, 0)
    if not (1 <= parsed.burst <= 1e6 and 0.01 <= parsed.per_second <= 1e6):
        raise ValueError(
            f"{text!r} is neither `off` nor BURST,RATE such as 10,5: lines at once, lines a second"
        )
    return parsed


class TokenBucket:
    """Begins full."""

    def __init__(self, rate: Rate, clock: ReactorTime) -> None:
        self._rate = rate
        self._clock = clock
        self._tokens = rate.burst
        self._filled_at = clock.seconds()

    def take(self) -> float:
        """Take a token, and say in how many seconds there will be another; 0 if there is one now."""
        now = self._clock.seconds()
        dripped = (now - self._filled_at) * self._rate.per_second
        self._tokens = min(self._rate.burst, self._tokens + dripped) - 1
        self._filled_at = now
        return max(0.0, (1 - self._tokens) / self._rate.per_second)
