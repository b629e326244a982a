"""defer_to_thread: a call runs in another thread, and its result comes to the reactor's thread."""

import threading
from typing import TypeVar

import pytest

from core.deferred import Deferred
from core.errors import CancelledError
from core.reactor import Reactor
from core.threads import defer_to_thread, processor_wait
from tests.conftest import turn_until
from tests.core.outside import ENGINES, end_of, start
from tests.running import GUARD

T = TypeVar("T")


def results(deferred: Deferred[T]) -> list[T | Exception]:
    """A list to which the result or the error is added."""
    came: list[T | Exception] = []
    deferred.add_both(came.append)
    return came


def test_the_result_comes_back(reactor: Reactor) -> None:
    came = results(defer_to_thread(reactor, divmod, 7, 2))
    assert came == []
    turn_until(reactor, lambda: came)
    assert came == [(3, 1)]


def test_an_exception_becomes_the_error_of_the_deferred(reactor: Reactor) -> None:
    came = results(defer_to_thread(reactor, divmod, 7, 0))
    turn_until(reactor, lambda: came)
    assert isinstance(came[0], ZeroDivisionError)


def test_where_no_thread_can_be_started_the_deferred_fails(
    reactor: Reactor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        came = results(defer_to_thread(reactor, int))
    assert came == []
    turn_until(reactor, lambda: came)
    assert isinstance(came[0], RuntimeError)


def test_the_call_runs_in_another_thread_and_the_callback_in_the_reactors(reactor: Reactor) -> None:
    threads: list[threading.Thread] = []

    def handle(thread: threading.Thread) -> None:
        threads.append(thread)
        threads.append(threading.current_thread())

    defer_to_thread(reactor, threading.current_thread).add_callback(handle)
    turn_until(reactor, lambda: threads)
    assert threads[0] is not threads[1]
    assert threads[1] is threading.current_thread()
    assert "current_thread" in threads[0].name


def test_many_calls_run_at_the_same_time(reactor: Reactor) -> None:
    """Each call waits until all the others have started."""
    barrier = threading.Barrier(8)
    came: list[int] = []
    for _ in range(8):
        defer_to_thread(reactor, barrier.wait, GUARD).add_callback(came.append)
    turn_until(reactor, lambda: len(came) == 8)
    assert sorted(came) == list(range(8))


def test_the_result_of_a_cancelled_deferred_is_discarded(
    reactor: Reactor, caplog: pytest.LogCaptureFixture
) -> None:
    done, release = threading.Event(), threading.Event()

    def work() -> None:
        release.wait()
        reactor.call_from_thread(done.set)

    deferred = defer_to_thread(reactor, work)
    cancelled = results(deferred)
    deferred.cancel()
    release.set()
    turn_until(reactor, lambda: done.is_set())
    came = results(defer_to_thread(reactor, int))
    turn_until(reactor, lambda: came)
    assert [type(result) for result in cancelled] == [CancelledError]
    assert not caplog.records


HANGS = """
import threading
from core import defer_to_thread
defer_to_thread(reactor, threading.Event().wait)
reactor.call_later(0, reactor.stop)
reactor.run()
reactor.close()
print("ended")
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_a_thread_that_hangs_does_not_keep_the_program_alive(engine: str) -> None:
    assert end_of(start(engine, HANGS)) == (0, "ended\n", "")


def test_a_result_instead_of_a_function_is_refused_in_words(reactor: Reactor) -> None:
    with pytest.raises(TypeError, match="defer_to_thread takes a function, and got None"):
        defer_to_thread(reactor, None)  # type: ignore[arg-type]


def test_the_kernel_tells_how_long_a_thread_has_waited_for_a_processor() -> None:
    before = processor_wait()
    assert 0 <= before <= processor_wait(threading.get_native_id()) < 1e6
    assert processor_wait(1 << 30) == 0.0  # there is no such thread
