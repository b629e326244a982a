"""Meter: how long the turns took, and which handler was the slowest."""

import time
from functools import partial

import pytest

from core.engine.meter import KEPT_TURNS, Meter, callee_name
from core.protocols.protocol import Protocol
from core.reactor import Reactor
from tests.core.helpers import pair


def end_turn(meter: Meter, seconds: float) -> None:
    """End a turn that began `seconds` ago."""
    meter.end_turn(time.monotonic() - seconds)


class Slow:
    def handle(self) -> None: ...


def test_the_slowest_handler_is_known_by_its_name() -> None:
    meter = Meter()
    meter.record(Slow().handle, 1000.0)
    assert (meter.slowest, meter.slowest_name) == (1000.0, "Slow.handle")


def test_the_longest_turn_and_their_number_are_kept() -> None:
    meter = Meter()
    for seconds in (10.0, 1000.0, 100.0):
        end_turn(meter, seconds)
    assert meter.turns == 3
    assert meter.longest >= 1000


def test_99_of_100_turns_took_at_most_the_p99() -> None:
    meter = Meter()
    assert meter.p99() == 0.0
    for number in range(100):
        end_turn(meter, number * 100.0)
    assert meter.p99() >= 9900
    for _ in range(100):
        end_turn(meter, 0.0)
    assert 9700 <= meter.p99() < 9900


def test_only_the_last_turns_count_for_the_p99() -> None:
    meter = Meter()
    for seconds in [1000.0] * 100 + [0.0] * KEPT_TURNS:
        end_turn(meter, seconds)
    assert meter.p99() < 1000


def test_a_restart_forgets_the_longest_and_the_slowest_but_not_the_p99() -> None:
    meter = Meter()
    meter.record(len, 1000)
    end_turn(meter, 1000)
    meter.restart()
    assert (meter.turns, meter.longest, meter.slowest, meter.slowest_name) == (0, 0.0, 0.0, "")
    assert meter.p99() >= 1000


@pytest.mark.parametrize(
    ("what", "name"),
    [
        (len, "len"),
        (Slow.handle, "Slow.handle"),
        (Slow().handle, "Slow.handle"),
        (partial(partial(Slow.handle)), "Slow.handle"),
        (Slow(), "Slow"),
    ],
    ids=["builtin", "function", "method", "partial", "object"],
)
def test_a_function_has_its_own_name_and_an_object_its_class(what: object, name: str) -> None:
    assert callee_name(what) == name


class PassingTime:
    """A clock for the loop that a handler can move."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.passed = 0.0
        real = time.monotonic
        monkeypatch.setattr(time, "monotonic", lambda: real() + self.passed)


def test_a_connection_is_named_after_its_protocol(monkeypatch: pytest.MonkeyPatch) -> None:
    reactor, clock = Reactor(), PassingTime(monkeypatch)
    meter = reactor.meter = Meter()

    class Blocker(Protocol):
        def data_received(self, data: bytes) -> None:
            clock.passed += 1000  # as if it had taken so long

    transport, peer = pair(reactor, Blocker())
    peer.socket.send(b"x")
    while meter.slowest < 1000:
        reactor.turn()
    assert meter.slowest_name.endswith("Blocker")
    transport.abort_connection()
    peer.close()
    reactor.clear()
    reactor.close()
