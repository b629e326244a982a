"""Deferred: its behaviour, sentence by sentence, and random chains compared with Twisted's Deferred."""

import gc
from collections.abc import Callable, Generator
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import NoReturn, TypeVar, assert_type
from weakref import ref

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet import defer as twisted
from twisted.python.failure import Failure

from core.deferred import Deferred, fail, gather_results, maybe_deferred, succeed
from core.errors import AlreadyCalled, CancelledError
from core.testing import Clock

T = TypeVar("T")

MANY = 10_000


class Oops(Exception):
    """The error that the steps of these tests raise."""


def raise_oops(*_: object) -> NoReturn:
    raise Oops


def pending(canceller: Callable[[Deferred[int]], object] | None = None) -> Deferred[int]:
    return Deferred(canceller)


def giving(deferred: Deferred[T]) -> Callable[[object], Deferred[T]]:
    """A step that returns `deferred`."""
    return lambda _: deferred


def results(deferred: Deferred[T]) -> list[T | Exception]:
    """A list to which the result is added. An error counts as handled."""
    got: list[T | Exception] = []
    deferred.add_both(got.append)
    return got


def failed_with(kind: type[Exception], deferred: Deferred[T]) -> bool:
    return [type(result) for result in results(deferred)] == [kind]


# The chain


def test_each_step_gets_the_result_of_the_one_before() -> None:
    deferred = pending()
    got = results(deferred.add_callback(lambda n: n + 1).add_callback(lambda n: f"{n} lines"))
    deferred.callback(1)
    assert got == ["2 lines"]


def test_it_is_one_chain_however_the_steps_are_added() -> None:
    deferred = pending()
    deferred.add_callback(lambda n: n + 1)
    assert deferred.add_callback(lambda n: n * 10) is deferred
    deferred.callback(1)
    assert results(deferred) == [20]


def test_further_arguments_come_after_the_result() -> None:
    assert results(succeed(8).add_callback(divmod, 5)) == [(1, 3)]
    assert results(fail(Oops("a")).add_errback(lambda error, b, c: f"{error}{b}{c}", "b", "c")) == ["abc"]
    assert results(succeed(8).add_both(lambda result, n: (result, n), 5)) == [(8, 5)]


def test_a_step_that_is_added_after_the_result_is_called_at_once() -> None:
    deferred = succeed(1)
    assert results(deferred) == [1]


def test_a_step_added_inside_a_step_is_called_after_the_existing_steps() -> None:
    deferred = pending()
    told: list[str] = []

    def add(_: int) -> None:
        deferred.add_callback(lambda _: told.append("added"))

    deferred.add_callback(add).add_callback(lambda _: told.append("there"))
    deferred.callback(1)
    assert told == ["there", "added"]


def test_an_error_skips_the_callbacks_up_to_the_next_errback() -> None:
    told: list[str] = []
    deferred = succeed(1).add_callback(raise_oops).add_callback(told.append)
    assert results(deferred.add_errback(lambda error: type(error).__name__)) == ["Oops"]
    assert told == []


def test_the_value_of_an_errback_goes_to_the_next_callback() -> None:
    deferred: Deferred[int] = fail(Oops())
    assert results(deferred.add_errback(lambda _: 7).add_callback(lambda n: n + 1)) == [8]


def test_an_errback_gets_only_the_errors_of_earlier_steps() -> None:
    deferred = succeed(1).add_callbacks(raise_oops, lambda _: 7)
    assert failed_with(Oops, deferred)


def test_an_exception_that_is_returned_counts_as_raised() -> None:
    assert results(succeed(1).add_callback(lambda _: Oops()).add_errback(lambda _: "told")) == ["told"]


def test_callback_with_an_exception_is_errback() -> None:
    deferred = pending()
    deferred.callback(Oops())
    assert results(deferred.add_errback(lambda _: 7)) == [7]


