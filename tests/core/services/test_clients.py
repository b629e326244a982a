"""TCPClient and ClientService: connections, retries, stops, and the Deferreds of `when_connected`."""

from dataclasses import dataclass, field
from functools import partial

import pytest

from core.endpoints import TCPEndpoint
from core.errors import CancelledError
from core.interfaces import IPv4Address
from core.protocols.protocol import Protocol
from core.reactor import Reactor
from core.services import ClientService, ClientServiceState, TCPClient, backoff_policy
from core.transports.listener import Port
from tests.conftest import turn_until
from tests.core.helpers import RecordingClientFactory, RecordingFactory, RecordingProtocol


@dataclass
class Peers:
    """A server, and a ClientService that connects to it and retries at once. `delays` has the attempts."""

    reactor: Reactor
    server: RecordingFactory[RecordingProtocol] = field(
        default_factory=lambda: RecordingFactory(RecordingProtocol)
    )
    factory: RecordingFactory[RecordingProtocol] = field(
        default_factory=lambda: RecordingFactory(RecordingProtocol)
    )
    failures: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.port = self.reactor.listen_tcp(0, self.server)
        assert isinstance(self.port.host, IPv4Address)
        self.endpoint = TCPEndpoint(self.port.host.host, self.port.host.port)
        self.service = ClientService(self.endpoint, self.factory, self.delay, reactor=self.reactor)

    def delay(self, failures: int) -> float:
        self.failures.append(failures)
        return 0.0

    def listen_again(self) -> Port:
        return self.endpoint.listen(self.reactor, self.server)

    def connected(self, count: int = 1) -> RecordingProtocol:
        """The client's protocol number `count`, once both ends are connected."""
        turn_until(self.reactor, lambda: self.service.state is ClientServiceState.CONNECTED)
        turn_until(self.reactor, lambda: len(self.server.built) >= count)
        return self.factory.built[-1]

    def stopped(self) -> list[object]:
        """Stop the service. The list gets an element when it has stopped."""
        ends: list[object] = []
        self.service.stop_service().add_callback(ends.append)
        return ends


def test_a_client_connects_at_the_start_and_disconnects_at_the_stop(reactor: Reactor) -> None:
    server = RecordingFactory(RecordingProtocol)
    host = reactor.listen_tcp(0, server).host
    assert isinstance(host, IPv4Address)
    factory = RecordingClientFactory(RecordingProtocol)
    client = TCPClient("127.0.0.1", host.port, factory, reactor=reactor)
    client.stop_service()
    client.start_service()
    assert client.running
    turn_until(reactor, lambda: factory.built and server.built)
    client.stop_service()
    turn_until(reactor, lambda: server.built[0].reasons and factory.losses)
    assert factory.calls == ["start", "connecting", "lost", "stop"]
    assert not client.running


def test_the_service_connects_again_after_each_loss(reactor: Reactor) -> None:
    peers = Peers(reactor)
    peers.service.start_service()
    for count in (1, 2, 3):
        reasons = peers.connected(count).reasons
        peers.server.built[-1].transport.lose_connection()
        turn_until(reactor, partial(len, reasons))
    peers.connected(4)
    assert peers.failures == [1, 1, 1]
    stopped = peers.stopped()
    turn_until(reactor, lambda: stopped)
    assert peers.factory.calls == ["start", "stop"] * 4


def test_the_policy_is_told_how_many_attempts_in_a_row_have_failed(reactor: Reactor) -> None:
    peers = Peers(reactor)
    peers.port.stop_listening()
    peers.service.start_service()
    turn_until(reactor, lambda: peers.failures[:3] == [1, 2, 3])
    peers.listen_again()
    peers.connected()
    count = len(peers.failures)
    peers.server.built[-1].transport.lose_connection()
    peers.connected(2)
    assert peers.failures[count:] == [1]
    peers.stopped()


def test_when_connected_has_the_present_protocol_or_the_next_one(reactor: Reactor) -> None:
    peers = Peers(reactor)
    found: list[Protocol] = []
    peers.service.when_connected().add_callback(found.append)
    peers.service.start_service()
    peers.service.when_connected().add_callback(found.append)
    assert found == []
    protocol = peers.connected()
    peers.service.when_connected().add_callback(found.append)
    assert found == [protocol] * 3
    assert protocol.calls == ["made"]
    peers.stopped()


