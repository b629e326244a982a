"""Waker: a byte wakes a loop that sleeps, from any thread, however many came before."""

import signal
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from core.engine.pollers import EpollPoller
from core.engine.waker import Waker
from core.interfaces import READ
from core.reactor import Reactor


@pytest.fixture
def reactor() -> Iterator[Reactor]:
    with closing(Reactor()) as reactor:
        yield reactor


@pytest.fixture
def waker(reactor: Reactor) -> Iterator[Waker]:
    waker = Waker(reactor)
    yield waker
    reactor.forget(waker)
    waker.close()


def is_awake(waker: Waker) -> bool:
    """Whether a loop that waits for `waker` would wake up."""
    with closing(EpollPoller()) as poller:
        poller.set(waker.fileno(), 0, 1)
        return bool(poller.poll(0))


def test_it_sleeps_until_it_is_woken_and_then_again(waker: Waker) -> None:
    assert not is_awake(waker)
    waker.wake()
    assert is_awake(waker)
    waker.on_readable()
    assert not is_awake(waker)


def test_a_hundred_calls_wake_it_once(waker: Waker) -> None:
    for _ in range(100):
        waker.wake()
    waker.on_readable()
    assert not is_awake(waker)


def test_waking_never_blocks_nor_fails_however_often(waker: Waker) -> None:
    for _ in range(100_000):
        waker.wake()
    assert is_awake(waker)


def test_any_thread_may_wake_it(waker: Waker) -> None:
    thread = threading.Thread(target=waker.wake)
    thread.start()
    thread.join()
    assert is_awake(waker)


def test_a_signal_wakes_it(waker: Waker) -> None:
    wakeup_before = signal.set_wakeup_fd(waker.signal_fileno())
    handler_before = signal.signal(signal.SIGUSR1, lambda number, frame: None)
    try:
        signal.raise_signal(signal.SIGUSR1)
    finally:
        signal.signal(signal.SIGUSR1, handler_before)
        signal.set_wakeup_fd(wakeup_before)
    assert is_awake(waker)


def test_events_without_a_wake_up_do_not_end_it(waker: Waker) -> None:
    waker.on_readable()  # with nothing there
    waker.on_writable()
    waker.on_error(ValueError())
    waker.shut_down()
    waker.wake()
    assert is_awake(waker)


def test_to_wake_a_closed_waker_does_nothing(reactor: Reactor) -> None:
    waker = Waker(reactor)
    reactor.forget(waker)
    waker.close()
    waker.wake()
    assert waker.fileno() == waker.signal_fileno() == -1


def test_a_loop_that_nothing_wakes_has_no_event() -> None:
    poller = EpollPoller()
    with closing(Reactor(poller)) as reactor:
        assert poller.poll(0) == []
        reactor.call_from_thread(int)
        assert [event for _, event in poller.poll(0)] == [READ]
