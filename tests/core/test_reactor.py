"""Reactor: its contract, on each engine: calls, turns, ports, and the orderly shutdown."""

import gc
import math
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from core import reactor as reactor_module
from core.deferred import Deferred, maybe_deferred
from core.deferred import fail as failed_deferred
from core.engine import loop
from core.engine.pollers import EpollPoller
from core.errors import (
    ConnectionAborted,
    ConnectionDone,
    ReactorAlreadyRunning,
    ReactorNotRunning,
)
from core.interfaces import AbstractConnector, Descriptor
from core.protocols.lines import LineReceiver
from core.protocols.protocol import ClientFactory, Factory, Protocol
from core.reactor import Reactor, RunState, react
from core.task import defer_later
from core.threads import defer_to_thread
from core.transports import lingering_close
from tests.conftest import turn_until
from tests.core.outside import connect, descriptors, read_all


class Ear(Descriptor):
    """One end of a socket pair. It records its calls in `noted`, and calls `then`."""

    def __init__(self, reactor: Reactor, noted: list[object], then: Callable[[], object] = int) -> None:
        self.near, self.far = socket.socketpair()
        self.near.setblocking(False)
        self.reactor = reactor
        self.noted = noted
        self.then = then
        reactor.watch(self, True, False)

    def fileno(self) -> int:
        return self.near.fileno()

    def on_readable(self) -> None:
        self.near.recv(100)
        self.noted.append(self)
        self.then()

    def on_writable(self) -> None:
        self.noted.append("writable")
        self.reactor.watch(self, True, False)

    def on_error(self, error: Exception) -> None:
        self.noted.append(error)

    def shut_down(self) -> None:
        self.close()

    def close(self) -> None:
        self.reactor.forget(self)
        self.near.close()
        self.far.close()


Ears = Callable[..., Ear]


@pytest.fixture
def noted() -> list[object]:
    """The recorded calls, in order."""
    return []


@pytest.fixture
def ear(reactor: Reactor, noted: list[object]) -> Iterator[Ears]:
    ears: list[Ear] = []

    def make(then: Callable[[], object] = int) -> Ear:
        ears.append(Ear(reactor, noted, then))
        return ears[-1]

    yield make
    for each in ears:
        each.close()


def fail() -> None:
    raise ZeroDivisionError


# --- calls


def test_a_call_is_made_after_its_delay_on_a_clock_that_goes_on(reactor: Reactor) -> None:
    asked, made = reactor.seconds(), list[float]()
    reactor.call_later(0.01, lambda: made.append(reactor.seconds()))
    turn_until(reactor, lambda: made)
    assert made[0] - asked >= 0.01


@pytest.mark.parametrize("delay", [2**128, 1e300, math.inf])
def test_a_call_due_after_the_end_of_the_world_does_not_stop_the_loop(
    reactor: Reactor, noted: list[object], delay: float
) -> None:
    never = reactor.call_later(delay, noted.append, "never")
    reactor.call_later(0.001, noted.append, "soon")
    turn_until(reactor, lambda: noted)
    assert noted == ["soon"]
    never.cancel()


@pytest.mark.parametrize("delay", [-1, math.nan])
def test_a_call_cannot_be_asked_for_at_no_time_at_all(reactor: Reactor, delay: float) -> None:
    with pytest.raises(ValueError):
        reactor.call_later(delay, fail)


def test_calls_are_made_in_the_order_of_their_times(reactor: Reactor, noted: list[object]) -> None:
    calls = {delay: reactor.call_later(delay, noted.append, delay) for delay in (0.003, 0.001, 0.002)}
    turn_until(reactor, lambda: len(noted) == 3)
    assert noted == sorted(calls, key=lambda delay: calls[delay].time)


def test_what_is_asked_for_soon_is_done_in_the_order_of_asking(reactor: Reactor, noted: list[object]) -> None:
    for number in range(3):
        reactor.call_soon(noted.append, number)
    reactor.turn()
    assert noted == [0, 1, 2]


def test_what_a_call_asks_for_with_no_delay_waits_for_the_next_turn(
    reactor: Reactor, noted: list[object]
) -> None:
    def again(ask: Callable[[Callable[[], None]], object]) -> None:
        noted.append(reactor.turns)
        ask(partial(again, ask))

    again(reactor.call_soon)
    again(partial(reactor.call_later, 0))
    turn_until(reactor, lambda: len(noted) >= 20)
    assert all(noted.count(turn) <= 2 for turn in noted)


