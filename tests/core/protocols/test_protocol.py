"""Factories make protocols and outlive them; ReconnectingClientFactory tries again."""

import random
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TypeVarTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import interfaces
from core.errors import ConnectionDone
from core.interfaces import IPv4Address
from core.protocols.protocol import (
    ClientFactory,
    DatagramProtocol,
    Factory,
    Protocol,
    ReconnectingClientFactory,
    ServerFactory,
)
from core.protocols.sessions import SessionRegistry, Tap
from core.reactor import Reactor
from core.testing import Clock, StringTransport
from core.timers import DelayedCall

Arguments = TypeVarTuple("Arguments")

PEER = IPv4Address("tcp", "127.0.0.1", 54321)


class Talker(Protocol):
    """A protocol that sends a greeting."""

    def connection_made(self) -> None:
        self.transport.write(b"hello")


class Talkers(Factory):
    """Records when it is started and stopped."""

    protocol = Talker

    def __init__(self) -> None:
        self.noted: list[str] = []

    def start_factory(self) -> None:
        self.noted.append("start")

    def stop_factory(self) -> None:
        self.noted.append("stop")


def test_a_protocol_has_its_transport_in_connection_made() -> None:
    protocol, transport = Talker(), StringTransport()
    protocol.make_connection(transport)
    assert transport.take() == b"hello"


def test_a_protocol_that_overrides_nothing_does_nothing() -> None:
    protocol, transport = Protocol(), StringTransport()
    protocol.make_connection(transport)
    protocol.data_received(b"data")
    protocol.report("state")
    protocol.connection_lost(ConnectionDone())
    assert transport.take() == b""


def test_a_datagram_protocol_that_overrides_nothing_does_nothing() -> None:
    protocol = DatagramProtocol()
    protocol.datagram_received(b"", ("127.0.0.1", 9))
    protocol.connection_refused()
    protocol.stop_protocol()


def test_a_factory_makes_a_protocol_for_each_peer_and_each_knows_its_factory() -> None:
    factory = Talkers()
    one, other = factory.build_protocol(PEER), factory.build_protocol(PEER)
    assert isinstance(one, Talker)
    assert one is not other
    assert one.factory is factory


def test_a_factory_is_started_and_stopped_once_however_many_use_it() -> None:
    factory = Talkers()
    for _ in range(3):
        factory.do_start()
    for _ in range(3):
        assert factory.noted == ["start"]
        factory.do_stop()
    assert factory.noted == ["start", "stop"]
    factory.do_start()
    assert factory.noted == ["start", "stop", "start"]


def test_a_protocol_reports_its_state_to_its_session() -> None:
    protocol = Talker()
    protocol.session = SessionRegistry().open("talk", StringSession())
    protocol.report("chatting", "bob")
    assert (protocol.session.state, protocol.session.user) == ("chatting", "bob")


class StringSession(StringTransport):
    """A transport with the counters of a session, which stay 0."""

    bytes_in = bytes_out = 0
    active_at = 0.0
    tap: Tap | None = None


# --- reconnecting


class ClockReactor(Reactor):
    """A reactor whose clock is a Clock."""

    def __init__(self) -> None:
        self.clock = Clock()
        super().__init__()

    def seconds(self) -> float:
        return self.clock.seconds()

    def call_later(self, delay: float, f: Callable[[*Arguments], object], *args: *Arguments) -> DelayedCall:
        return self.clock.call_later(delay, f, *args)


class Attempts(interfaces.AbstractConnector):
    """A connector whose attempts all fail at once. It records their times."""

    destination = PEER

    def __init__(self, reactor: ClockReactor, factory: ClientFactory) -> None:
        self.reactor = reactor
        self.factory = factory
        self.at: list[float] = []

    def connect(self) -> None:
        self.at.append(self.reactor.seconds())
        self.factory.client_connection_failed(self, ConnectionRefusedError())

    def disconnect(self) -> None:
        pass

    def stop_connecting(self) -> None:
        pass


class Again(ReconnectingClientFactory):
    """A factory with simple delays and no jitter."""

    protocol = Talker
    initial_delay = 1.0
    factor = 2.0
    jitter = 0.0
    max_delay = 10.0


@pytest.fixture
def reactor() -> Iterator[ClockReactor]:
    reactor = ClockReactor()
    yield reactor
    reactor.close()


@pytest.fixture
def factory() -> Again:
    return Again()


@pytest.fixture
def connector(reactor: ClockReactor, factory: Again) -> Attempts:
    return Attempts(reactor, factory)


def test_a_plain_client_factory_does_not_try_again(reactor: ClockReactor) -> None:
    factory = ClientFactory()
    connector = Attempts(reactor, factory)
    factory.started_connecting(connector)
    connector.connect()
    factory.client_connection_lost(connector, ConnectionDone())
    reactor.clock.advance(1e6)
    assert connector.at == [0]


