"""DelayedCall: a call is made once, when it is due and not before, however often it was moved."""

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import AlreadyCalled, AlreadyCancelled
from core.testing import Clock
from core.timers import DelayedCall, DelayedCalls, cancel_if_active


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def made() -> list[str]:
    """The names that the calls of a test append here."""
    return []


def test_a_call_is_made_when_it_is_due_and_not_before(clock: Clock, made: list[str]) -> None:
    clock.call_later(2, made.append, "call")
    clock.advance(1.9)
    assert made == []
    clock.advance(0.1)
    assert made == ["call"]
    clock.advance(10)
    assert made == ["call"]


def test_calls_are_made_in_the_order_of_their_times(clock: Clock, made: list[str]) -> None:
    for delay in (3, 1, 2):
        clock.call_later(delay, made.append, str(delay))
    clock.advance(3)
    assert made == ["1", "2", "3"]


def test_calls_due_at_one_moment_are_made_in_the_order_of_asking(clock: Clock, made: list[str]) -> None:
    for name in "abcd":
        clock.call_later(1, made.append, name)
    clock.advance(1)
    assert made == ["a", "b", "c", "d"]


def test_during_a_call_the_clock_shows_the_time_of_the_call(clock: Clock) -> None:
    seen: list[float] = []
    clock.call_later(1, lambda: seen.append(clock.seconds()))
    clock.call_later(2, lambda: seen.append(clock.seconds()))
    clock.advance(5)
    assert seen == [1, 2]


def test_a_cancelled_call_is_never_made(clock: Clock, made: list[str]) -> None:
    call = clock.call_later(1, made.append, "call")
    call.cancel()
    clock.advance(2)
    assert made == []


def test_a_call_is_active_until_it_was_made_or_cancelled(clock: Clock, made: list[str]) -> None:
    to_make, to_cancel = clock.call_later(1, made.append, ""), clock.call_later(1, made.append, "")
    assert to_make.active()
    assert to_cancel.active()
    to_cancel.cancel()
    clock.advance(1)
    assert not to_make.active()
    assert not to_cancel.active()


def test_a_call_may_cancel_another_one_that_is_due(clock: Clock, made: list[str]) -> None:
    clock.call_later(1, lambda: later.cancel())
    later: DelayedCall = clock.call_later(1, made.append, "later")
    clock.advance(1)
    assert made == []


def test_a_call_is_not_active_any_more_while_it_is_being_made(clock: Clock) -> None:
    seen: list[bool] = []
    call: DelayedCall = clock.call_later(1, lambda: seen.append(call.active()))
    clock.advance(1)
    assert seen == [False]