def test_what_waits_for_the_end_of_a_turn_does_not_wait_for_an_event(
    reactor: Reactor, noted: list[object]
) -> None:
    """The call can be scheduled between two turns, by a test or during the shutdown."""
    reactor.call_at_turn_end(partial(noted.append, "end"))
    reactor.turn()
    assert noted == ["end"]


def test_a_call_from_a_thread_wakes_an_idle_loop(reactor: Reactor) -> None:
    thread = threading.Thread(target=reactor.call_from_thread, args=(reactor.stop,))
    reactor.call_when_running(thread.start)
    reactor.run(install_signal_handlers=False)
    thread.join()


def test_of_calls_from_many_threads_none_is_lost_and_each_threads_are_in_order(
    reactor: Reactor, noted: list[object]
) -> None:
    def ask(thread: int) -> None:
        for number in range(500):
            reactor.call_from_thread(noted.append, (thread, number))

    threads = [threading.Thread(target=ask, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    turn_until(reactor, lambda: len(noted) == 8 * 500)
    for thread in threads:
        thread.join()
    assert sorted(noted, key=lambda call: (call[0], call[1]) if isinstance(call, tuple) else ()) == [
        (thread, number) for thread in range(8) for number in range(500)
    ]
    assert [call for call in noted if isinstance(call, tuple) and call[0] == 3] == [
        (3, number) for number in range(500)
    ]


def test_a_call_from_a_thread_is_made_in_the_reactors_thread(reactor: Reactor, noted: list[object]) -> None:
    thread = threading.Thread(
        target=reactor.call_from_thread, args=(lambda: noted.append(threading.current_thread()),)
    )
    thread.start()
    turn_until(reactor, lambda: noted)
    thread.join()
    assert noted == [threading.current_thread()]


@pytest.mark.parametrize("way", ["call_soon", "call_later", "call_from_thread", "call_at_turn_end"])
def test_a_call_that_fails_is_logged_once_and_spares_the_others(
    reactor: Reactor, noted: list[object], caplog: pytest.LogCaptureFixture, way: str
) -> None:
    ways: dict[str, Callable[[Callable[[], object]], object]] = {
        "call_soon": reactor.call_soon,
        "call_later": partial(reactor.call_later, 0),
        "call_from_thread": reactor.call_from_thread,
        "call_at_turn_end": reactor.call_at_turn_end,
    }
    ask = ways[way]
    ask(fail)
    ask(lambda: noted.append("spared"))
    turn_until(reactor, lambda: noted)
    assert len(caplog.records) == 1
    assert "ZeroDivisionError" in caplog.text


def test_a_clock_that_is_set_back_changes_nothing(
    reactor: Reactor, noted: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    reactor.call_later(0.001, noted.append, "made")
    monkeypatch.setattr(time, "time", lambda: 0.0)
    turn_until(reactor, lambda: noted)


# --- events


def test_who_has_something_to_read_is_called(reactor: Reactor, ear: Ears, noted: list[object]) -> None:
    one, other = ear(), ear()
    other.far.send(b"!")
    turn_until(reactor, lambda: noted)
    one.far.send(b"!")
    turn_until(reactor, lambda: len(noted) == 2)
    assert noted == [other, one]


def test_who_waits_for_room_is_called(reactor: Reactor, ear: Ears, noted: list[object]) -> None:
    reactor.watch(ear(), True, True)
    turn_until(reactor, lambda: noted)
    assert noted == ["writable"]


def test_who_is_not_watched_any_more_is_not_called(reactor: Reactor, ear: Ears, noted: list[object]) -> None:
    paused, forgotten, other = ear(), ear(), ear()
    for each in (paused, forgotten, other):
        each.far.send(b"!")
    reactor.watch(paused, False, False)
    reactor.forget(forgotten)
    reactor.forget(forgotten)
    turn_until(reactor, lambda: noted)
    assert noted == [other]
    reactor.watch(paused, True, False)
    turn_until(reactor, lambda: len(noted) == 2)
    assert noted == [other, paused]


def test_who_was_forgotten_in_this_turn_is_not_called_although_an_event_waits(
    reactor: Reactor, ear: Ears, noted: list[object]
) -> None:
    one = ear(then=lambda: reactor.forget(other))
    other: Ear = ear(then=lambda: reactor.forget(one))
    for each in (one, other):
        each.far.send(b"!")
    turn_until(reactor, lambda: noted)
    reactor.call_soon(noted.append, "the next turn")
    turn_until(reactor, lambda: "the next turn" in noted)
    assert noted in ([one, "the next turn"], [other, "the next turn"])


def test_who_ends_when_it_is_read_is_not_written_to_any_more(
    reactor: Reactor, ear: Ears, noted: list[object]
) -> None:
    both: Ear = ear(then=lambda: reactor.forget(both))
    both.far.send(b"!")
    reactor.watch(both, True, True)
    turn_until(reactor, lambda: both in noted)
    reactor.call_soon(noted.append, "the next turn")
    turn_until(reactor, lambda: "the next turn" in noted)
    assert noted in ([both, "the next turn"], ["writable", both, "the next turn"])


def test_a_handler_that_fails_is_logged_once_told_of_it_and_spares_the_others(
    reactor: Reactor, ear: Ears, noted: list[object], caplog: pytest.LogCaptureFixture
) -> None:
    failing, other = ear(then=fail), ear()
    for each in (failing, other):
        each.far.send(b"!")
    turn_until(reactor, lambda: len(noted) == 3)
    assert noted.index(failing) + 1 == [type(each) for each in noted].index(ZeroDivisionError)
    assert other in noted
    assert len(caplog.records) == 1
    assert "ZeroDivisionError" in caplog.text


def test_the_end_of_a_turn_comes_after_all_its_events_and_may_add_to_itself(
    reactor: Reactor, ear: Ears, noted: list[object]
) -> None:
    def last() -> None:
        noted.append("end")
        reactor.call_at_turn_end(lambda: noted.append(f"turn {reactor.turns}"))

    one = ear(then=lambda: reactor.call_at_turn_end(last))
    other = ear()
    for each in (one, other):
        each.far.send(b"!")
    turn_until(reactor, lambda: "end" in noted)
    assert set(noted[:2]) == {one, other}
    assert noted[2:] == ["end", f"turn {reactor.turns}"]


def test_a_socket_closed_in_a_turn_keeps_its_number_until_the_turn_is_over(
    reactor: Reactor, ear: Ears, noted: list[object]
) -> None:
    def close() -> None:
        reactor.forget(closed)
        reactor.close_at_turn_end(closed.near)
        with socket.socket() as opened:
            noted.append(opened.fileno() != closed.near.fileno() >= 0)

    closed = ear(then=close)
    closed.far.send(b"!")
    turn_until(reactor, lambda: True in noted)
    turn_until(reactor, lambda: closed.near.fileno() < 0)


def test_a_turn_counts_as_one_however_much_it_brings(
    reactor: Reactor, ear: Ears, noted: list[object]
) -> None:
    ears = [ear() for _ in range(20)]
    reactor.call_soon(noted.append, "a turn before")
    reactor.turn()
    for each in ears:
        each.far.send(b"!")
    before = reactor.turns
    turn_until(reactor, lambda: len(noted) == 21)
    assert reactor.turns <= before + 2  # a borrowed loop may see to the guard's timer first


def test_a_turn_knows_when_it_began(reactor: Reactor, ear: Ears, noted: list[object]) -> None:
    before = reactor.seconds()
    one = ear(then=lambda: noted.append(reactor.turned_at))
    one.far.send(b"!")
    turn_until(reactor, lambda: noted)
    assert isinstance(noted[1], float)
    assert before <= noted[1] <= reactor.seconds()


def test_a_turn_that_only_makes_a_call_knows_when_it_began_too_and_does_not_sleep(reactor: Reactor) -> None:
    found: list[tuple[bool, float]] = []
    before = reactor.seconds()
    reactor.call_later(0, lambda: found.append((reactor.sleeping, reactor.turned_at)))
    turn_until(reactor, lambda: found)
    ((is_sleeping, began),) = found
    assert not is_sleeping
    assert before <= began <= reactor.seconds()
    assert reactor.sleeping


def test_a_loop_tells_the_name_of_its_engine(reactor: Reactor, request: pytest.FixtureRequest) -> None:
    name = request.node.callspec.params["reactor"]
    assert reactor.engine == {"selectors": "epoll"}.get(name, name)  # the best selector of Linux


class CountingPoller(EpollPoller):
    """Records each change of what the kernel watches."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[int, int]] = []

    def set(self, number: int, old: int, new: int) -> None:
        self.told.append((old, new))
        super().set(number, old, new)


def test_the_kernel_is_told_of_nothing_twice() -> None:
    poller = CountingPoller()
    reactor = Reactor(poller)
    one = Ear(reactor, [])
    poller.told.clear()
    for reading, writing in [(True, False), (True, True), (True, True), (False, False), (False, False)]:
        reactor.watch(one, reading, writing)
    reactor.forget(one)
    assert poller.told == [(1, 5), (5, 0)]
    one.close()
    reactor.close()


# --- writing


class Broadcaster(LineReceiver):
    """Sends each line to all members."""

    factory: "Broadcasters"

    def connection_made(self) -> None:
        self.factory.members.append(self)

    def line_received(self, line: bytes) -> None:
        self.factory.lines.append(line)
        for member in self.factory.members:
            member.send_line(line)

    def connection_lost(self, reason: Exception) -> None:
        self.factory.members.remove(self)
        self.factory.reasons.append(reason)


class Broadcasters(Factory):
    protocol = Broadcaster

    def __init__(self) -> None:
        self.members: list[Broadcaster] = []
        self.lines: list[bytes] = []
        self.reasons: list[Exception] = []


def test_what_is_written_to_others_is_sent_in_the_turn_that_brought_it(reactor: Reactor) -> None:
    factory = Broadcasters()
    port = reactor.listen_tcp(0, factory)
    with connect(port) as one, connect(port) as other:
        turn_until(reactor, lambda: len(factory.members) == 2)
        one.send(b"hello\r\n")
        turn_until(reactor, lambda: factory.lines)
        for client in (one, other):
            client.setblocking(False)
            assert client.recv(100) == b"hello\r\n"


# --- a run


def test_it_runs_until_it_is_stopped_and_can_be_run_again(reactor: Reactor, noted: list[object]) -> None:
    for number in range(3):
        reactor.call_soon(noted.append, number)
        reactor.call_later(0, reactor.stop)
        reactor.run()
        assert reactor.state is RunState.IDLE
    assert noted == [0, 1, 2]


def test_several_can_run_at_once(reactor: Reactor) -> None:
    """One in this thread and one in another, each woken by the other."""
    other = Reactor()
    other.call_when_running(reactor.call_from_thread, other.call_from_thread, other.stop)
    other.add_system_event_trigger("after", "shutdown", reactor.call_from_thread, reactor.stop)
    thread = threading.Thread(target=other.run)
    reactor.call_when_running(thread.start)
    reactor.run()
    thread.join()
    other.close()


def test_one_that_runs_cannot_be_run(reactor: Reactor, noted: list[object]) -> None:
    def run_again() -> None:
        with pytest.raises(ReactorAlreadyRunning):
            reactor.run()
        noted.append("refused")
        reactor.stop()

    reactor.call_soon(run_again)
    reactor.run()
    assert noted == ["refused"]


def test_one_that_does_not_run_cannot_be_stopped(reactor: Reactor) -> None:
    with pytest.raises(ReactorNotRunning):
        reactor.stop()


def test_one_that_stops_cannot_be_stopped_again(reactor: Reactor, noted: list[object]) -> None:
    def stop_twice() -> None:
        reactor.stop()
        with pytest.raises(ReactorNotRunning):
            reactor.stop()
        noted.append("refused")

    reactor.call_soon(stop_twice)
    reactor.run()
    assert noted == ["refused"]


def test_a_crash_leaves_everything_as_it_is_and_the_next_run_goes_on(reactor: Reactor) -> None:
    factory = Broadcasters()
    port = reactor.listen_tcp(0, factory)
    with connect(port) as client:
        turn_until(reactor, lambda: factory.members)
        reactor.call_soon(reactor.crash)
        reactor.run()
        assert factory.reasons == []
        client.send(b"still there?\r\n")
        turn_until(reactor, lambda: factory.lines)
        assert client.recv(100) == b"still there?\r\n"


PHASES = [(phase, event) for event in ("startup", "shutdown") for phase in ("before", "during", "after")]


def test_triggers_come_in_the_order_of_their_phases_and_of_asking(
    reactor: Reactor, noted: list[object]
) -> None:
    for number in (1, 2):
        for phase, event in reversed(PHASES):
            reactor.add_system_event_trigger(phase, event, noted.append, (phase, event, number))
    reactor.call_later(0, reactor.stop)
    reactor.run()
    assert noted == [(phase, event, number) for phase, event in PHASES for number in (1, 2)]


def test_a_trigger_is_for_one_run(reactor: Reactor, noted: list[object]) -> None:
    for phase, event in PHASES:
        reactor.add_system_event_trigger(phase, event, noted.append, event)
    for _ in range(2):
        reactor.call_later(0, reactor.stop)
        reactor.run()
    assert len(noted) == len(PHASES)


def test_a_trigger_that_fails_is_logged_and_spares_the_others(
    reactor: Reactor, noted: list[object], caplog: pytest.LogCaptureFixture
) -> None:
    reactor.add_system_event_trigger("before", "startup", fail)
    reactor.add_system_event_trigger("before", "startup", noted.append, "spared")
    reactor.call_when_running(reactor.stop)
    reactor.run()
    assert noted == ["spared"]
    assert len(caplog.records) == 1


@pytest.mark.parametrize(("phase", "event"), [("", "startup"), ("before", "lunch"), ("startup", "before")])
def test_there_are_no_other_triggers(reactor: Reactor, phase: str, event: str) -> None:
    with pytest.raises(ValueError, match="no such trigger"):
        reactor.add_system_event_trigger(phase, event, fail)


def test_a_removed_trigger_is_not_called(reactor: Reactor, noted: list[object]) -> None:
    handles = [reactor.add_system_event_trigger("before", "shutdown", noted.append, n) for n in range(3)]
    reactor.remove_system_event_trigger(handles[1])
    with pytest.raises(ValueError, match="called or removed before"):
        reactor.remove_system_event_trigger(handles[1])
    reactor.call_when_running(reactor.stop)
    reactor.run()
    assert noted == [0, 2]
    with pytest.raises(ValueError, match="called or removed before"):
        reactor.remove_system_event_trigger(handles[0])


def test_a_trigger_can_add_and_remove_triggers_of_its_phase(reactor: Reactor, noted: list[object]) -> None:
    def change() -> None:
        reactor.remove_system_event_trigger(handle)
        reactor.add_system_event_trigger("before", "shutdown", noted.append, "added")

    reactor.add_system_event_trigger("before", "shutdown", change)
    handle = reactor.add_system_event_trigger("before", "shutdown", noted.append, "removed")
    reactor.call_when_running(reactor.stop)
    reactor.run()
    assert noted == ["added"]


def test_the_shutdown_waits_for_the_deferreds_of_triggers_before_it(
    reactor: Reactor, noted: list[object]
) -> None:
    """The other phases' Deferreds are ignored, as Twisted ignores them."""

    def later(phase: str) -> Deferred[None]:
        noted.append(phase)
        return defer_later(reactor, 0.01, noted.append, f"after {phase}")

    for phase in ("during", "before", "before"):
        reactor.add_system_event_trigger(phase, "shutdown", later, phase)
    reactor.call_when_running(reactor.stop)
    reactor.run()
    assert noted[:5] == ["before", "before", "after before", "after before", "during"]


def test_an_error_of_a_trigger_that_is_waited_for_does_not_stop_the_shutdown(
    reactor: Reactor, noted: list[object], caplog: pytest.LogCaptureFixture
) -> None:
    def fail_later() -> Deferred[None]:
        return defer_later(reactor, 0, fail)

    reactor.add_system_event_trigger("before", "shutdown", fail_later)
    reactor.add_system_event_trigger("during", "shutdown", noted.append, "during")
    reactor.call_when_running(reactor.stop)
    reactor.run()
    assert noted == ["during"]
    gc.collect()
    assert "the Deferred made here failed" in caplog.messages[-1]


def test_a_reactor_that_waits_for_a_trigger_is_not_blocked(reactor: Reactor, noted: list[object]) -> None:
    waiting = Deferred[None]()

    def watch() -> None:
        end = time.monotonic() + 10
        while not reactor.sleeping and time.monotonic() < end:
            pass
        noted.append(reactor.sleeping)  # else the watchdog would log a handler that blocks
        reactor.call_from_thread(waiting.callback, None)

    def wait() -> Deferred[None]:
        threading.Thread(target=watch).start()
        return waiting

    reactor.add_system_event_trigger("before", "shutdown", wait)
    reactor.call_when_running(reactor.stop)
    reactor.run()
    assert noted == [True]


def test_crash_ends_the_wait_for_a_trigger(reactor: Reactor) -> None:
    reactor.add_system_event_trigger("before", "shutdown", Deferred[None])
    reactor.call_when_running(reactor.stop)
    reactor.call_later(0.01, reactor.crash)
    reactor.run()
    assert reactor.state is RunState.IDLE


def test_what_is_asked_for_when_running_comes_as_soon_as_it_runs_or_at_once(
    reactor: Reactor, noted: list[object]
) -> None:
    def while_running() -> None:
        reactor.call_when_running(noted.append, "at once")
        noted.append("then")
        reactor.stop()

    reactor.call_when_running(noted.append, "started")
    reactor.call_soon(while_running)
    assert noted == []
    reactor.run()
    assert noted == ["started", "at once", "then"]


def test_one_that_is_stopped_before_it_turned_ends_in_good_order(
    reactor: Reactor, noted: list[object]
) -> None:
    reactor.add_system_event_trigger("after", "shutdown", noted.append, "ended")
    reactor.call_when_running(reactor.stop)
    reactor.run()
    assert noted == ["ended"]


# --- a good end


@pytest.fixture
def grace(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Set the seconds that connections have at the end. A lingering close takes only 10 ms here."""
    monkeypatch.setattr(lingering_close, "IDLE_TIMEOUT", 0.01)
    return partial(monkeypatch.setattr, reactor_module, "GRACE")


def test_what_was_written_before_a_stop_is_sent(reactor: Reactor, grace: Callable[[float], None]) -> None:
    class Giver(Protocol):
        def connection_made(self) -> None:
            self.transport.write(b"x" * 10_000_000)
            reactor.stop()

    class Givers(Factory):
        protocol = Giver

    grace(1000)
    port = reactor.listen_tcp(0, Givers())
    with ThreadPoolExecutor() as pool, connect(port) as client:
        received = pool.submit(read_all, client)
        reactor.run()
        assert received.result() == b"x" * 10_000_000


def test_under_load_a_stop_loses_no_line_that_was_taken(
    reactor: Reactor, grace: Callable[[float], None]
) -> None:
    class Many(Broadcasters):
        lines: list[bytes]

        def __init__(self) -> None:
            super().__init__()
            reactor.call_later(0, self.look)

        def look(self) -> None:
            if len(self.lines) > 2000:
                reactor.stop()
            else:
                reactor.call_later(0, self.look)

    def talk(sock: socket.socket) -> None:
        try:
            for number in range(1_000_000):
                sock.sendall(b"%d\r\n" % number)
        except OSError:  # the server has gone, as it should
            pass

    grace(1000)
    factory = Many()
    port = reactor.listen_tcp(0, factory)
    with ThreadPoolExecutor() as pool, connect(port) as reader, connect(port) as talker:
        turn_until(reactor, lambda: len(factory.members) == 2)
        received, _ = pool.submit(read_all, reader), pool.submit(talk, talker)
        reactor.run()
        assert received.result() == b"".join(line + b"\r\n" for line in factory.lines)


def test_idle_connections_do_not_hold_up_a_stop(reactor: Reactor, grace: Callable[[float], None]) -> None:
    grace(1000)
    factory = Broadcasters()
    port = reactor.listen_tcp(0, factory)
    with connect(port), connect(port):
        turn_until(reactor, lambda: len(factory.members) == 2)
        reactor.call_soon(reactor.stop)
        reactor.run()
    assert [type(reason) for reason in factory.reasons] == [ConnectionDone] * 2


def test_who_never_reads_is_cut_off_after_the_time_of_grace(
    reactor: Reactor, grace: Callable[[float], None]
) -> None:
    grace(0.01)
    factory = Broadcasters()
    port = reactor.listen_tcp(0, factory)
    with connect(port) as client:
        turn_until(reactor, lambda: factory.members)
        factory.members[0].transport.write(b"x" * 50_000_000)
        reactor.call_soon(reactor.stop)
        reactor.run()
        assert [type(reason) for reason in factory.reasons] == [ConnectionAborted]
        assert str(factory.reasons[0]) == "the reactor has stopped"
        assert len(read_all(client)) < 50_000_000


def test_after_a_stop_no_port_listens_and_nothing_is_open(
    reactor: Reactor, grace: Callable[[float], None]
) -> None:
    reactor.call_soon(int)
    reactor.turn()
    before = descriptors()
    factory = Broadcasters()
    port = reactor.listen_tcp(0, factory)
    host = port.host
    with connect(port):
        turn_until(reactor, lambda: factory.members)
        reactor.call_soon(reactor.stop)
        reactor.run()
    assert descriptors() == before
    again = reactor.listen_tcp(int(str(host).rpartition(":")[2]), factory)
    assert again.host == host


def test_connections_are_there_before_the_shutdown_and_gone_after_it(
    reactor: Reactor, noted: list[object], grace: Callable[[float], None]
) -> None:
    factory = Broadcasters()
    port = reactor.listen_tcp(0, factory)
    for phase in ("before", "during", "after"):
        reactor.add_system_event_trigger(
            phase, "shutdown", lambda phase: noted.append((phase, len(factory.members))), phase
        )
    with connect(port):
        turn_until(reactor, lambda: factory.members)
        reactor.call_soon(reactor.stop)
        reactor.run()
    assert noted == [("before", 1), ("during", 1), ("after", 0)]


def test_one_connection_lost_that_fails_spares_the_rest(
    reactor: Reactor, noted: list[object], grace: Callable[[float], None], caplog: pytest.LogCaptureFixture
) -> None:
    class Fragile(Protocol):
        def connection_made(self) -> None:
            noted.append("made")

        def connection_lost(self, reason: Exception) -> None:
            noted.append("lost")
            raise ZeroDivisionError

    class Fragiles(Factory):
        protocol = Fragile

    port = reactor.listen_tcp(0, Fragiles())
    with connect(port), connect(port), connect(port):
        turn_until(reactor, lambda: len(noted) == 3)
        reactor.call_soon(reactor.stop)
        reactor.run()
    assert noted[3:] == ["lost"] * 3
    assert len(caplog.records) == 3


def test_one_that_cannot_shut_down_spares_the_rest(
    reactor: Reactor, noted: list[object], grace: Callable[[float], None], caplog: pytest.LogCaptureFixture
) -> None:
    grace(0.01)

    class Stubborn(Ear):
        def shut_down(self) -> None:
            raise ZeroDivisionError

        def on_error(self, error: Exception) -> None:
            self.close()

    class Mild(Ear):
        def shut_down(self) -> None:
            noted.append("shut down")
            self.close()

    Stubborn(reactor, noted)
    Mild(reactor, noted)
    reactor.call_soon(reactor.stop)
    reactor.run()
    assert noted == ["shut down"]
    assert "ZeroDivisionError" in caplog.text


def test_a_client_that_never_gives_up_does_not_keep_it_from_stopping(
    reactor: Reactor, grace: Callable[[float], None]
) -> None:
    class Stubborn(ClientFactory):
        attempts = 0
        has_learned = False

        def client_connection_failed(self, connector: AbstractConnector, reason: Exception) -> None:
            self.attempts += 1
            if not self.has_learned:
                connector.connect()

    grace(0.01)
    stubborn = Stubborn()
    reactor.connect_unix("/nobody/listens/here", stubborn)
    reactor.call_soon(reactor.stop)
    reactor.run()
    assert stubborn.attempts > 1
    stubborn.has_learned = True


def test_what_is_cleared_is_told_so_and_closed(reactor: Reactor) -> None:
    factory = Broadcasters()
    port = reactor.listen_tcp(0, factory)
    with connect(port) as client:
        turn_until(reactor, lambda: factory.members)
        reactor.clear()
        assert [type(reason) for reason in factory.reasons] == [ConnectionAborted]
        assert read_all(client) == b""
    assert port.fileno() == -1


def test_one_that_is_closed_leaves_nothing_open() -> None:
    before = descriptors()
    reactor = Reactor()
    reactor.listen_tcp(0, Broadcasters())
    reactor.clear()
    reactor.close()
    assert descriptors() == before


# --- react


@pytest.fixture
def reacting(reactor: Reactor, monkeypatch: pytest.MonkeyPatch) -> Reactor:
    """The reactor that `react` makes."""
    monkeypatch.setattr(reactor_module, "Reactor", lambda: reactor)
    return reactor


@pytest.mark.parametrize("style", ["coroutine", "Deferred", "at once"])
def test_react_runs_until_main_has_its_result_and_exits(
    reacting: Reactor, noted: list[object], style: str
) -> None:
    async def main(reactor: Reactor, name: str) -> None:
        await defer_later(reactor, 0.001)
        noted.append(name)

    mains: dict[str, Callable[[Reactor, str], Awaitable[None]]] = {
        "coroutine": main,
        "Deferred": lambda reactor, name: defer_later(reactor, 0.001, noted.append, name),
        "at once": lambda reactor, name: maybe_deferred(noted.append, name),
    }
    reacting.add_system_event_trigger("after", "shutdown", noted.append, "shut down")
    with pytest.raises(SystemExit) as exited:
        react(mains[style], "called")
    assert exited.value.code == 0
    assert noted == ["called", "shut down"]


def test_react_exits_with_1_after_an_error_which_is_logged(
    reacting: Reactor, caplog: pytest.LogCaptureFixture
) -> None:
    async def main(reactor: Reactor) -> None:
        await defer_later(reactor, 0.001, fail)

    with pytest.raises(SystemExit) as exited:
        react(main)
    assert exited.value.code == 1
    assert caplog.messages == ["main failed"]


def test_react_keeps_the_status_of_a_system_exit_in_main(reacting: Reactor, noted: list[object]) -> None:
    async def main(reactor: Reactor) -> None:
        await defer_later(reactor, 0.001)
        raise SystemExit(3)

    reacting.add_system_event_trigger("after", "shutdown", noted.append, "shut down")
    with pytest.raises(SystemExit) as exited:
        react(main)
    assert exited.value.code == 3
    assert noted == ["shut down"]


def test_react_ends_when_the_reactor_is_stopped(reacting: Reactor) -> None:
    async def main(reactor: Reactor) -> None:
        reactor.call_later(0.001, reactor.stop)
        await Deferred[None]()

    with pytest.raises(SystemExit) as exited:
        react(main)
    assert exited.value.code == 0


def test_react_refuses_a_main_that_returns_nothing_to_wait_for(reacting: Reactor) -> None:
    def main(reactor: Reactor) -> None: ...

    with pytest.raises(TypeError, match=r"main: react waits for a coroutine or a Deferred, .*returned None"):
        react(main)  # type: ignore[arg-type]


# --- failed Deferreds


def test_a_failed_deferred_is_reported_even_if_a_traceback_refers_to_it_and_nothing_else_happens(
    reactor: Reactor, caplog: pytest.LogCaptureFixture
) -> None:
    def lose() -> None:
        deferred = Deferred[int]()
        deferred.callback(1)
        deferred.add_callback(lambda _: fail())

    gc.disable()
    try:
        lose()
        defer_to_thread(reactor, fail)
        reactor.call_soon(int)
        turn_until(reactor, lambda: len(caplog.records) == 2)
    finally:
        gc.enable()
    assert reactor.timers == 0
    assert all("no errback handles the error" in message for message in caplog.messages)


def test_nothing_is_collected_for_a_deferred_that_got_its_errback(
    reactor: Reactor, monkeypatch: pytest.MonkeyPatch
) -> None:
    collected: list[object] = []
    monkeypatch.setattr(gc, "collect", lambda: collected.append(1))
    monkeypatch.setattr(loop, "COLLECT_AFTER", 0)
    kept: Deferred[object] = failed_deferred(ZeroDivisionError())
    kept.add_errback(lambda _: None)
    reactor.call_soon(int)
    for _ in range(3):
        reactor.call_soon(int)
        reactor.turn()
    assert collected == []


@pytest.mark.parametrize("name", ["call_soon", "call_from_thread", "call_when_running"])
def test_a_result_instead_of_a_function_is_refused_in_words(reactor: Reactor, name: str) -> None:
    with pytest.raises(TypeError, match=f"{name} takes a function, and got None"):
        getattr(reactor, name)(None)
    with pytest.raises(TypeError, match="call_later takes a function, and got None"):
        reactor.call_later(1, None)  # type: ignore[arg-type]
