"""Connector: an attempt ends in one way, of which the factory is notified; it may then try again."""

import select
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from core import interfaces
from core.addresses import IPv4Address
from core.deferred import Deferred, succeed
from core.errors import (
    CancelledError,
    ConnectionDone,
    DNSLookupError,
    NotConnectingError,
    ServerBusyError,
    UserError,
)
from core.interfaces import AbstractConnector, Address, IPv6Address, UnixAddress
from core.protocols.protocol import Protocol
from core.reactor import Reactor
from core.transports.attempt import RETRY_INTERVAL
from core.transports.connector import HEAD_START, ClientCreator, Connector
from core.transports.listener import Port
from core.transports.sockets import Target, reset_on_close
from core.transports.stream import StreamTransport
from tests.conftest import turn_until
from tests.core.helpers import (
    RecordingClientFactory,
    RecordingFactory,
    RecordingProtocol,
    SteppedReactor,
    busy_server,
)
from tests.running import GUARD

INET = socket.AF_INET


def address_of(port: Port) -> tuple[str, int]:
    assert not isinstance(port.host, UnixAddress)
    return port.host.host, port.host.port


@pytest.fixture
def closed() -> tuple[str, int]:
    """An address at which no server listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        host, port = server.getsockname()
    return host, port


SOMEWHERE = IPv4Address("tcp", "somewhere", 8000)


def connector_to(
    reactor: Reactor, factory: RecordingClientFactory[RecordingProtocol], *targets: Target
) -> Connector:
    """A connector for a host that has several addresses."""
    connector = Connector(reactor, factory, SOMEWHERE, timeout=30)
    connector._resolve = lambda: succeed(list(targets))
    return connector


# --- how it may go


def test_a_connection_that_was_made_and_lost_calls_client_connection_lost(reactor: Reactor) -> None:
    factory, client_factory = RecordingFactory(RecordingProtocol), RecordingClientFactory(RecordingProtocol)
    connector = reactor.connect_tcp(*address_of(reactor.listen_tcp(0, factory)), client_factory)
    turn_until(reactor, lambda: factory.built and client_factory.built)
    factory.built[0].transport.write(b"hello")
    turn_until(reactor, lambda: client_factory.built[0].data == b"hello")
    assert client_factory.built[0].transport.peer == factory.built[0].transport.host
    connector.disconnect()
    turn_until(reactor, lambda: client_factory.losses)
    assert client_factory.calls == ["start", "connecting", "lost", "stop"]
    assert [type(reason) for reason in client_factory.losses] == [ConnectionDone]
    assert client_factory.built[0].reasons == client_factory.losses


def test_a_refusal_calls_client_connection_failed(reactor: Reactor, closed: tuple[str, int]) -> None:
    factory = RecordingClientFactory(RecordingProtocol)
    reactor.connect_tcp(*closed, factory)
    turn_until(reactor, lambda: factory.failures)
    assert [type(reason) for reason in factory.failures] == [ConnectionRefusedError]
    assert factory.calls == ["start", "connecting", "failed", "stop"]
    assert not factory.built


def test_a_connection_that_is_reset_before_its_peer_was_asked_for_is_a_reset(
    reactor: Reactor, monkeypatch: pytest.MonkeyPatch
) -> None:
    class ResetMeanwhile(socket.socket):
        def getpeername(self) -> object:
            if accepted:
                reset_on_close(accepted[0])
                accepted.pop().close()
                assert select.select([self], [], [], GUARD)[0]
            return super().getpeername()

    factory = RecordingClientFactory(RecordingProtocol)
    accepted: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        with monkeypatch.context() as patch:
            patch.setattr(socket, "socket", ResetMeanwhile)
            connector_to(reactor, factory, (INET, server.getsockname())).connect()
        accepted.append(server.accept()[0])
        turn_until(reactor, lambda: factory.failures)
    assert not accepted
    assert [type(reason) for reason in factory.failures] == [ConnectionResetError]


def test_a_server_that_does_not_answer_in_time_is_a_timeout(
    reactor: Reactor, silent: tuple[str, int]
) -> None:
    factory = RecordingClientFactory(RecordingProtocol)
    reactor.connect_tcp(*silent, factory, timeout=0.01)
    turn_until(reactor, lambda: factory.failures)
    assert [type(reason) for reason in factory.failures] == [TimeoutError]
    assert factory.calls == ["start", "connecting", "failed", "stop"]


@pytest.mark.parametrize("host", ["x" * 64, "a..b", ""])
def test_an_unknown_host_calls_client_connection_failed(reactor: Reactor, host: str) -> None:
    factory = RecordingClientFactory(RecordingProtocol)
    reactor.connect_tcp(host, 80, factory)
    turn_until(reactor, lambda: factory.failures)
    assert [type(reason) for reason in factory.failures] == [DNSLookupError]
    assert repr(host) in str(factory.failures[0])


def test_a_number_out_of_range_is_refused_as_a_port_in_words(reactor: Reactor) -> None:
    factory = RecordingClientFactory(RecordingProtocol)
    with pytest.raises(ValueError, match="connect_tcp takes a port from 0 to 65535, and got 70000"):
        reactor.connect_tcp("127.0.0.1", 70000, factory)
    assert factory.calls == []


def test_an_attempt_that_is_stopped_fails_with_user_error(reactor: Reactor, silent: tuple[str, int]) -> None:
    factory = RecordingClientFactory(RecordingProtocol)
    connector = reactor.connect_tcp(*silent, factory)
    connector.stop_connecting()
    assert not factory.failures
    with pytest.raises(NotConnectingError):
        connector.stop_connecting()
    turn_until(reactor, lambda: factory.failures)
    assert [type(reason) for reason in factory.failures] == [UserError]
    with pytest.raises(NotConnectingError):
        connector.stop_connecting()


def test_disconnect_before_there_is_a_connection_stops_the_attempt(
    reactor: Reactor, silent: tuple[str, int]
) -> None:
    factory = RecordingClientFactory(RecordingProtocol)
    connector = reactor.connect_tcp(*silent, factory)
    connector.disconnect()
    connector.disconnect()
    turn_until(reactor, lambda: factory.failures)
    connector.disconnect()
    assert [type(reason) for reason in factory.failures] == [UserError]


def test_a_factory_may_stop_the_attempt_in_started_connecting(reactor: Reactor) -> None:
    class Hesitant(RecordingClientFactory[RecordingProtocol]):
        def started_connecting(self, connector: interfaces.AbstractConnector) -> None:
            connector.stop_connecting()

    factory, client_factory = RecordingFactory(RecordingProtocol), Hesitant(RecordingProtocol)
    reactor.connect_tcp(*address_of(reactor.listen_tcp(0, factory)), client_factory)
    turn_until(reactor, lambda: client_factory.failures)
    assert client_factory.calls == ["start", "failed", "stop"]
    assert not factory.built


def test_a_connection_for_which_no_protocol_is_built_is_lost(reactor: Reactor) -> None:
    class Picky(RecordingClientFactory[RecordingProtocol]):
        def build_protocol(self, address: Address) -> None:
            return None

    factory = Picky(RecordingProtocol)
    reactor.connect_tcp(*address_of(reactor.listen_tcp(0, RecordingFactory(RecordingProtocol))), factory)
    turn_until(reactor, lambda: factory.losses)
    assert not factory.failures


def test_a_connection_made_that_raises_is_a_lost_connection(
    reactor: Reactor, caplog: pytest.LogCaptureFixture
) -> None:
    def build() -> RecordingProtocol:
        raise ZeroDivisionError

    factory = RecordingClientFactory(build)
    reactor.connect_tcp(*address_of(reactor.listen_tcp(0, RecordingFactory(RecordingProtocol))), factory)
    turn_until(reactor, lambda: factory.losses)
    assert isinstance(factory.losses[0], ZeroDivisionError)
    assert factory.calls == ["start", "connecting", "lost", "stop"]


# --- where it goes


def test_every_address_is_tried(reactor: Reactor, closed: tuple[str, int]) -> None:
    factory, client_factory = RecordingFactory(RecordingProtocol), RecordingClientFactory(RecordingProtocol)
    live = address_of(reactor.listen_tcp(0, factory))
    connector = connector_to(
        reactor, client_factory, (INET, closed), (-5, closed), (INET, closed), (INET, live)
    )
    connector.connect()
    turn_until(reactor, lambda: client_factory.built and factory.built)
    assert not client_factory.failures


def test_an_address_that_is_silent_does_not_delay_the_next_one_for_long(silent: tuple[str, int]) -> None:
    reactor = SteppedReactor()
    factory, client_factory = RecordingFactory(RecordingProtocol), RecordingClientFactory(RecordingProtocol)
    live = address_of(reactor.listen_tcp(0, factory))
    connector_to(reactor, client_factory, (INET, silent), (INET, silent), (INET, live)).connect()
    reactor.advance(0, turns=3)
    for _ in range(2):
        assert not client_factory.built
        reactor.advance(HEAD_START)
    turn_until(reactor, lambda: client_factory.built and factory.built)
    assert not client_factory.failures
    assert reactor.timers == 0
    reactor.clear()
    reactor.close()


def test_an_address_that_answers_late_is_connected_to_although_the_next_one_has_refused(
    closed: tuple[str, int], tmp_path: Path
) -> None:
    reactor = SteppedReactor()
    client_factory = RecordingClientFactory(RecordingProtocol)
    late = (socket.AF_UNIX, str(tmp_path / "busy.sock"))
    with busy_server(tmp_path / "busy.sock") as server:
        connector_to(reactor, client_factory, late, (INET, closed)).connect()
        reactor.advance(HEAD_START, turns=3)
        assert not client_factory.failures
        server.accept()[0].close()
        reactor.advance(RETRY_INTERVAL, turns=3)
        assert client_factory.built
    reactor.clear()
    reactor.close()


def test_a_unix_socket_whose_backlog_stays_full_is_a_busy_server(tmp_path: Path) -> None:
    reactor, factory = SteppedReactor(), RecordingClientFactory(RecordingProtocol)
    with busy_server(tmp_path / "busy.sock"):
        reactor.connect_unix(str(tmp_path / "busy.sock"), factory, timeout=5)
        reactor.advance(4.9, turns=3)
        assert not factory.failures
        reactor.advance(0.2, turns=3)
    assert [type(reason) for reason in factory.failures] == [ServerBusyError]
    reactor.close()


def test_when_no_address_answers_the_last_reason_is_reported_once(
    reactor: Reactor, closed: tuple[str, int], tmp_path: Path
) -> None:
    factory = RecordingClientFactory(RecordingProtocol)
    missing = (socket.AF_UNIX, str(tmp_path / "missing.sock"))
    connector_to(reactor, factory, (INET, closed), missing).connect()
    turn_until(reactor, lambda: factory.failures)
    reactor.call_soon(int)
    reactor.turn()
    assert [type(reason) for reason in factory.failures] == [FileNotFoundError]


def test_a_host_without_an_address_is_an_unknown_host(reactor: Reactor) -> None:
    factory = RecordingClientFactory(RecordingProtocol)
    connector_to(reactor, factory).connect()
    turn_until(reactor, lambda: factory.failures)
    assert [type(reason) for reason in factory.failures] == [DNSLookupError]


def test_a_reactor_that_stops_tries_no_further_address(
    reactor: Reactor, silent: tuple[str, int], closed: tuple[str, int]
) -> None:
    factory = RecordingClientFactory(RecordingProtocol)
    connector_to(reactor, factory, (INET, silent), (INET, silent), (INET, closed)).connect()
    reactor.call_when_running(reactor.stop)
    reactor.run(install_signal_handlers=False)
    assert [type(reason) for reason in factory.failures] == [UserError]


def test_names_are_looked_up_off_the_loop(reactor: Reactor, monkeypatch: pytest.MonkeyPatch) -> None:
    def look_up(host: str, *args: object, flags: int = 0, **options: object) -> list[object]:
        if flags & socket.AI_NUMERICHOST:
            raise socket.gaierror
        assert threading.current_thread() is not threading.main_thread()
        assert has_turned.wait(GUARD)
        return [(INET, socket.SOCK_STREAM, 0, "", live)]

    has_turned = threading.Event()
    factory, client_factory = RecordingFactory(RecordingProtocol), RecordingClientFactory(RecordingProtocol)
    live = address_of(reactor.listen_tcp(0, factory))
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    reactor.connect_tcp("somewhere", live[1], client_factory)
    reactor.call_soon(has_turned.set)
    turn_until(reactor, lambda: client_factory.built and factory.built)


def test_a_late_look_up_does_not_affect_the_next_attempt(reactor: Reactor) -> None:
    factory, client_factory = RecordingFactory(RecordingProtocol), RecordingClientFactory(RecordingProtocol)
    answers: list[Deferred[list[Target]]] = []

    def resolve() -> Deferred[list[Target]]:
        answers.append(Deferred())
        return answers[-1]

    connector = Connector(reactor, client_factory, SOMEWHERE, timeout=30)
    connector._resolve = resolve
    live = address_of(reactor.listen_tcp(0, factory))
    connector.connect()
    connector.stop_connecting()
    turn_until(reactor, lambda: client_factory.failures)
    connector.connect()
    for answer in answers:
        answer.callback([(INET, live)])
    turn_until(reactor, lambda: client_factory.built and factory.built)
    for _ in range(3):
        reactor.call_soon(int)
        reactor.turn()
    assert len(factory.built) == 1
    assert len(client_factory.failures) == 1


def test_localhost_is_found(reactor: Reactor) -> None:
    factory, client_factory = RecordingFactory(RecordingProtocol), RecordingClientFactory(RecordingProtocol)
    reactor.connect_tcp("localhost", address_of(reactor.listen_tcp(0, factory))[1], client_factory)
    turn_until(reactor, lambda: client_factory.built and factory.built)


def test_ipv6_is_connected_to_where_there_is_some(reactor: Reactor) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError as error:
        pytest.skip(str(error))
    factory, client_factory = RecordingFactory(RecordingProtocol), RecordingClientFactory(RecordingProtocol)
    port = reactor.listen_tcp(0, factory, interface="::1")
    reactor.connect_tcp(*address_of(port), client_factory)
    turn_until(reactor, lambda: client_factory.built and factory.built)
    assert client_factory.built[0].transport.peer == port.host
    assert isinstance(client_factory.built[0].transport.host, IPv6Address)


def test_a_unix_socket_is_connected_to(reactor: Reactor, tmp_path: Path) -> None:
    factory, client_factory = RecordingFactory(RecordingProtocol), RecordingClientFactory(RecordingProtocol)
    reactor.listen_unix(str(tmp_path / "chat.sock"), factory)
    reactor.connect_unix(str(tmp_path / "chat.sock"), client_factory)
    turn_until(reactor, lambda: client_factory.built and factory.built)
    client_factory.built[0].transport.write(b"hello")
    turn_until(reactor, lambda: factory.built[0].data == b"hello")
    assert client_factory.built[0].transport.peer == UnixAddress(str(tmp_path / "chat.sock"))


@pytest.mark.parametrize("name", ["missing.sock", "x" * 200])
def test_a_path_without_a_socket_is_a_failure(reactor: Reactor, tmp_path: Path, name: str) -> None:
    factory = RecordingClientFactory(RecordingProtocol)
    reactor.connect_unix(str(tmp_path / name), factory)
    turn_until(reactor, lambda: factory.failures)
    assert isinstance(factory.failures[0], OSError)


def test_a_connected_socket_has_nodelay_and_keep_alive(reactor: Reactor) -> None:
    factory = RecordingClientFactory(RecordingProtocol)
    reactor.connect_tcp(*address_of(reactor.listen_tcp(0, RecordingFactory(RecordingProtocol))), factory)
    turn_until(reactor, lambda: factory.built)
    transport = factory.built[0].transport
    assert isinstance(transport, StreamTransport)
    assert transport.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert transport.socket.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


# --- again


def test_a_factory_that_cannot_start_begins_no_attempt(reactor: Reactor, closed: tuple[str, int]) -> None:
    class Broken(RecordingClientFactory[RecordingProtocol]):
        def start_factory(self) -> None:
            super().start_factory()
            if self.calls.count("start") == 1:
                raise ValueError("no file to read")

    factory = Broken(RecordingProtocol)
    connector = Connector(reactor, factory, IPv4Address("tcp", *closed), timeout=30)
    with pytest.raises(ValueError, match="no file to read"):
        connector.connect()
    assert reactor.timers == 0
    connector.connect()
    turn_until(reactor, lambda: "stop" in factory.calls)
    assert factory.calls == ["start", "start", "connecting", "failed", "stop"]


def test_an_attempt_whose_beginning_raises_has_failed(reactor: Reactor, closed: tuple[str, int]) -> None:
    class Broken(RecordingClientFactory[RecordingProtocol]):
        def started_connecting(self, connector: AbstractConnector) -> None:
            raise ValueError("no name to show")

    factory = Broken(RecordingProtocol)
    with pytest.raises(ValueError, match="no name to show"):
        reactor.connect_tcp(*closed, factory)
    turn_until(reactor, lambda: "stop" in factory.calls)
    assert factory.calls == ["start", "failed", "stop"]
    assert list(map(str, factory.failures)) == ["no name to show"]
    assert reactor.timers == 0


def test_a_factory_is_stopped_also_if_its_notification_raises(
    reactor: Reactor, closed: tuple[str, int], caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(RecordingClientFactory[RecordingProtocol]):
        def client_connection_failed(self, connector: AbstractConnector, reason: Exception) -> None:
            super().client_connection_failed(connector, reason)
            raise ValueError("cannot show the failure")

        def client_connection_lost(self, connector: AbstractConnector, reason: Exception) -> None:
            super().client_connection_lost(connector, reason)
            raise ValueError("cannot show the loss")

    failed, lost = Broken(RecordingProtocol), Broken(RecordingProtocol)
    reactor.connect_tcp(*closed, failed)
    server = RecordingFactory(RecordingProtocol)
    reactor.connect_tcp(*address_of(reactor.listen_tcp(0, server)), lost)
    turn_until(reactor, lambda: len(server.built) == 1)
    server.built[0].transport.lose_connection()
    turn_until(reactor, lambda: "stop" in failed.calls and "stop" in lost.calls)
    assert failed.calls == ["start", "connecting", "failed", "stop"]
    assert lost.calls == ["start", "connecting", "lost", "stop"]
    assert len(caplog.records) == 2


def test_connect_while_connecting_or_connected_is_an_error(reactor: Reactor) -> None:
    factory = RecordingClientFactory(RecordingProtocol)
    connector = reactor.connect_tcp(
        *address_of(reactor.listen_tcp(0, RecordingFactory(RecordingProtocol))), factory
    )
    with pytest.raises(RuntimeError):
        connector.connect()
    turn_until(reactor, lambda: factory.built)
    with pytest.raises(RuntimeError):
        connector.connect()


def test_a_factory_may_connect_again_and_is_not_stopped_in_between(
    reactor: Reactor, closed: tuple[str, int]
) -> None:
    class Stubborn(RecordingClientFactory[RecordingProtocol]):
        def client_connection_failed(
            self, connector: interfaces.AbstractConnector, reason: Exception
        ) -> None:
            self.failures.append(reason)
            if len(self.failures) < 3:
                connector.connect()

    factory = Stubborn(RecordingProtocol)
    reactor.connect_tcp(*closed, factory)
    turn_until(reactor, lambda: "stop" in factory.calls)
    assert factory.calls == ["start", *["connecting"] * 3, "stop"]
    assert len(factory.failures) == 3


def test_a_connection_that_was_lost_can_be_made_again(reactor: Reactor) -> None:
    factory, client_factory = RecordingFactory(RecordingProtocol), RecordingClientFactory(RecordingProtocol)
    connector = reactor.connect_tcp(*address_of(reactor.listen_tcp(0, factory)), client_factory)
    turn_until(reactor, lambda: factory.built)
    factory.built[0].transport.abort_connection()
    turn_until(reactor, lambda: client_factory.losses)
    connector.connect()
    turn_until(reactor, lambda: len(factory.built) == 2)
    assert len(client_factory.built) == 2


# --- connecting once


def creator(
    reactor: Reactor, build: Callable[[], RecordingProtocol] = RecordingProtocol
) -> ClientCreator[RecordingProtocol]:
    return ClientCreator(reactor, build)


def test_a_client_creator_gives_the_connected_protocol(reactor: Reactor, tmp_path: Path) -> None:
    made: list[RecordingProtocol] = []
    port = reactor.listen_tcp(0, RecordingFactory(RecordingProtocol))
    reactor.listen_unix(str(tmp_path / "chat.sock"), RecordingFactory(RecordingProtocol))
    creator(reactor).connect_tcp(*address_of(port)).add_callback(made.append)
    creator(reactor).connect_unix(str(tmp_path / "chat.sock")).add_callback(made.append)
    turn_until(reactor, lambda: len(made) == 2)
    assert [protocol.calls for protocol in made] == [["made"], ["made"]]
    assert port.host in [protocol.transport.peer for protocol in made]


def test_a_client_creator_gives_the_reason_when_there_is_no_connection(
    reactor: Reactor, closed: tuple[str, int]
) -> None:
    errors: list[Exception] = []
    creator(reactor).connect_tcp(*closed).add_errback(errors.append)
    turn_until(reactor, lambda: errors)
    assert isinstance(errors[0], ConnectionRefusedError)


def test_a_client_creator_gives_the_reason_when_there_is_no_protocol(
    reactor: Reactor, caplog: pytest.LogCaptureFixture
) -> None:
    def build() -> RecordingProtocol:
        raise ZeroDivisionError

    errors: list[Exception] = []
    port = reactor.listen_tcp(0, RecordingFactory(RecordingProtocol))
    creator(reactor, build).connect_tcp(*address_of(port)).add_errback(errors.append)
    turn_until(reactor, lambda: errors)
    assert isinstance(errors[0], ZeroDivisionError)


def test_to_cancel_the_deferred_of_a_client_creator_stops_the_attempt(
    reactor: Reactor, silent: tuple[str, int]
) -> None:
    errors: list[Exception] = []
    attempt = creator(reactor).connect_tcp(*silent)
    attempt.add_errback(errors.append)
    attempt.cancel()
    assert [type(error) for error in errors] == [CancelledError]
    for _ in range(3):
        reactor.call_soon(int)
        reactor.turn()
    assert len(errors) == 1


def test_a_connection_of_a_client_creator_may_end_unobserved(reactor: Reactor) -> None:
    made: list[RecordingProtocol] = []
    factory: RecordingFactory[Protocol] = RecordingFactory(Protocol)
    port = reactor.listen_tcp(0, factory)
    creator(reactor).connect_tcp(*address_of(port)).add_callback(made.append)
    turn_until(reactor, lambda: made and factory.built)
    factory.built[0].transport.lose_connection()
    turn_until(reactor, lambda: made[0].reasons)


def test_reprs_have_the_address_and_the_state(reactor: Reactor) -> None:
    making, calling = RecordingFactory(RecordingProtocol), RecordingClientFactory(RecordingProtocol)
    port = reactor.listen_tcp(0, making)
    connector = reactor.connect_tcp(*address_of(port), calling)
    assert repr(connector) == f"<Connector of RecordingClientFactory to {port.host}, connecting>"
    turn_until(reactor, lambda: calling.built)
    assert repr(connector) == f"<Connector of RecordingClientFactory to {port.host}, connected>"
    transport = connector.transport
    assert repr(transport) == f"<StreamTransport with {port.host}, in: reading, out: open>"
    connector.disconnect()
    assert repr(transport) == f"<StreamTransport with {port.host}, in: reading, out: finishing>"
    turn_until(reactor, lambda: calling.losses)
    assert repr(transport) == f"<StreamTransport with {port.host}, in: finished, out: finished>"
    assert repr(connector) == f"<Connector of RecordingClientFactory to {port.host}, disconnected>"
    assert repr(reactor.connect_tcp("::1", 1, RecordingClientFactory(RecordingProtocol))).endswith(
        "to tcp:[::1]:1, connecting>"
    )
