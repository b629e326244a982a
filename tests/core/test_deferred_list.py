"""DeferredList and gather_results: when they fire, with what, and that Twisted's does the same."""

import gc
import logging
from collections.abc import Callable, Iterator
from typing import TypeVar, assert_type

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet import defer as twisted
from twisted.python.failure import Failure

from core.deferred import Deferred, DeferredList, fail, gather_results, succeed
from core.errors import CancelledError, FirstError

T = TypeVar("T")


class Oops(Exception):
    """The error of a Deferred in a list."""


def results(deferred: Deferred[T]) -> list[T | Exception]:
    got: list[T | Exception] = []
    deferred.add_both(got.append)
    return got


def pending(count: int) -> list[Deferred[int]]:
    return [Deferred() for _ in range(count)]


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], list[str]]]:
    def messages() -> list[str]:
        gc.collect()
        return [record.getMessage() for record in caplog.records]

    gc.collect()
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        yield messages


def test_the_result_has_each_value_or_error_in_order() -> None:
    first, second, third = deferreds = pending(3)
    every = DeferredList(deferreds, consume_errors=True)
    assert_type(every, DeferredList[list[tuple[bool, int | Exception]]])
    got = results(every)
    error = Oops()
    third.callback(3)
    first.errback(error)
    assert got == []
    second.callback(2)
    assert got == [[(False, error), (True, 2), (True, 3)]]


def test_with_fire_on_one_callback_the_first_value_is_enough() -> None:
    first, second = deferreds = pending(2)
    one = DeferredList(deferreds, fire_on_one_callback=True)
    assert_type(one, DeferredList[tuple[int, int]])
    got = results(one)
    second.callback(7)
    assert got == [(7, 1)]
    first.callback(8)
    assert got == [(7, 1)]


def test_with_fire_on_one_errback_the_first_error_is_enough() -> None:
    error = Oops()
    first, second = deferreds = pending(2)
    got = results(DeferredList(deferreds, fire_on_one_errback=True, consume_errors=True))
    second.errback(error)
    first.errback(Oops())
    failure = got[0]
    assert isinstance(failure, FirstError)
    assert (failure.sub_failure, failure.index) == (error, 1)


def test_an_empty_list_has_its_result_at_once_unless_it_waits_for_a_value() -> None:
    assert results(DeferredList([])) == [[]]
    assert results(DeferredList([], fire_on_one_callback=True)) == []


@pytest.mark.parametrize("make", [DeferredList, gather_results])
@pytest.mark.parametrize("consume_errors", [False, True])
def test_an_error_stays_in_its_deferred_unless_it_is_consumed(
    make: Callable[..., Deferred[object]], consume_errors: bool
) -> None:
    error = Oops()
    failed: Deferred[object] = fail(error)
    results(make([failed], consume_errors=consume_errors))
    assert results(failed) == [None if consume_errors else error]


def test_an_error_that_is_neither_consumed_nor_handled_is_reported(logged: Callable[[], list[str]]) -> None:
    results(DeferredList([fail(Oops())], consume_errors=True))
    assert logged() == []
    results(DeferredList([fail(Oops())]))
    (message,) = logged()
    assert "test_deferred_list.py" in message
    assert "no errback handles the error: Oops()" in message


def test_gathering_reports_an_error_once_and_only_if_the_result_is_not_handled(
    logged: Callable[[], list[str]],
) -> None:
    results(gather_results([fail(Oops()), fail(Oops()), succeed(1)]))
    assert logged() == []
    gather_results([fail(Oops("first")), fail(Oops("second"))])
    (message,) = logged()
    assert "Oops('first')" in message


def test_a_later_error_of_a_gathered_deferred_is_reported(logged: Callable[[], list[str]]) -> None:
    deferred: Deferred[int] = fail(Oops())
    results(gather_results([deferred]))
    deferred.add_errback(lambda _: Oops("another"))
    del deferred
    (message,) = logged()
    assert "Oops('another')" in message


def test_gathering_fails_with_the_first_error_itself() -> None:
    error = Oops()
    first, second = deferreds = pending(2)
    got = results(gather_results(deferreds))
    second.errback(error)
    first.callback(1)
    assert got == [error]


@pytest.mark.parametrize("make", [DeferredList, gather_results])
def test_to_cancel_it_cancels_all_that_are_pending(make: Callable[..., Deferred[object]]) -> None:
    deferreds = pending(3)
    deferreds[1].callback(1)
    every = make(deferreds, consume_errors=True)
    every.cancel()
    assert all(deferred.called for deferred in deferreds)
    assert every.called


def test_to_cancel_what_waits_for_it_cancels_all_that_are_pending() -> None:
    deferreds = pending(2)
    outer = succeed(None).add_callback(lambda _: DeferredList(deferreds, consume_errors=True))
    outer.cancel()
    (got,) = results(outer)
    assert isinstance(got, list)
    assert [(ok, type(error)) for ok, error in got] == [(False, CancelledError)] * 2


# Beside Twisted: the same Deferreds fire in the same order with the same outcome


def plain(result: object) -> object:
    """A result, ours or Twisted's, as plain values."""
    if isinstance(result, Failure):
        result = result.value
    if isinstance(result, FirstError):
        return ("first error", plain(result.sub_failure), result.index)
    if isinstance(result, twisted.FirstError):
        return ("first error", plain(result.subFailure), result.index)
    if isinstance(result, list | tuple):
        return [plain(each) for each in result]
    return type(result).__name__ if isinstance(result, Exception) else result


FIRED = st.lists(st.tuples(st.integers(0, 3), st.sampled_from([True, False])), max_size=6)


@given(st.integers(0, 4), FIRED, st.booleans(), st.booleans(), st.booleans(), st.booleans())
def test_twisteds_deferred_list_does_the_same(
    count: int, fired: list[tuple[int, bool]], callback: bool, errback: bool, consume: bool, cancel: bool
) -> None:
    ours = [Deferred[int]() for _ in range(count)]
    theirs = [twisted.Deferred() for _ in range(count)]
    for number, value in fired[:2]:
        fire(ours, theirs, number, value)
    our_list = DeferredList[object](ours, callback, errback, consume)  # type: ignore[call-overload]
    their_list = twisted.DeferredList(theirs, callback, errback, consume)
    got: list[list[object]] = [[], []]
    our_list.add_both(lambda result: got[0].append(plain(result)))
    their_list.addBoth(lambda result: got[1].append(plain(result)))
    for number, value in fired[2:]:
        fire(ours, theirs, number, value)
    if cancel:
        our_list.cancel()
        their_list.cancel()
    for our, their in zip(ours, theirs, strict=True):
        our.add_both(lambda result: got[0].append(plain(result)))
        their.addBoth(lambda result: got[1].append(plain(result)))
    assert got[0] == got[1]


def fire(ours: list[Deferred[int]], theirs: list[twisted.Deferred[int]], number: int, value: bool) -> None:
    if number < len(ours) and not ours[number].called:
        ours[number].callback(number if value else Oops())
        theirs[number].callback(number if value else Failure(Oops()))
