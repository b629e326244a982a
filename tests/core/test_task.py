"""LoopingCall and defer_later: the schedule, the ends, and that Twisted's do the same."""

from collections.abc import Callable
from contextlib import suppress
from typing import assert_type

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet import task as twisted

from core.deferred import Deferred, succeed
from core.errors import CancelledError
from core.reactor import Reactor
from core.task import LoopingCall, defer_later
from core.testing import Clock
from tests.conftest import turn_until


class Oops(Exception):
    """The error that a called function raises."""


class Looping:
    """A LoopingCall on a Clock. `times` are the times of its calls; `make` gives what each call returns."""

    def __init__(self, make: Callable[[], object] = lambda: None) -> None:
        self.clock = Clock()
        self.times: list[float] = []
        self.ends: list[object] = []
        self.make = make
        self.call = LoopingCall(self.record)
        self.call.clock = self.clock

    def record(self) -> object:
        self.times.append(self.clock.seconds())
        return self.make()

    def start(self, interval: float, now: bool = True) -> None:
        self.call.start(interval, now).add_both(self.ends.append)


def test_it_calls_now_and_then_after_each_interval() -> None:
    looping = Looping()
    looping.start(2)
    looping.clock.advance(5)
    assert looping.times == [0, 2, 4]


def test_with_now_false_the_first_call_comes_after_one_interval() -> None:
    looping = Looping()
    looping.start(2, now=False)
    assert looping.call.running
    looping.clock.advance(5)
    assert looping.times == [2, 4]


def test_the_arguments_are_handed_on() -> None:
    got: list[tuple[int, int]] = []

    def record(a: int, b: int) -> None:
        got.append((a, b))

    looping = LoopingCall(record, 1, b=2)
    looping.clock = Clock()
    looping.start(1)
    assert got == [(1, 2)]


def test_the_schedule_does_not_drift_and_a_call_that_comes_late_skips_those_that_it_missed() -> None:
    looping = Looping()
    looping.start(2)
    looping.make = lambda: looping.clock.advance(3)  # the call takes that long
    looping.clock.advance(2)
    looping.make = lambda: None
    assert looping.times == [0, 2]
    looping.clock.advance(4)
    assert looping.times == [0, 2, 6, 8]


async def result_of(answer: Deferred[int]) -> int:
    return await answer


@pytest.mark.parametrize("wrapped", [lambda answer: answer, result_of], ids=["Deferred", "coroutine"])
def test_the_next_call_waits_for_the_result_that_the_last_one_returned(
    wrapped: Callable[[Deferred[int]], object],
) -> None:
    answer = Deferred[int]()
    looping = Looping(lambda: wrapped(answer))
    looping.start(1)
    looping.clock.advance(2.5)
    assert looping.times == [0]
    looping.make = lambda: None
    answer.callback(1)
    looping.clock.advance(1)
    assert looping.times == [0, 3]


def test_stop_gives_the_looping_call_to_the_deferred_and_leaves_no_timer() -> None:
    looping = Looping()
    looping.start(1)
    looping.call.stop()
    assert looping.ends == [looping.call]
    assert not looping.call.running
    assert looping.clock.pending() == 0


def test_stop_during_a_call_ends_the_loop_when_the_call_has_ended() -> None:
    answer = Deferred[int]()
    looping = Looping(lambda: answer)
    looping.start(1)
    looping.call.stop()
    assert looping.ends == []
    answer.callback(1)
    assert looping.ends == [looping.call]
    assert looping.clock.pending() == 0


def fail_now() -> None:
    raise Oops


def fail_later() -> Deferred[int]:
    return succeed(1).add_callback(lambda _: Oops())


@pytest.mark.parametrize("make", [fail_now, fail_later])
def test_an_error_ends_the_loop_and_fails_its_deferred(make: Callable[[], object]) -> None:
    looping = Looping(make)
    looping.start(1)
    assert [type(end) for end in looping.ends] == [Oops]
    assert not looping.call.running
    assert looping.clock.pending() == 0


def test_it_can_be_started_again_after_its_end() -> None:
    looping = Looping()
    looping.start(1)
    looping.call.stop()
    looping.start(3)
    looping.clock.advance(3)
    assert looping.times == [0, 0, 3]


def test_reset_skips_the_next_call_and_begins_the_interval_anew() -> None:
    looping = Looping()
    looping.start(2)
    looping.clock.advance(1.5)
    looping.call.reset()
    looping.clock.advance(4.4)
    assert looping.times == [0, 3.5, 5.5]


def test_the_count_is_of_the_calls_that_were_due_since_the_last_one() -> None:
    clock, counts = Clock(), list[int]()

    def record(count: int) -> None:
        counts.append(count)
        if len(counts) == 2:
            clock.advance(2.5)

    looping = LoopingCall.with_count(record)
    looping.clock = clock
    looping.start(1)
    clock.advance(1)
    clock.advance(1)
    assert counts == [1, 1, 3]


def test_an_interval_of_zero_calls_once_in_each_turn(reactor: Reactor) -> None:
    turns: list[int] = []
    looping = LoopingCall(lambda: turns.append(reactor.turns))
    looping.clock = reactor
    looping.start(0)
    turn_until(reactor, lambda: len(turns) > 3)
    looping.stop()
    assert len({*turns}) == len(turns)


