"""A token bucket: limits the rate of a user's lines, but allows bursts.

Each line takes a token. Tokens are added at a constant rate, up to the size of the bucket. When a user has no
token left, the server stops reading from the connection for a while. No line is lost: TCP's flow control
slows the sender down.
"""

from dataclasses import dataclass

from core.interfaces import ReactorTime


@dataclass(frozen=True)
class Rate:
    """`burst` lines at once, then `per_second` lines a second."""

    burst: float
    per_second: float


def parse_rate(text: str) -> Rate | None:
    """Parse `BURST,RATE`. None for `off`; ValueError, with the right form in its text, for anything else."""
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
    """A bucket that starts full."""

    def __init__(self, rate: Rate, clock: ReactorTime) -> None:
        self._rate = rate
        self._clock = clock
        self._tokens = rate.burst
        self._filled_at = clock.seconds()

    def take(self) -> float:
        """Take a token. Returns the seconds until the next token is available, 0 if one is available now."""
        now = self._clock.seconds()
        added = (now - self._filled_at) * self._rate.per_second
        self._tokens = min(self._rate.burst, self._tokens + added) - 1
        self._filled_at = now
        return max(0.0, (1 - self._tokens) / self._rate.per_second)