def test_a_step_with_the_wrong_parameters_fails() -> None:
    def without_parameters() -> None: ...

    step: Callable[..., None] = without_parameters
    assert failed_with(TypeError, succeed(1).add_callback(step))


def test_an_interrupt_is_no_result_and_the_chain_can_go_on_after_it() -> None:
    def interrupt(_: int) -> NoReturn:
        raise KeyboardInterrupt

    deferred = succeed(1)
    with pytest.raises(KeyboardInterrupt):
        deferred.add_callback(interrupt)
    assert results(deferred) == [1]


def test_a_second_result_is_refused() -> None:
    deferred = succeed(1)
    with pytest.raises(AlreadyCalled, match="<Deferred ready: 1>"):
        deferred.callback(2)
    with pytest.raises(AlreadyCalled):
        deferred.errback(Oops())
    assert results(deferred) == [1]


def test_called_tells_whether_there_was_a_result() -> None:
    deferred = pending()
    assert not deferred.called
    deferred.add_callback(lambda _: pending()).callback(1)
    assert deferred.called


def test_the_repr_shows_the_state_and_the_result() -> None:
    deferred = pending()
    seen = [repr(deferred)]
    deferred.add_callback(lambda _: seen.append(repr(deferred))).add_callback(lambda _: pending()).callback(1)
    assert [*seen, repr(deferred)] == ["<Deferred pending>", "<Deferred running>", "<Deferred suspended>"]


def test_the_checker_follows_the_type_from_step_to_step() -> None:
    def later(n: int) -> Deferred[bytes]:
        return succeed(bytes(n))

    deferred = succeed(1)
    assert_type(deferred.add_callback(str), Deferred[str])
    assert_type(pending().add_callback(later), Deferred[bytes])
    assert_type(pending().add_callback(lambda n: n / 2), Deferred[float])
    assert_type(pending().add_callback(print), Deferred[None])
    assert_type(pending().add_errback(print), Deferred[int | None])
    assert_type(pending().add_errback(raise_oops), Deferred[int])
    assert_type(pending().add_both(lambda _: b""), Deferred[bytes])
    assert_type(pending().add_callbacks(str, print), Deferred[str | None])
    assert_type(gather_results([pending()]), Deferred[list[int]])


# Chains of chains


def test_a_chain_waits_for_the_deferred_that_a_step_returns() -> None:
    inner = pending()
    got = results(succeed(1).add_callback(giving(inner)).add_callback(lambda n: n + 1))
    assert got == []
    inner.callback(2)
    assert got == [3]


def test_a_chain_takes_the_error_of_a_deferred_that_a_step_returns() -> None:
    inner = pending()
    outer = succeed(1).add_callback(giving(inner))
    inner.errback(Oops())
    assert failed_with(Oops, outer)
    assert results(inner) == [None]


def test_a_result_may_itself_be_a_deferred() -> None:
    inner = pending()
    outer: Deferred[object] = Deferred()
    outer.callback(inner)
    inner.callback(2)
    assert results(outer) == [2]


def test_a_deferred_that_is_its_own_result_fails() -> None:
    deferred: Deferred[object] = Deferred()
    deferred.add_callback(lambda _: deferred)
    deferred.callback(1)
    assert failed_with(RuntimeError, deferred)


def test_two_that_wait_for_each_other_fail() -> None:
    one, other = pending(), pending()
    one.add_callback(giving(other))
    other.add_callback(giving(one))
    one.callback(1)
    got = results(one)
    other.callback(1)
    assert [str(error) for error in got] == ["this Deferred would wait for itself"]


def test_a_result_is_taken_only_once() -> None:
    for inner in (succeed(2), pending()):
        first = succeed(1).add_callback(giving(inner))
        second = succeed(1).add_callback(giving(inner))
        assert failed_with(RuntimeError, second)
        if not inner.called:
            inner.callback(2)
        assert results(first) == [2]


