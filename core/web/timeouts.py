"""A timeout that is cheap to restart: one delayed call, which looks at the clock when it is due."""

from collections.abc import Callable

from core.interfaces import ReactorTime
from core.timers import cancel_if_active


class Timeout:
    """Calls `expire()` when `seconds` have passed since the last `restart`, and then begins again."""

    def __init__(self, clock: ReactorTime, seconds: float, expire: Callable[[], object]) -> None:
        self._clock = clock
        self._seconds = seconds
        self._expire = expire
        self._since = clock.seconds()
        self._call = clock.call_later(seconds, self._check)

    def restart(self) -> None:
        """Begin to count the seconds again, from now."""
        self._since = self._clock.seconds()

    def cancel(self) -> None:
        """Stop counting: the timeout does not expire any more."""
        cancel_if_active(self._call)

    def _check(self) -> None:
        remaining = self._since + self._seconds - self._clock.seconds()
        if remaining > 0:
            self._call = self._clock.call_later(remaining, self._check)
            return
        self._call = self._clock.call_later(self._seconds, self._check)
        self._expire()