def test_each_retry_waits_longer_and_none_longer_than_max_delay(
    reactor: ClockReactor, connector: Attempts
) -> None:
    connector.connect()
    reactor.clock.advance(40)
    assert connector.at == [0, 1, 3, 7, 15, 25, 35]


def test_the_first_retry_does_not_wait_longer_than_max_delay_either(
    reactor: ClockReactor, factory: Again, connector: Attempts
) -> None:
    factory.max_delay = 0.5
    connector.connect()
    reactor.clock.advance(2)
    assert connector.at == [0, 0.5, 1, 1.5, 2]


def test_a_success_makes_the_next_retry_come_after_initial_delay_again(
    reactor: ClockReactor, factory: Again, connector: Attempts
) -> None:
    connector.connect()
    reactor.clock.advance(6.5)
    assert isinstance(factory.build_protocol(PEER), Talker)
    reactor.clock.advance(2)
    assert connector.at == [0, 1, 3, 7, 8]


def test_a_lost_connection_is_made_again(reactor: ClockReactor, factory: Again, connector: Attempts) -> None:
    factory.client_connection_lost(connector, ConnectionDone())
    reactor.clock.advance(1)
    assert connector.at == [1]


def test_after_stop_trying_there_is_no_further_attempt(
    reactor: ClockReactor, factory: Again, connector: Attempts
) -> None:
    factory.stop_trying()
    connector.connect()
    factory.client_connection_lost(connector, ConnectionDone())
    reactor.clock.advance(1e6)
    assert connector.at == [0]


def test_stop_trying_cancels_the_scheduled_retry(
    reactor: ClockReactor, factory: Again, connector: Attempts
) -> None:
    connector.connect()
    factory.stop_trying()
    factory.stop_trying()
    reactor.clock.advance(1e6)
    assert connector.at == [0]


def test_a_connection_made_after_stop_trying_is_not_made_again(
    reactor: ClockReactor, factory: Again, connector: Attempts
) -> None:
    factory.stop_trying()
    factory.build_protocol(PEER)
    factory.client_connection_lost(connector, ConnectionDone())
    reactor.clock.advance(1e6)
    assert connector.at == []


@given(st.integers(), st.floats(0, 3))
def test_with_jitter_a_delay_is_never_under_initial_delay_and_never_over_max_delay(
    seed: int, jitter: float
) -> None:
    random.seed(seed)
    factory = Again()
    factory.jitter = jitter
    with closing(ClockReactor()) as reactor:
        connector = Attempts(reactor, factory)
        connector.connect()
        for _ in range(30):
            assert factory.initial_delay <= factory.delay <= factory.max_delay
            before = reactor.seconds()
            reactor.clock.advance(factory.max_delay)
            assert before < connector.at[-1] <= before + factory.max_delay
        assert connector.at[1] == factory.initial_delay


def test_jitter_spreads_the_retries_of_many_clients(reactor: ClockReactor) -> None:
    factories = [ReconnectingClientFactory() for _ in range(20)]
    for factory in factories:
        factory.client_connection_failed(Attempts(reactor, factory), ConnectionRefusedError())
    assert len({factory.delay for factory in factories}) == 20


def test_without_jitter_each_delay_is_exactly_factor_times_longer(reactor: ClockReactor) -> None:
    class Exact(ReconnectingClientFactory):
        protocol = Talker
        jitter = None

    factory = Exact()
    Attempts(reactor, factory).connect()
    assert factory.delay == factory.initial_delay * factory.factor


def test_a_reconnecting_factory_whose_subclass_forgot_its_init_works(reactor: ClockReactor) -> None:
    class Forgetful(ReconnectingClientFactory):
        protocol = Talker
        initial_delay = 0.5

        def __init__(self) -> None:
            pass

    factory = Forgetful()
    connector = Attempts(reactor, factory)
    factory.client_connection_failed(connector, ConnectionRefusedError())
    reactor.clock.advance(0.5)
    assert connector.at[0] == 0.5
    factory.stop_trying()
    assert not factory.continue_trying


def test_before_the_connection_there_is_no_transport() -> None:
    assert Protocol().transport is None


def test_for_protocol_hands_its_arguments_to_the_factory() -> None:
    class Named(Factory):
        def __init__(self, name: str, size: int) -> None:
            self.name, self.size = name, size

    factory = Named.for_protocol(Talker, "room", size=3)
    assert (factory.protocol, factory.name, factory.size) == (Talker, "room", 3)


def test_a_server_factory_is_a_factory() -> None:
    assert ServerFactory is Factory