def test_a_row_of_deferreds_that_wait_for_the_next_does_not_recurse() -> None:
    row = [pending() for _ in range(MANY)]
    for deferred, following in pairwise(row):
        deferred.add_callback(giving(following))
    for deferred in row:
        deferred.callback(7)
    assert results(row[0]) == [7]


def test_a_row_of_deferreds_that_is_built_from_its_end_does_not_recurse() -> None:
    last = innermost = pending()
    for _ in range(MANY):
        last = succeed(1).add_callback(giving(last))
    innermost.callback(7)
    assert results(last) == [7]


def test_a_long_chain_of_fired_deferreds_does_not_recurse() -> None:
    deferred = pending()
    for _ in range(MANY):
        deferred.add_callback(lambda n: succeed(n + 1))
    deferred.callback(0)
    assert results(deferred) == [MANY]


# Cancelling


def test_a_cancelled_deferred_fails() -> None:
    deferred = pending()
    deferred.cancel()
    assert failed_with(CancelledError, deferred)


def test_one_result_that_comes_after_a_cancel_is_ignored() -> None:
    deferred = pending()
    deferred.cancel()
    deferred.callback(1)
    with pytest.raises(AlreadyCalled):
        deferred.callback(1)
    assert failed_with(CancelledError, deferred)


def test_a_canceller_is_called_once_and_may_give_the_result() -> None:
    told: list[Deferred[int]] = []
    deferred = pending(told.append)
    deferred.cancel()
    assert told == [deferred]
    deferred.cancel()
    assert told == [deferred]
    assert failed_with(CancelledError, deferred)

    deferred = pending(lambda d: d.callback(7))
    deferred.cancel()
    assert results(deferred) == [7]


def test_after_a_cancel_with_a_canceller_a_result_is_refused() -> None:
    deferred = pending(lambda _: None)
    deferred.cancel()
    with pytest.raises(AlreadyCalled):
        deferred.callback(1)
    deferred.add_errback(lambda _: 0)


def test_a_canceller_that_cancels_does_not_recurse() -> None:
    deferred = pending(lambda d: d.cancel())
    deferred.cancel()
    assert failed_with(CancelledError, deferred)


def test_the_canceller_is_released_when_there_is_a_result() -> None:
    def canceller(_: object) -> None: ...

    deferred = pending(canceller)
    witness = ref(canceller)
    del canceller
    assert witness() is not None
    deferred.callback(1)
    assert witness() is None


def test_to_cancel_after_the_result_does_nothing() -> None:
    deferred = Deferred[int](raise_oops)
    deferred.callback(1)
    deferred.cancel()
    assert results(deferred) == [1]


def test_to_cancel_a_suspended_chain_cancels_the_deferred_that_it_waits_for() -> None:
    told: list[object] = []
    inner = pending(told.append)
    outer = succeed(1).add_callback(giving(inner))
    outer.cancel()
    assert told == [inner]
    assert failed_with(CancelledError, outer)


def test_to_cancel_the_first_of_a_row_does_not_recurse() -> None:
    first = pending()
    for _ in range(MANY):
        first = succeed(1).add_callback(giving(first))
    first.cancel()
    assert failed_with(CancelledError, first)


# Unhandled errors


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """The errors logged so far, after a garbage collection."""
    gc.collect()
    caplog.clear()

    def names() -> list[str]:
        gc.collect()
        records = [record for record in caplog.records if record.name == "core.deferred"]
        return [record.exc_info[0].__name__ for record in records if record.exc_info and record.exc_info[0]]

    return names


