"""A timeout that is cheap to restart: one delayed call, which looks at the clock when it is due."""

from collections.abc import Callable

from core.interfaces import ReactorTime
from core.timers import DelayedCall


class Timeout:
    """Calls `expire()` when `seconds` have passed since the last `restart`, unless it was suspended since."""

    def __init__(self, clock: ReactorTime, seconds: float, expire: Callable[[], object]) -> None:
        self._clock = clock
        self._seconds = seconds
        self._expire = expire
        self._since: float | None = None
        self._call: DelayedCall | None = None
        self.restart()
        self._schedule(seconds)

    def restart(self) -> None:
        """Count from now."""
        self._since = self._clock.seconds()

    def suspend(self) -> None:
        """Do not expire until the next `restart`."""
        self._since = None

    def cancel(self) -> None:
        """Never expire."""
        if self._call is not None and self._call.active():
            self._call.cancel()

    def _schedule(self, seconds: float) -> None:
        self._call = self._clock.call_later(seconds, self._check)

    def _check(self) -> None:
        remaining = self._seconds
        if self._since is not None:
            remaining += self._since - self._clock.seconds()
        if remaining <= 0:
            self.restart()
            self._schedule(self._seconds)
            self._expire()
        else:
            self._schedule(remaining)