def test_when_connected_can_fail_after_so_many_failures(reactor: Reactor) -> None:
    peers = Peers(reactor)
    peers.port.stop_listening()
    errors: list[tuple[int, Exception]] = []
    for count in (1, 3):
        peers.service.when_connected(count).add_errback(
            lambda error, count: errors.append((count, error)), count
        )
    patient: list[object] = []
    peers.service.when_connected().add_both(patient.append)
    peers.service.start_service()
    turn_until(reactor, lambda: len(errors) == 2)
    assert [(count, type(error)) for count, error in errors] == [
        (1, ConnectionRefusedError),
        (3, ConnectionRefusedError),
    ]
    assert peers.failures[:3] == [1, 2, 3]
    assert patient == []
    stopped = peers.stopped()
    turn_until(reactor, lambda: stopped and patient)
    assert isinstance(patient[0], CancelledError)


def test_a_stop_in_any_state_ends_the_connection_or_the_attempts(reactor: Reactor) -> None:
    peers = Peers(reactor)
    assert peers.stopped() == [None]  # before the start

    peers.service.start_service()
    waiting: list[object] = []
    peers.service.when_connected().add_both(waiting.append)
    attempt, again = peers.stopped(), peers.stopped()  # during the attempt
    assert peers.service.state is ClientServiceState.DISCONNECTING
    turn_until(reactor, lambda: attempt and again)
    assert isinstance(waiting[0], CancelledError)

    peers.service.start_service()
    protocol = peers.connected()
    stopped = peers.stopped()  # with a connection
    turn_until(reactor, lambda: stopped)
    assert protocol.reasons
    assert (peers.service.state, peers.service.running) == (ClientServiceState.STOPPED, False)

    errors: list[Exception] = []
    peers.service.when_connected().add_errback(errors.append)
    assert isinstance(errors[0], CancelledError)


def test_a_stop_while_waiting_cancels_the_next_attempt(reactor: Reactor) -> None:
    peers = Peers(reactor)
    peers.port.stop_listening()
    service = ClientService(peers.endpoint, peers.factory, backoff_policy(3600), reactor=reactor)
    service.start_service()
    turn_until(reactor, lambda: service.state is ClientServiceState.WAITING)
    stopped: list[object] = []
    service.stop_service().add_callback(stopped.append)
    assert stopped == [None]
    assert reactor.timers == 0


def test_a_service_that_is_started_during_its_stop_connects_again(reactor: Reactor) -> None:
    peers = Peers(reactor)
    peers.service.start_service()
    first = peers.connected()
    stopped = peers.stopped()
    peers.service.start_service()
    turn_until(reactor, lambda: stopped)
    second = peers.connected(2)
    assert second is not first
    stopped = peers.stopped()
    peers.service.start_service()
    final = peers.stopped()
    turn_until(reactor, lambda: stopped and final)
    assert peers.service.state is ClientServiceState.STOPPED


def test_a_peer_that_does_not_read_holds_a_stop_up_for_a_while_only(
    reactor: Reactor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.services.clients.GRACE", 0.05)
    peers = Peers(reactor)
    peers.service.start_service()
    protocol = peers.connected()
    turn_until(reactor, lambda: peers.server.built)
    peers.server.built[0].transport.pause_producing()
    protocol.transport.write(b"x" * (1 << 24))
    stopped = peers.stopped()
    turn_until(reactor, lambda: stopped)


def test_the_delays_of_the_policy_grow_up_to_the_limit() -> None:
    delay = backoff_policy(1.0, 10.0, 2.0, jitter=lambda: 0.5)
    assert [delay(failures) for failures in (1, 2, 3, 4, 5, 100_000)] == [1.5, 2.5, 4.5, 8.5, 10.5, 10.5]
    delay = backoff_policy(jitter=lambda: 0.0)
    assert [delay(failures) for failures in (1, 2, 3, 100)] == [1.0, 1.5, 2.25, 60.0]