def test_a_reactor_is_its_clock(reactor: Reactor) -> None:
    counts: list[int] = []
    looping = LoopingCall.with_count(counts.append)
    looping.clock = reactor
    began = reactor.seconds()
    looping.start(0.001)
    turn_until(reactor, lambda: len(counts) >= 3)
    looping.stop()
    assert 3 <= sum(counts) <= 1 + (reactor.seconds() - began) / 0.001


def test_a_negative_interval_is_refused() -> None:
    looping = Looping()
    for interval in (-1, float("nan")):
        with pytest.raises(ValueError, match="number of seconds from 0 up"):
            looping.call.start(interval)
    assert not looping.call.running


def test_without_a_clock_it_cannot_start() -> None:
    looping = LoopingCall(fail_now)
    with pytest.raises(RuntimeError, match=r"looping\.clock = reactor"):
        looping.start(1)
    assert not looping.running


def test_the_states_that_twisted_asserts_are_asserted() -> None:
    looping = Looping()
    for call in (looping.call.stop, looping.call.reset):
        with pytest.raises(AssertionError, match="not running"):
            call()
    looping.start(1)
    with pytest.raises(AssertionError, match="is running"):
        looping.call.start(1)


def test_a_result_instead_of_a_function_is_refused_in_words() -> None:
    with pytest.raises(TypeError, match="LoopingCall takes a function, and got None"):
        LoopingCall(print(end=""))  # type: ignore[arg-type]


def tick(*args: int, **kwargs: str) -> None:
    """A function to be called."""


def test_its_repr_is_twisteds() -> None:
    ours, theirs = LoopingCall(tick, 1, key="value"), twisted.LoopingCall(tick, 1, key="value")
    assert repr(ours) == repr(theirs) == "LoopingCall<None>(tick, *(1,), **{'key': 'value'})"
    looping = LoopingCall(lambda: None)
    looping.clock = Clock()
    looping.start(1.0)
    assert repr(looping).startswith("LoopingCall<1.0>(")
    assert repr(looping).endswith("<lambda>, *(), **{})")


# Beside Twisted: the same deeds at the same times, and the same calls

DEEDS = st.one_of(
    st.tuples(st.just("advance"), st.sampled_from([0.25, 0.5, 1.0, 1.75, 3.0])),
    st.tuples(st.just("start"), st.sampled_from([0.0, 0.5, 1.0, 1.5])),
    st.tuples(st.just("start later"), st.sampled_from([0.5, 1.0, 1.5])),
    st.tuples(st.sampled_from(["stop", "reset"]), st.just(0.0)),
)


class TheirClock:
    """Our Clock, for Twisted: both see the same time."""

    def __init__(self, clock: Clock) -> None:
        self.seconds = clock.seconds
        self.callLater = clock.call_later


def seen(twisteds: bool, deeds: list[tuple[str, float]], takes: float) -> list[object]:
    """When the function was called, with which count, and when the loop ended. Each call takes a time."""
    clock, seen = Clock(), list[object]()
    left = iter(range(20))

    def record(count: int) -> None:
        seen.append((clock.seconds(), count))
        if next(left, None) is None:
            looping.stop()
        clock.advance(takes)

    looping = twisted.LoopingCall.withCount(record) if twisteds else LoopingCall.with_count(record)
    looping.clock = TheirClock(clock) if twisteds else clock
    for deed, amount in deeds:
        with suppress(AssertionError):
            if deed == "advance":
                clock.advance(amount)
            elif deed.startswith("start"):
                end = looping.start(amount, deed == "start")
                add_both = getattr(end, "addBoth" if twisteds else "add_both")
                add_both(lambda _: seen.append(("ended", clock.seconds())))
            else:
                getattr(looping, deed)()
    return seen


@given(st.lists(DEEDS, max_size=8), st.sampled_from([0.0, 0.25, 1.25]))
def test_twisteds_looping_call_does_the_same(deeds: list[tuple[str, float]], takes: float) -> None:
    assert seen(False, deeds, takes) == seen(True, deeds, takes)


# defer_later


def test_the_function_is_called_later_and_its_result_is_the_deferreds() -> None:
    clock = Clock()
    got: list[object] = []
    assert_type(defer_later(clock, 2, divmod, 7, 2), Deferred[tuple[int, int]]).add_both(got.append)
    clock.advance(1.9)
    assert got == []
    clock.advance(0.2)
    assert got == [(3, 1)]


def test_without_a_function_it_only_waits() -> None:
    clock = Clock()
    got: list[object] = []
    assert_type(defer_later(clock, 2), Deferred[None]).add_both(got.append)
    clock.advance(2)
    assert got == [None]


def test_an_error_of_the_function_is_the_deferreds() -> None:
    clock = Clock()
    got: list[object] = []
    defer_later(clock, 2, divmod, 1, 0).add_both(got.append)
    clock.advance(2)
    assert [type(error) for error in got] == [ZeroDivisionError]


def test_to_cancel_it_cancels_the_call() -> None:
    clock = Clock()
    got: list[object] = []
    deferred = defer_later(clock, 2, fail_now)
    deferred.cancel()
    deferred.add_both(got.append)
    assert [type(error) for error in got] == [CancelledError]
    assert clock.pending() == 0


def test_to_cancel_it_while_the_result_is_awaited_cancels_what_it_waits_for() -> None:
    clock, inner = Clock(), Deferred[int]()
    got: list[object] = []
    deferred = defer_later(clock, 2, lambda: inner)
    deferred.add_both(got.append)
    clock.advance(2)
    deferred.cancel()
    assert inner.called
    assert [type(error) for error in got] == [CancelledError]
