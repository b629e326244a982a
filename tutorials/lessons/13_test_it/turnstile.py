"""A turnstile, which lesson 13 tests. It is right: leave it as it is."""

from core import DelayedCall, LineReceiver
from core.interfaces import ReactorTime

OPEN_FOR = 5.0
"""Seconds for which a coin opens it."""


class Turnstile(LineReceiver):
    """A turnstile is locked until `COIN` comes: `open`. Then `PUSH` lets one person `through`, and locks it.

    PUSH while it is locked is answered with `locked`, COIN while it is open with `coin back`. If no PUSH
    comes within OPEN_FOR seconds after the coin, it locks, and sends `locked`.
    """

    def __init__(self, clock: ReactorTime) -> None:
        self._clock = clock
        self._timer: DelayedCall | None = None  # only while it is open

    def line_received(self, line: bytes) -> None:
        if line == b"COIN":
            self._insert_coin()
        elif line == b"PUSH":
            self._push()

    def _insert_coin(self) -> None:
        if self._timer is not None:
            self.send_line(b"coin back")
            return
        self._timer = self._clock.call_later(OPEN_FOR, self._lock)
        self.send_line(b"open")

    def _push(self) -> None:
        if self._timer is None:
            self.send_line(b"locked")
            return
        self._timer.cancel()
        self._timer = None
        self.send_line(b"through")

    def _lock(self) -> None:
        self._timer = None
        self.send_line(b"locked")