CHANGES: dict[str, Callable[[DelayedCall], None]] = {
    "cancel": lambda call: call.cancel(),
    "delay": lambda call: call.delay(1),
    "reset": lambda call: call.reset(1),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_call_that_was_made_cannot_be_changed(clock: Clock, change: str) -> None:
    call = clock.call_later(1, lambda: None)
    clock.advance(1)
    with pytest.raises(AlreadyCalled, match="called at 1"):
        CHANGES[change](call)


@pytest.mark.parametrize("change", CHANGES)
def test_a_cancelled_call_cannot_be_changed(clock: Clock, change: str) -> None:
    call = clock.call_later(1, lambda: None)
    call.cancel()
    with pytest.raises(AlreadyCancelled, match="cancelled at 1"):
        CHANGES[change](call)
    assert clock.pending() == 0


def test_delay_counts_from_the_planned_time(clock: Clock, made: list[str]) -> None:
    call = clock.call_later(3, made.append, "call")
    clock.advance(2)
    call.delay(4)
    assert call.time == 7
    clock.advance(4.9)
    assert made == []
    clock.advance(0.1)
    assert made == ["call"]


def test_a_negative_delay_makes_it_earlier(clock: Clock, made: list[str]) -> None:
    call = clock.call_later(10, made.append, "call")
    call.delay(-9)
    clock.advance(1)
    assert made == ["call"]


def test_a_call_moved_into_the_past_is_made_next_and_the_clock_does_not_go_back(clock: Clock) -> None:
    seen: list[float] = []
    clock.advance(5)
    clock.call_later(1, lambda: seen.append(clock.seconds())).delay(-100)
    clock.advance(0)
    assert seen == [5]


@pytest.mark.parametrize("seconds", [1, 30])
def test_reset_counts_from_now_whether_earlier_or_later(
    clock: Clock, made: list[str], seconds: float
) -> None:
    call = clock.call_later(10, made.append, "call")
    clock.advance(2)
    call.reset(seconds)
    clock.advance(seconds - 0.5)
    assert made == []
    clock.advance(0.5)
    assert made == ["call"]


def test_a_call_moved_away_and_back_is_made_once(clock: Clock, made: list[str]) -> None:
    call = clock.call_later(1, made.append, "call")
    call.delay(1)
    call.delay(-1)
    clock.advance(5)
    assert made == ["call"]


@pytest.mark.parametrize("delay", [-1, -1e-9, -math.inf, math.nan])
def test_a_delay_is_a_number_of_seconds_from_0_up(clock: Clock, made: list[str], delay: float) -> None:
    call = clock.call_later(1, made.append, "call")
    with pytest.raises(ValueError, match="from 0 up"):
        clock.call_later(delay, made.append, "wrong")
    with pytest.raises(ValueError, match="from 0 up"):
        call.reset(delay)
    clock.advance(1)
    assert made == ["call"]


def test_a_call_cannot_be_moved_to_a_time_that_is_not_a_number(clock: Clock, made: list[str]) -> None:
    call = clock.call_later(math.inf, made.append, "call")
    for seconds in (math.nan, -math.inf):
        with pytest.raises(ValueError, match="no time"):
            call.delay(seconds)
    call.reset(1)
    clock.advance(1)
    assert made == ["call"]


@pytest.mark.parametrize("delay", [2**128, 1e300, math.inf])
def test_a_call_in_a_very_distant_future_delays_no_other_call(
    clock: Clock, made: list[str], delay: float
) -> None:
    never = clock.call_later(delay, made.append, "never")
    clock.call_later(1, made.append, "soon")
    clock.advance(1e9)
    assert made == ["soon"]
    never.cancel()
    assert clock.pending() == 0


def test_a_call_scheduled_by_a_call_with_no_delay_waits_for_the_next_round() -> None:
    calls = DelayedCalls(lambda: 0.0, lambda: None)
    rounds: list[int] = []

    def again() -> None:
        rounds[-1] += 1
        calls.call_later(0, again)

    calls.call_later(0, again)
    for _ in range(3):
        rounds.append(0)
        for due in calls.pop_due():
            due()
    assert rounds == [1, 1, 1]


def test_on_earlier_is_called_only_when_the_earliest_call_is_sooner_than_before() -> None:
    told: list[str] = []
    calls = DelayedCalls(lambda: 0.0, lambda: told.append("earlier"))
    first = calls.call_later(5, lambda: None)
    assert len(told) == 1
    calls.call_later(6, lambda: None)
    assert len(told) == 1
    calls.call_later(4, lambda: None)
    assert len(told) == 2
    first.reset(1)
    assert len(told) == 3


def test_the_entries_of_cancelled_calls_are_removed() -> None:
    calls = DelayedCalls(lambda: 0.0, lambda: None)
    kept = [calls.call_later(1e6, lambda: None) for _ in range(10)]
    for _ in range(10_000):
        calls.call_later(60, lambda: None).cancel()
    assert len(calls) == len(kept)
    assert len(calls._heap) < 200


def test_the_entries_of_a_call_that_is_moved_again_and_again_are_removed() -> None:
    calls = DelayedCalls(lambda: 0.0, lambda: None)
    call = calls.call_later(60, lambda: None)
    for _ in range(10_000):
        call.reset(60)
    assert len(calls) == 1
    assert len(calls._heap) < 200


def test_the_repr_of_a_call_shows_its_state(clock: Clock) -> None:
    made, cancelled = clock.call_later(1, lambda: None), clock.call_later(1, lambda: None)
    assert repr(made) == "<DelayedCall due at 1.000>"
    cancelled.cancel()
    clock.advance(1)
    assert repr(made) == "<DelayedCall called at 1.000>"
    assert repr(cancelled) == "<DelayedCall cancelled at 1.000>"


class SortedList:
    """A simple model: all calls by name, sorted by time, then by the order in which they were scheduled."""

    def __init__(self) -> None:
        self.now = 0
        self.made: list[int] = []
        self._asked = 0
        self._due: dict[int, tuple[int, int]] = {}

    def put(self, name: int, time: int) -> None:
        self._asked += 1
        self._due[name] = (time, self._asked)

    def time(self, name: int) -> int:
        return self._due[name][0]

    def cancel(self, name: int) -> None:
        del self._due[name]

    def active(self) -> list[int]:
        return sorted(self._due)

    def advance(self, seconds: int) -> None:
        self.now += seconds
        due = [name for name in self._due if self.time(name) <= self.now]
        self.made += sorted(due, key=lambda name: self._due[name])
        for name in due:
            del self._due[name]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["ask", "ask", "cancel", "delay", "reset", "advance"]),
        st.integers(0, 99),
        st.integers(-9, 20),
    ),
    max_size=300,
)


@given(STEPS)
def test_however_calls_are_scheduled_moved_and_cancelled_the_model_agrees(
    steps: list[tuple[str, int, int]],
) -> None:
    clock, model = Clock(), SortedList()
    calls: dict[int, DelayedCall] = {}
    made: list[int] = []
    for number, (step, which, seconds) in enumerate(steps):
        active = model.active()
        assert [name for name in calls if calls[name].active()] == active
        assert clock.pending() == len(active)
        if step == "ask":
            calls[number] = clock.call_later(abs(seconds), made.append, number)
            model.put(number, model.now + abs(seconds))
        elif step == "advance":
            clock.advance(abs(seconds))
            model.advance(abs(seconds))
        elif active:
            name = active[which % len(active)]
            move(step, calls[name], model, name, seconds)
        assert made == model.made


def move(step: str, call: DelayedCall, model: SortedList, name: int, seconds: int) -> None:
    """Do one step with the call and with the model."""
    if step == "cancel":
        call.cancel()
        model.cancel(name)
    elif step == "delay":
        call.delay(seconds)
        model.put(name, model.time(name) + seconds)
    else:
        call.reset(abs(seconds))
        model.put(name, model.now + abs(seconds))


def test_cancel_if_active_cancels_a_call_that_is_due_and_ignores_any_other(
    clock: Clock, made: list[str]
) -> None:
    call = clock.call_later(1, made.append, "call")
    for each in (call, call, None):
        cancel_if_active(each)
    clock.advance(2)
    assert made == []


def test_pending_has_the_active_calls_in_the_order_of_their_times(clock: Clock) -> None:
    queue = DelayedCalls(clock.seconds, lambda: None)
    late, soon, cancelled, moved = (queue.call_later(delay, print) for delay in (3, 1, 2, 1))
    cancelled.cancel()
    moved.delay(9)
    assert queue.pending() == [soon, late, moved]
