"""TimerService: when it calls its function, and how its calls end."""

import pytest

from core.deferred import Deferred
from core.reactor import Reactor
from core.services import TimerService
from core.testing import Clock
from tests.conftest import turn_until


def test_the_function_is_called_at_the_start_and_then_in_each_interval() -> None:
    clock, calls = Clock(), list[tuple[str, float, bool]]()
    timer = TimerService(2.0, lambda word: calls.append((word, clock.seconds(), timer.running)), "tick")
    timer.clock = clock
    for _ in range(2):
        timer.start_service()
        clock.advance(5.0)
        stopped: list[object] = []
        timer.stop_service().add_callback(stopped.append)
        assert stopped == [None]
        assert not timer.running
        clock.advance(5.0)
    assert calls == [("tick", time, True) for time in (0, 2, 4, 10, 12, 14)]


def test_the_stop_waits_for_the_present_call() -> None:
    busy = Deferred[None]()
    timer = TimerService(1.0, lambda: busy)
    timer.clock = Clock()
    timer.start_service()
    stopped: list[object] = []
    for _ in range(2):
        timer.stop_service().add_callback(stopped.append)
    assert stopped == []
    busy.callback(None)
    assert stopped == [None, None]


def test_an_error_is_logged_and_ends_the_calls(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise OSError("no paper")

    timer = TimerService(1.0, fail)
    timer.clock = clock = Clock()
    timer.set_name("printer")
    timer.start_service()
    assert "the timer of printer has ended" in caplog.text
    assert clock.pending() == 0
    timer.stop_service()


def test_without_a_clock_of_its_own_the_timer_uses_the_reactor(reactor: Reactor) -> None:
    calls: list[int] = []
    timer = TimerService(0.001, calls.append, 1)
    timer.reactor = reactor
    timer.start_service()
    turn_until(reactor, lambda: len(calls) > 2)
    timer.stop_service()
    assert reactor.timers == 0