def test_an_unhandled_error_is_logged_when_the_deferred_is_deleted(
    logged: Callable[[], list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    deferred = succeed(1).add_callback(raise_oops)
    assert logged() == []
    del deferred
    assert logged() == ["Oops"]
    assert "in raise_oops" in caplog.text


def test_an_unhandled_error_of_a_coroutine_is_logged_as_well(
    logged: Callable[[], list[str]],
) -> None:
    async def fails_later(first: Deferred[int]) -> None:
        await first
        await succeed(2)
        raise Oops

    first = pending()
    Deferred.from_coroutine(fails_later(first))
    first.callback(1)
    assert logged() == ["Oops"]


def test_a_handled_error_is_not_logged(logged: Callable[[], list[str]]) -> None:
    async def awaits(deferred: Deferred[int]) -> None:
        with pytest.raises(Oops):
            await deferred

    succeed(1).add_callback(raise_oops).add_errback(lambda _: None)
    Deferred.from_coroutine(awaits(fail(Oops())))
    assert logged() == []


def test_an_error_that_another_chain_took_is_logged_once(logged: Callable[[], list[str]]) -> None:
    inner = pending()
    outer = succeed(1).add_callback(giving(inner))
    inner.errback(Oops())
    outer.add_callback(lambda _: None)
    inner = pending()
    assert logged() == []
    outer = pending()
    assert logged() == ["Oops"]


def test_an_error_whose_errback_is_still_suspended_is_not_logged(logged: Callable[[], list[str]]) -> None:
    fail(Oops()).add_errback(lambda _: pending())
    assert logged() == []


# Coroutines


def test_await_gives_the_result_now_or_later() -> None:
    async def add(one: Deferred[int], other: Deferred[int]) -> int:
        return await one + await other

    second = pending()
    got = results(Deferred.from_coroutine(add(succeed(1), second)))
    assert got == []
    second.callback(2)
    assert got == [3]


def test_await_raises_the_error() -> None:
    async def careful(deferred: Deferred[int]) -> str:
        try:
            return str(await deferred)
        except Oops:
            return "caught"

    later = pending()
    got = results(Deferred.from_coroutine(careful(later)))
    later.errback(Oops())
    assert got == ["caught"]
    assert results(Deferred.from_coroutine(careful(fail(Oops())))) == ["caught"]


def test_an_exception_in_a_coroutine_is_the_error_of_its_deferred() -> None:
    async def careless(deferred: Deferred[int]) -> int:
        return await deferred

    assert failed_with(Oops, Deferred.from_coroutine(careless(fail(Oops()))))


def test_a_coroutine_runs_up_to_its_first_await_at_once() -> None:
    told: list[str] = []

    async def tell() -> None:
        told.append("begun")
        await pending()

    deferred = Deferred.from_coroutine(tell())
    assert told == ["begun"]
    deferred.cancel()
    deferred.add_errback(lambda _: None)


def test_steps_of_an_awaited_chain_come_before_the_await() -> None:
    async def wait(deferred: Deferred[str]) -> str:
        return await deferred

    deferred = pending()
    got = results(Deferred.from_coroutine(wait(deferred.add_callback(str).add_callback(lambda s: s * 2))))
    deferred.callback(1)
    assert got == ["11"]


def test_a_step_added_while_a_coroutine_waits_is_called_when_it_has_ended() -> None:
    async def wait(first: Deferred[int], second: Deferred[int]) -> str:
        return f"{await first} {await second}"

    first, second = pending(), pending()
    got = results(Deferred.from_coroutine(wait(first, second)))
    first.callback(1)
    assert got == []
    second.callback(2)
    assert got == ["1 2"]


def test_a_coroutine_may_return_a_deferred() -> None:
    async def delegate(deferred: Deferred[int]) -> Deferred[int]:
        return deferred

    assert results(Deferred.from_coroutine(delegate(succeed(1)))) == [1]


def test_to_cancel_a_coroutine_cancels_what_it_awaits() -> None:
    told: list[object] = []

    async def wait(deferred: Deferred[int]) -> int:
        try:
            return await deferred
        except CancelledError:
            told.append("raised")
            raise

    inner = pending(told.append)
    outer = Deferred.from_coroutine(wait(inner))
    outer.cancel()
    assert told == [inner, "raised"]
    assert failed_with(CancelledError, outer)


def test_a_coroutine_may_clean_up_before_it_is_cancelled() -> None:
    async def wait(deferred: Deferred[int], farewell: Deferred[int]) -> int:
        try:
            return await deferred
        except CancelledError:
            return await farewell

    farewell = pending()
    outer = Deferred.from_coroutine(wait(pending(), farewell))
    outer.cancel()
    got = results(outer)
    assert got == []
    farewell.callback(5)
    assert got == [5]


def test_to_await_a_deferred_twice_or_oneself_fails_clearly() -> None:
    async def twice(deferred: Deferred[int]) -> int:
        return await deferred + await deferred

    async def wait_for_myself() -> None:
        await begin
        await myself[0]

    assert failed_with(RuntimeError, Deferred.from_coroutine(twice(succeed(1))))
    begin = pending()
    myself = [Deferred.from_coroutine(wait_for_myself())]
    begin.callback(1)
    assert failed_with(RuntimeError, myself[0])


def test_only_a_deferred_can_be_awaited() -> None:
    class Foreign:
        def __await__(self) -> Generator[str, None, None]:
            yield "not for you"

    async def wait() -> None:
        await Foreign()

    assert failed_with(TypeError, Deferred.from_coroutine(wait()))


def test_many_awaits_in_one_coroutine_do_not_recurse() -> None:
    async def count() -> int:
        total = 0
        for _ in range(MANY):
            total += await succeed(1)
        return total

    assert results(Deferred.from_coroutine(count())) == [MANY]


def test_many_coroutines_that_await_each_other_do_not_recurse() -> None:
    async def one_more(deferred: Deferred[int]) -> int:
        return 1 + await deferred

    first = last = pending()
    for _ in range(MANY):
        last = Deferred.from_coroutine(one_more(last))
    first.callback(0)
    assert results(last) == [MANY]


# Helpers


def test_gathered_results_come_in_the_order_of_the_deferreds() -> None:
    one, other = pending(), pending()
    got = results(gather_results([one, other]))
    other.callback(2)
    assert got == []
    one.callback(1)
    assert got == [[1, 2]]
    assert results(one) == [1]


def test_to_gather_nothing_gives_nothing_at_once() -> None:
    assert results(gather_results(list[Deferred[int]]())) == [[]]


def test_gathering_fails_with_the_first_error_and_discards_later_ones(
    logged: Callable[[], list[str]],
) -> None:
    several = [pending() for _ in range(3)]
    got = results(gather_results(several))
    several[2].errback(Oops("first"))
    assert [str(error) for error in got] == ["first"]
    several[0].errback(Oops("second"))
    several[1].callback(1)
    assert len(got) == 1
    several.clear()
    assert logged() == []


def test_to_cancel_gathered_results_cancels_the_pending_deferreds() -> None:
    several = [pending(), succeed(2), pending()]
    gathered = gather_results(several)
    gathered.cancel()
    assert failed_with(CancelledError, gathered)
    assert [deferred.called for deferred in several] == [True, True, True]


def test_a_result_that_does_not_come_in_time_is_a_timeout() -> None:
    clock = Clock()
    got = results(pending().add_timeout(5, clock))
    clock.advance(4.9)
    assert got == []
    clock.advance(0.2)
    assert [str(error) for error in got] == ["no result in 5 seconds"]
    assert isinstance(got[0], TimeoutError)


def test_a_canceller_may_give_the_result_of_a_timeout() -> None:
    clock = Clock()
    got = results(pending(lambda deferred: deferred.callback(7)).add_timeout(5, clock))
    clock.advance(5)
    assert got == [7]


def test_a_result_in_time_cancels_the_timer() -> None:
    clock = Clock()
    deferred = pending()
    got = results(deferred.add_timeout(5, clock))
    deferred.callback(1)
    assert got == [1]
    assert clock.pending() == 0


def test_a_cancel_before_the_timeout_is_a_cancel() -> None:
    clock = Clock()
    deferred = pending().add_timeout(5, clock)
    deferred.cancel()
    assert failed_with(CancelledError, deferred)
    assert clock.pending() == 0


def test_a_timeout_cancels_the_deferred_that_a_coroutine_awaits() -> None:
    clock = Clock()
    told: list[object] = []

    async def wait(deferred: Deferred[int]) -> int:
        return await deferred

    inner = pending(told.append)
    outer = Deferred.from_coroutine(wait(inner)).add_timeout(5, clock)
    clock.advance(5)
    assert told == [inner]
    assert failed_with(TimeoutError, outer)


def test_on_timeout_cancel_makes_the_result_of_a_timeout() -> None:
    clock = Clock()

    def default(result: int | Exception, seconds: float) -> int:
        assert isinstance(result, CancelledError)
        return int(seconds)

    got = results(pending().add_timeout(5, clock, default))
    clock.advance(5)
    assert got == [5]


def test_on_timeout_cancel_gets_what_the_canceller_gave() -> None:
    clock = Clock()
    given: list[object] = []

    def record(result: int | Exception, seconds: float) -> NoReturn:
        given.append(result)
        raise_oops()

    deferred = pending(lambda deferred: deferred.callback(7)).add_timeout(5, clock, record)
    clock.advance(5)
    assert given == [7]
    assert failed_with(Oops, deferred)


def test_on_timeout_cancel_is_not_called_without_a_timeout() -> None:
    clock = Clock()
    deferred = pending().add_timeout(5, clock, raise_oops)
    deferred.cancel()
    assert failed_with(CancelledError, deferred)
    assert results(succeed(1).add_timeout(5, clock, raise_oops)) == [1]


def test_maybe_deferred_makes_a_deferred_of_whatever_a_function_returns() -> None:
    async def answer(n: int) -> int:
        return 0 + await succeed(n)

    inner = pending()
    assert_type(maybe_deferred(int, "7"), Deferred[int])
    assert_type(maybe_deferred(answer, 7), Deferred[int])
    assert_type(maybe_deferred(pending), Deferred[int])
    assert results(maybe_deferred(int, "17", base=8)) == [15]
    assert results(maybe_deferred(answer, 7)) == [7]
    assert maybe_deferred(lambda: inner) is inner


def test_maybe_deferred_fails_with_an_exception_that_is_raised_or_returned() -> None:
    assert failed_with(Oops, maybe_deferred(raise_oops, 1))
    assert failed_with(Oops, maybe_deferred(Oops))


def test_a_coroutine_resumes_in_its_own_context() -> None:
    name = ContextVar("name", default="none")
    seen: list[str] = []

    async def work(own: str, deferred: Deferred[int]) -> None:
        name.set(own)
        await deferred
        seen.append(name.get())

    deferreds = [pending(), pending()]
    for own, deferred in zip("ab", deferreds, strict=True):
        Deferred.from_coroutine(work(own, deferred))
    name.set("outside")
    for deferred in deferreds:
        deferred.callback(1)
    assert seen == ["a", "b"]
    assert name.get() == "outside"


def test_a_coroutine_starts_with_the_callers_context() -> None:
    name = ContextVar("name", default="none")

    async def read() -> str:
        return name.get()

    name.set("caller")
    assert results(Deferred.from_coroutine(read())) == ["caller"]


# Mistakes


def test_a_coroutine_function_instead_of_a_coroutine_is_refused_in_words() -> None:
    async def main() -> None: ...

    with pytest.raises(TypeError, match=r"from_coroutine takes a coroutine, .* from_coroutine\(.*main\(\)\)"):
        Deferred.from_coroutine(main)  # type: ignore[arg-type]


@pytest.mark.parametrize("add", ["add_callback", "add_errback", "add_both"])
def test_a_result_instead_of_a_function_is_refused_in_words(add: str) -> None:
    with pytest.raises(TypeError, match=f"{add} takes a function, and got None"):
        getattr(pending(), add)(None)


@pytest.mark.parametrize("steps", [(int, None), (None, int)])
def test_both_steps_of_add_callbacks_are_functions(steps: tuple[type[int], type[int]]) -> None:
    with pytest.raises(TypeError, match="add_callbacks takes a function, and got None"):
        pending().add_callbacks(*steps)


def make_here() -> Deferred[int]:
    return Deferred()


def test_an_unhandled_error_is_reported_with_the_place_where_its_deferred_was_made(
    caplog: pytest.LogCaptureFixture,
) -> None:
    make_here().errback(Oops("lost"))
    (message,) = caplog.messages
    assert f"test_deferred.py:{make_here.__code__.co_firstlineno + 1}, make_here: the Deferred" in message
    assert "Oops('lost')" in message


def test_an_error_that_is_handled_later_is_not_reported(logged: Callable[[], list[str]]) -> None:
    deferred: Deferred[int] = fail(Oops())
    assert logged() == []
    deferred.add_errback(lambda _: 1)
    del deferred
    assert logged() == []


# Comparison with Twisted: a program runs on our Deferreds and on Twisted's; the steps must see the same


@dataclass(frozen=True)
class Give:
    """Return a value, or an error for None."""

    value: int | None

    def result(self) -> int | Oops:
        return Oops() if self.value is None else self.value


@dataclass(frozen=True)
class Raise:
    """Raise an error."""


@dataclass(frozen=True)
class Later:
    """Return a new Deferred, with steps and perhaps a result."""

    canceller: "Canceller | None"
    steps: "list[Step]"
    first: Give | None


@dataclass(frozen=True)
class Meddle:
    """Do something to one of the Deferreds, and then the rest."""

    deed: "Deed"
    rest: "Action"


@dataclass(frozen=True)
class Step:
    """The actions of a callback and an errback; None passes the result on."""

    callback: "Action | None"
    errback: "Action | None"


@dataclass(frozen=True)
class Deed:
    """Fire a Deferred, add a step to it, or cancel it, for None. They are counted as they are made."""

    which: int
    what: Give | Step | None


Action = Give | Raise | Later | Meddle
Canceller = list[Give]
"""A canceller that gives this result, or none."""

gives = st.builds(Give, st.none() | st.integers(0, 9))
cancellers = st.none() | st.lists(gives, max_size=1)
actions: st.SearchStrategy[Action] = st.deferred(
    lambda: gives | st.builds(Raise) | laters | laters | st.builds(Meddle, deeds, actions)
)
steps: st.SearchStrategy[Step] = st.builds(Step, st.none() | actions, st.none() | actions)
laters: st.SearchStrategy[Later] = st.builds(
    Later, cancellers, st.lists(steps, max_size=3), st.none() | gives
)
deeds: st.SearchStrategy[Deed] = st.builds(Deed, st.integers(0, 5), gives | steps | st.none())
firsts = st.builds(Later, cancellers, st.lists(steps, min_size=3, max_size=6), st.none())

Call = Callable[[object], object]


class Ours:
    """A Deferred of ours."""

    def __init__(self, canceller: Call | None) -> None:
        self.itself: Deferred[object] = Deferred(canceller)

    def add(self, callback: Call | None, errback: Call | None) -> None:
        if callback and errback:
            self.itself.add_callbacks(callback, errback)
        elif callback:
            self.itself.add_callback(callback)
        elif errback:
            self.itself.add_errback(errback)

    def fire(self, result: int | Oops) -> None:
        self.itself.callback(result)

    def cancel(self) -> None:
        self.itself.cancel()

    def settle(self) -> None:
        """Nothing to do: each callback runs as soon as there is a result for it."""

    @staticmethod
    def error() -> object:
        return Oops()


class Theirs:
    """A Deferred of Twisted's."""

    def __init__(self, canceller: Call | None) -> None:
        self.itself: twisted.Deferred[object] = twisted.Deferred(canceller)

    def add(self, callback: Call | None, errback: Call | None) -> None:
        if callback and errback:
            self.itself.addCallbacks(callback, errback)
        elif callback:
            self.itself.addCallback(callback)
        elif errback:
            self.itself.addErrback(errback)

    def fire(self, result: int | Oops) -> None:
        self.itself.callback(Failure(result) if isinstance(result, Oops) else result)

    def cancel(self) -> None:
        self.itself.cancel()

    def settle(self) -> None:
        """Run the callbacks that Twisted, in long chains, leaves until something else is done."""
        self.itself.pause()
        self.itself.unpause()

    @staticmethod
    def error() -> object:
        return Failure(Oops())


class Run:
    """The Deferreds of a program, and what its steps saw."""

    def __init__(self, make: type[Ours] | type[Theirs]) -> None:
        self.make = make
        self.made: list[Ours | Theirs] = []
        self.added = 0
        self.seen: list[tuple[str, int, object]] = []

    def new(self, canceller: Canceller | None) -> Ours | Theirs:
        number = len(self.made)

        def cancel(_: object) -> None:
            self.seen.append(("canceller", number, None))
            for give in canceller or []:
                deferred.fire(give.result())

        deferred = self.make(None if canceller is None else cancel)
        self.made.append(deferred)
        return deferred

    def do(self, deed: Deed) -> None:
        deferred = self.made[deed.which % len(self.made)]
        try:
            if isinstance(deed.what, Give):
                deferred.fire(deed.what.result())
            elif isinstance(deed.what, Step):
                self.add(deferred, deed.what)
            else:
                deferred.cancel()
        except (AlreadyCalled, twisted.AlreadyCalledError):
            self.seen.append(("refused", deed.which, None))

    def add(self, deferred: Ours | Theirs, step: Step) -> None:
        self.added += 1
        deferred.add(self.call(step.callback), self.call(step.errback))

    def call(self, action: Action | None) -> Call | None:
        return None if action is None else partial(self.act, action, self.added)

    def act(self, action: Action, number: int, result: object) -> object:
        self.see("step", number, result)
        while isinstance(action, Meddle):
            self.do(action.deed)
            action = action.rest
        if isinstance(action, Raise):
            raise Oops
        if isinstance(action, Give):
            return self.make.error() if action.value is None else action.value
        deferred = self.new(action.canceller)
        for step in action.steps:
            self.add(deferred, step)
        if action.first:
            deferred.fire(action.first.result())
        return deferred.itself

    def see(self, what: str, number: int, result: object) -> None:
        error = result.value if isinstance(result, Failure) else result
        self.seen.append((what, number, type(error).__name__ if isinstance(error, Exception) else error))

    def settle(self) -> None:
        """Let all callbacks run for which there is a result."""
        for deferred in self.made:
            deferred.settle()

    def end(self) -> None:
        """Fire the Deferreds that are pending, so that all steps are called, and record the results."""
        for number, _ in enumerate(self.made):  # which may make more of them
            self.do(Deed(number, Give(1)))
            self.settle()
        for number, deferred in enumerate(self.made):
            see = partial(self.see, "end", number)
            deferred.add(see, see)


def seen(make: type[Ours] | type[Theirs], first: Later, program: list[Deed]) -> list[object]:
    run = Run(make)
    run.act(first, 0, None)
    for deed in program:
        run.do(deed)
        run.settle()
    run.end()
    return [*run.seen]


@given(firsts, st.lists(deeds, max_size=6))
def test_twisteds_deferred_does_the_same(first: Later, program: list[Deed]) -> None:
    assert seen(Ours, first, program) == seen(Theirs, first, program)
