"""The sampler reads the reactor at most four times a second, and only while somebody wants to know."""

import pytest

from core.protocols.sessions import SessionRegistry
from core.reactor import Reactor
from core.transports.sockets import descriptor_limit
from servers.feed.load_sampler import LoadSampler
from tests.core.engine.test_meter import PassingTime
from tests.servers.feed.test_subscription import Counting


class SteppedReactor(Reactor):
    """A real one, whose clock is set by hand."""

    now = 0.0

    def seconds(self) -> float:
        return self.now


def test_a_reactor_has_a_meter_only_while_the_gauge_is_on(reactor: Reactor) -> None:
    sampler = LoadSampler(reactor, SessionRegistry())
    measured = [reactor.meter is not None]
    for on in (True, False):
        sampler.switch(on=on)
        measured.append(reactor.meter is not None)
    assert measured == [False, True, False]


def test_it_tells_timers_descriptors_their_limit_and_all_bytes_that_wait(reactor: Reactor) -> None:
    registry = SessionRegistry()
    for waiting in (10, 0, 32):
        registry.open("echo", Counting(waiting=waiting))
    call = reactor.call_later(1000, print)
    load = LoadSampler(reactor, registry).load()
    assert (load.timers, load.descriptors) == (reactor.timers, reactor.descriptors)
    assert load.timers >= 1
    assert load.limit == descriptor_limit()
    assert load.waiting == 42
    call.cancel()


def test_turns_are_told_per_second_since_the_last_reading() -> None:
    reactor = SteppedReactor()
    sampler = LoadSampler(reactor, SessionRegistry())
    sampler.switch(on=True)
    for seconds, turns in ((2.0, 6), (4.0, 2)):
        for _ in range(turns):
            reactor.call_soon(int)
            reactor.turn()
        reactor.now += seconds
        assert sampler.load().turns == turns / seconds
    reactor.close()


def test_who_asks_sooner_than_a_quarter_of_a_second_gets_the_last_reading() -> None:
    reactor = SteppedReactor()
    sampler = LoadSampler(reactor, SessionRegistry())
    first = sampler.load()
    reactor.now += 0.2
    assert sampler.load() is first
    reactor.now += 0.05
    assert sampler.load() is not first
    reactor.close()


def test_the_slowest_handler_is_told_by_name_and_in_milliseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    reactor = SteppedReactor()
    sampler = LoadSampler(reactor, SessionRegistry())
    sampler.switch(on=True)
    clock = PassingTime(monkeypatch)

    def hog() -> None:
        clock.passed += 1000  # as if it had taken so long

    reactor.call_soon(hog)
    reactor.turn()
    reactor.now += 1
    load = sampler.load()
    assert load.slowest.endswith("hog")
    assert load.slowest_ms >= 1_000_000
    reactor.now += 1
    assert sampler.load().slowest == ""
    reactor.close()
