"""A meter knows how long the loop was kept, and by whom."""

import time
from functools import partial

import pytest

from core.meter import KEPT_TURNS, Meter, name_of
from core.protocol import Protocol
from core.reactor import Reactor
from tests.conftest import turn_until
from tests.core.helpers import pair


def lap(meter: Meter, what: object, seconds: float) -> None:
    """Have `what` be handled for at least so long, without waiting for it."""
    meter.at = time.monotonic() - seconds
    meter.lap(what)


def end_turn(meter: Meter, seconds: float) -> None:
    """Have a turn be through that began so long ago."""
    meter.end_turn(time.monotonic() - seconds)


class Slow:
    def handle(self) -> None: ...


def test_the_slowest_handler_is_known_by_its_name() -> None:
    meter = Meter()
    for what, seconds in ((len, 10.0), (Slow().handle, 1000.0), (len, 10.0)):
        lap(meter, what, seconds)
    assert meter.slowest >= 1000
    assert meter.slowest_name == "Slow.handle"


def test_a_handler_is_timed_from_the_end_of_the_one_before() -> None:
    meter = Meter()
    lap(meter, len, 1000)
    before = meter.slowest
    meter.lap(max)
    assert meter.slowest == before


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
    lap(meter, len, 1000)
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
    assert name_of(what) == name


def test_a_connection_goes_by_its_protocol(reactor: Reactor) -> None:
    meter = reactor.meter = Meter()

    class Blocker(Protocol):
        def data_received(self, data: bytes) -> None:
            meter.at -= 1000  # as if it had taken so long

    transport, far = pair(reactor, Blocker())
    far.socket.send(b"x")
    turn_until(reactor, lambda: meter.slowest >= 1000)
    assert meter.slowest_name.endswith("Blocker")
    transport.abort_connection()
    far.close()


def test_a_loop_with_a_meter_counts_its_turns_and_one_without_does_not(reactor: Reactor) -> None:
    meter = Meter()
    calls: list[int] = []
    reactor.call_soon(calls.append, 1)
    turn_until(reactor, lambda: calls == [1])
    assert meter.turns == 0
    reactor.meter = meter
    reactor.call_soon(calls.append, 2)
    turn_until(reactor, lambda: calls == [1, 2] and meter.turns)
    assert meter.turns >= 1
