"""A loop that is blocked is reported while it is blocked. A loop that waits in its poller is not."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain, repeat
from queue import SimpleQueue

import pytest

from core.engine.watchdog import Watchdog, place_in
from core.reactor import Reactor
from tests.conftest import turn_until
from tests.running import GUARD

LIMIT = 0.01


class FakeLoop:
    """A loop that is blocked or asleep as the test says, and counts how often the watchdog looks at it."""

    stall_limit = LIMIT
    seconds = staticmethod(time.monotonic)
    on_stall: Callable[[str], object] | None = None

    def __init__(self, sleeping: bool) -> None:
        self.is_sleeping = sleeping
        self.turned_at = time.monotonic() - 1000
        self._looks: SimpleQueue[None] = SimpleQueue()

    @property
    def sleeping(self) -> bool:
        self._looks.put(None)
        return self.is_sleeping

    @sleeping.setter
    def sleeping(self, value: bool) -> None:
        self.is_sleeping = value

    def wait_for_looks(self, count: int) -> None:
        """Wait until the watchdog has looked `count` more times."""
        while not self._looks.empty():
            self._looks.get()
        for _ in range(count):
            self._looks.get(timeout=GUARD)


def messages(caplog: pytest.LogCaptureFixture, words: str) -> list[str]:
    """The logged messages that contain `words`."""
    return [message for message in caplog.messages if words in message]


@contextmanager
def watched(
    loop: FakeLoop | Reactor, on_stall: Callable[[str], object], limit: float = LIMIT
) -> Iterator[None]:
    """A context in which a watchdog watches `loop`."""
    loop.on_stall, loop.stall_limit = on_stall, limit
    was_sleeping, loop.sleeping = loop.sleeping, True  # until the watchdog's thread has started
    watchdog = Watchdog(loop)
    loop.sleeping = was_sleeping
    try:
        yield
    finally:
        watchdog.stop()


def test_its_thread_does_not_keep_a_program_from_ending() -> None:
    with watched(FakeLoop(sleeping=True), print):
        assert {thread.daemon for thread in threading.enumerate() if thread.name == "watchdog"} == {True}


def test_a_blocked_loop_is_reported_with_function_file_and_line() -> None:
    stalls: SimpleQueue[str] = SimpleQueue()
    loop = FakeLoop(sleeping=True)
    with watched(loop, stalls.put):
        loop.sleeping = False  # not before, because the place has to be in this test
        text = stalls.get(timeout=GUARD)
    assert text.startswith("has not turned for 1000")
    assert re.search(
        r"test_watchdog.py:\d+, test_a_blocked_loop_is_reported_with_function_file_and_line", text
    )


def test_a_turn_is_reported_once_and_the_next_blocked_turn_again() -> None:
    loop, stalls = FakeLoop(sleeping=False), list[str]()
    with watched(loop, stalls.append):
        loop.wait_for_looks(10)
        assert len(stalls) == 1
        loop.turned_at -= 1
        loop.wait_for_looks(10)
        assert len(stalls) == 2


def test_a_failure_in_its_thread_is_logged_once_and_the_next_turn_is_reported(
    caplog: pytest.LogCaptureFixture,
) -> None:
    loop, stalls = FakeLoop(sleeping=False), list[str]()

    def on_stall(text: str) -> None:
        stalls.append(text)
        if len(stalls) == 1:
            raise FileNotFoundError(2, "No such file or directory")

    with watched(loop, on_stall):
        loop.wait_for_looks(10)
        loop.turned_at -= 1
        loop.wait_for_looks(10)
    assert len(stalls) == 2
    assert messages(caplog, "the watchdog has failed, and continues") == [
        "the watchdog has failed, and continues"
    ]


def test_where_no_thread_can_be_started_it_warns_and_the_loop_runs(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    with watched(FakeLoop(sleeping=False), print):
        assert "can't start new thread" in caplog.text


def test_when_the_loop_goes_on_the_log_has_the_place_and_the_time_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    loop, stalls = FakeLoop(sleeping=False), list[str]()
    with watched(loop, stalls.append):
        loop.wait_for_looks(10)
        assert (len(stalls), messages(caplog, "went on")) == (1, [])
        loop.sleeping = True
        loop.wait_for_looks(10)
    place = stalls[0].partition(" s: ")[2]
    (message,) = messages(caplog, "went on")
    assert message.startswith(f"{place}\n    ended, and the reactor went on after 1000.")


def test_the_next_turn_is_a_new_start_even_if_it_blocks_too(caplog: pytest.LogCaptureFixture) -> None:
    loop, stalls = FakeLoop(sleeping=False), list[str]()
    with watched(loop, stalls.append):
        loop.wait_for_looks(10)
        loop.turned_at += 1
        loop.wait_for_looks(10)
    assert (len(stalls), len(messages(caplog, "went on"))) == (2, 1)


def test_a_loop_that_waits_for_a_processor_is_not_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    waits = chain([0.0], repeat(2000.0))
    monkeypatch.setattr("core.engine.watchdog.processor_wait", lambda thread: next(waits))
    loop, stalls = FakeLoop(sleeping=False), list[str]()
    with watched(loop, stalls.append):
        loop.wait_for_looks(3)
        assert stalls == []
        loop.turned_at -= 1  # another turn, which does not wait
        loop.wait_for_looks(3)
    assert len(stalls) == 1


def test_the_time_in_which_a_loop_waits_for_the_start_of_a_thread_does_not_count() -> None:
    loop, stalls = FakeLoop(sleeping=True), SimpleQueue[str]()

    class Late(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            loop.sleeping = False
            loop.wait_for_looks(3)
            loop.sleeping = True
            return super().wait(timeout)

    thread = threading.Thread(target=int)
    thread._started = Late()  # type: ignore[attr-defined]
    with watched(loop, stalls.put):
        thread.start()
        assert stalls.empty()
        loop.sleeping = False  # as of a handler that goes on, in the same turn
        assert "test_watchdog.py" in stalls.get(timeout=GUARD)


def test_a_loop_that_sleeps_in_its_poller_is_not_reported() -> None:
    loop, stalls = FakeLoop(sleeping=True), list[str]()
    with watched(loop, stalls.append):
        loop.wait_for_looks(10)
    assert stalls == []


def test_a_reactor_that_sleeps_in_its_poller_is_not_reported(reactor: Reactor) -> None:
    stalls: list[str] = []
    woken: list[bool] = []
    with watched(reactor, stalls.append, limit=0.2):
        reactor.call_later(0.5, woken.append, True)
        turn_until(reactor, lambda: woken)
    assert stalls == []


def test_a_handler_that_waits_for_its_report_is_reported(reactor: Reactor) -> None:
    stalls: SimpleQueue[str] = SimpleQueue()
    heard: list[str] = []

    def hang() -> None:
        heard.append(stalls.get(timeout=GUARD))

    with watched(reactor, stalls.put):
        reactor.call_soon(hang)
        turn_until(reactor, lambda: heard)
    assert "test_watchdog.py" in heard[0]
    assert "<locals>.hang" in heard[0]


def test_a_stopped_watchdog_ends_its_thread() -> None:
    before = set(threading.enumerate())
    with watched(FakeLoop(sleeping=True), print):
        (thread,) = set(threading.enumerate()) - before
    thread.join(GUARD)
    assert not thread.is_alive()


def test_a_function_of_ours_is_named_before_the_library_function_in_which_it_waits() -> None:
    begun, over = threading.Event(), threading.Event()

    def ours() -> None:
        begun.set()
        over.wait()

    thread = threading.Thread(target=ours)
    thread.start()
    try:
        begun.wait(GUARD)
        text = ""
        while "calling" not in text:
            assert thread.ident is not None
            text = place_in(thread.ident)
    finally:
        over.set()
        thread.join()
    assert "<locals>.ours, calling " in text
    assert "threading.py" in text.partition(", calling ")[2]


def test_the_log_has_the_place_in_the_first_line_and_the_remedy_in_the_second(
    caplog: pytest.LogCaptureFixture,
) -> None:
    loop = FakeLoop(sleeping=True)
    with watched(loop, lambda text: None):
        loop.sleeping = False
        loop.wait_for_looks(10)
    (message,) = caplog.messages
    place, remedy = message.split("\n")
    assert re.match(r"\S+test_watchdog.py:\d+, \S*(wait_for_looks|test_the_log_has_the_place)", place)
    assert re.match(r" +has blocked the reactor for 1000.\d s. Use defer_to_thread or ", remedy)


def test_without_a_thread_for_the_watchdog_the_reactor_runs(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def start(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    reactor = Reactor()
    reactor.call_when_running(reactor.stop)
    reactor.run()
    reactor.close()
    assert caplog.messages == ["no watchdog reports a handler that blocks: can't start new thread"]


def test_a_loop_whose_clock_stands_still_is_not_reported(caplog: pytest.LogCaptureFixture) -> None:
    loop = FakeLoop(sleeping=False)
    loop.seconds = lambda: loop.turned_at  # as in a stepper during a stop
    with watched(loop, on_stall=lambda place: None):
        loop.wait_for_looks(3)
    assert not messages(caplog, "blocked")
