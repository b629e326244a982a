"""The sampler reads the meter at most four times a second, and only while there is a client."""

import os

import pytest

from core.protocols.sessions import SessionRegistry
from core.reactor import Reactor
from servers.feed.load_sampler import LoadSampler, descriptor_limit
from tests.core.engine.test_meter import PassingTime
from tests.core.helpers import SteppedReactor
from tests.servers.feed.test_subscription import Counting


def test_a_reactor_has_a_meter_only_while_the_sampler_is_on(reactor: Reactor) -> None:
    sampler = LoadSampler(reactor, SessionRegistry())
    measured = [reactor.meter is not None]
    for on in (True, False):
        sampler.switch(on=on)
        measured.append(reactor.meter is not None)
    assert measured == [False, True, False]


def test_the_load_has_timers_descriptors_their_limit_and_all_waiting_bytes(reactor: Reactor) -> None:
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


def test_turns_are_counted_per_second_since_the_last_sample() -> None:
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


def test_within_a_quarter_of_a_second_the_last_sample_is_returned() -> None:
    reactor = SteppedReactor()
    sampler = LoadSampler(reactor, SessionRegistry())
    first = sampler.load()
    reactor.now += 0.2
    assert sampler.load() is first
    reactor.now += 0.05
    assert sampler.load() is not first
    reactor.close()


def test_the_slowest_handler_has_its_name_and_its_milliseconds(monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_the_limit_of_descriptors_is_above_the_number_of_open_ones() -> None:
    assert descriptor_limit() > len(os.listdir("/proc/self/fd"))
