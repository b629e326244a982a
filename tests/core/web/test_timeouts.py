"""Timeout: one delayed call, however often it is restarted."""

from core.testing import Clock
from core.web.timeouts import Timeout


def test_it_expires_after_the_time_since_the_last_restart_and_begins_again() -> None:
    clock = Clock()
    times: list[float] = []
    timeout = Timeout(clock, 10, lambda: times.append(clock.seconds()))
    clock.advance(7)
    timeout.restart()
    assert clock.pending() == 1
    clock.advance(40)
    assert times == [17, 27, 37, 47]


def test_it_does_not_expire_after_cancel() -> None:
    clock = Clock()
    timeout = Timeout(clock, 10, lambda: 1 / 0)
    timeout.cancel()
    timeout.cancel()
    clock.advance(100)
    assert clock.pending() == 0


def test_it_can_be_cancelled_when_it_expires() -> None:
    clock = Clock()
    timeout = Timeout(clock, 10, lambda: timeout.cancel())
    clock.advance(100)
    assert clock.pending() == 0
