"""NatsClient: its operations, its notifications, and how it reconnects."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.deferred import Deferred
from core.formats.nats import BadOperation, Connect, Err, Info, Message, Operation, Signal, parse_servers
from core.protocols.nats import (
    MAX_UNANSWERED,
    NatsClient,
    NatsProtocol,
    NatsState,
    NoRespondersError,
    NoServersError,
    NotConnectedError,
)
from core.testing import StringTransport
from tests.core.formats.test_nats import OPERATIONS
from tests.core.protocols.nats_network import Network


def connecting(urls: str = "nats://one") -> tuple[Network, NatsClient, list[object]]:
    """A client that has begun to connect, and the list that the result of `connect` goes to."""
    network = Network()
    client, result = NatsClient(network, parse_servers(urls)), list[object]()
    client.connect().add_both(result.append)
    return network, client, result


def connected(urls: str = "nats://one") -> tuple[Network, NatsClient]:
    """A client that the first server has accepted."""
    network, client, result = connecting(urls)
    network.last.log_in()
    assert result == [None]
    return network, client


def outcome(deferred: Deferred[Message]) -> list[object]:
    """The list that the result goes to."""
    results: list[object] = []
    deferred.add_both(results.append)
    return results


# --- one connection


@given(st.lists(OPERATIONS, max_size=5), st.integers(1, 40))
def test_operations_arrive_as_they_were_sent_however_they_are_cut(sent: list[Operation], piece: int) -> None:
    received: list[Operation] = []
    protocol = NatsProtocol(received.append)
    protocol.make_connection(StringTransport())
    data = b"".join(operation.encode() for operation in sent)
    for start in range(0, len(data), piece):
        protocol.data_received(data[start : start + piece])
    assert received == [operation for operation in sent if operation is not Signal.PING]


def test_a_ping_is_answered() -> None:
    protocol = NatsProtocol(print)
    protocol.make_connection(transport := StringTransport())
    protocol.data_received(b"PING\r\nPI")
    protocol.data_received(b"NG\r\n")
    assert transport.take() == b"PONG\r\nPONG\r\n"


@pytest.mark.parametrize(
    "data", [b"HELLO\r\n", b"MSG a 1 5\r\nHello!!\r\n", b"HMSG a 1 3 3\r\nabc\r\n", b"MSG a 1 1000000000\r\n"]
)
def test_what_is_not_nats_ends_the_connection(data: bytes, caplog: pytest.LogCaptureFixture) -> None:
    protocol = NatsProtocol(print)
    protocol.make_connection(transport := StringTransport())
    protocol.data_received(data)
    assert transport.aborted
    assert "does not speak NATS" in caplog.text


# --- connecting


def test_info_is_answered_with_connect_and_ping_and_pong_means_accepted() -> None:
    network, client, result = connecting()
    network.last.accept()
    assert [type(operation) for operation in network.last.received] == [Connect]
    assert network.last.login()["verbose"] is False
    assert (client.state, result) == (NatsState.CONNECTING, [])
    network.last.send(Signal.PONG)
    assert (client.state, result) == (NatsState.CONNECTED, [None])


@pytest.mark.parametrize(
    ("url", "proof"),
    [
        ("nats://one", {}),
        ("nats://ann:secret@one", {"user": "ann", "pass": "secret"}),
        ("nats://s3cret@one", {"auth_token": "s3cret"}),
    ],
)
def test_the_login_has_the_user_and_password_or_the_token(url: str, proof: dict[str, str]) -> None:
    network, _, _ = connecting(url)
    network.last.log_in()
    login = network.last.login()
    assert {key: login[key] for key in ("user", "pass", "auth_token") if key in login} == proof


def test_a_later_info_is_not_answered_and_its_limit_counts() -> None:
    network, client = connected()
    network.last.send(Info({"max_payload": 3}))
    assert sum(isinstance(operation, Connect) for operation in network.last.received) == 1
    client.publish("a", b"123")
    with pytest.raises(BadOperation, match="4 bytes"):
        client.publish("a", b"1234")


def test_connect_fails_when_each_server_has_failed_once() -> None:
    network, client, result = connecting("nats://one,nats://two,nats://three")
    network.last.refuse()
    network.advance(0)
    network.last.accept()
    network.last.send(Err("Authorization Violation"))
    network.last.lose()
    network.advance(0)
    network.advance(client.connect_timeout)
    assert network.last.disconnected
    assert result == []
    network.last.refuse()
    assert isinstance(result[0], NoServersError)
    assert str(result[0]) == (
        "no NATS server accepts this client: nats://one:4222: Connection refused; "
        "nats://two:4222: Authorization Violation; nats://three:4222: no answer within 2 seconds"
    )
    assert client.state is NatsState.CLOSED
    assert network.pending() == 0


def test_a_server_that_accepts_and_is_silent_is_given_up() -> None:
    network, client, result = connecting()
    network.last.accept()
    network.advance(client.connect_timeout)
    network.last.pump()
    assert "no answer within 2 seconds" in str(result[0])


@pytest.mark.parametrize(
    ("url", "info", "why"),
    [
        ("tls://one", {}, "the server has no TLS"),
        ("tls://one", {"tls_available": True}, "there is no tls_context"),
        ("nats://one", {"tls_required": True}, "there is no tls_context"),
    ],
)
def test_without_tls_at_both_ends_no_password_is_sent_to_a_server_that_needs_it(
    url: str, info: dict[str, object], why: str
) -> None:
    network, _, result = connecting(url)
    network.last.accept(**info)
    assert network.last.received == []
    assert why in str(result[0])


def test_connect_can_be_called_once() -> None:
    _, client, _ = connecting()
    with pytest.raises(RuntimeError, match="connecting"):
        client.connect()


# --- messages


def test_a_message_goes_to_its_subscription_and_no_other() -> None:
    network, client = connected()
    ann: list[Message] = []
    bob: list[Message] = []
    client.subscribe("room.*", ann.append)
    client.subscribe("room.*", bob.append, queue="q")
    network.last.pump()
    first, second = network.last.subscriptions("room.*")
    network.last.send(
        Message("room.a", b"hi", sid=first), Message("room.b", b"\r\nPING\r\n", sid=second), piece=1
    )
    assert [message.payload for message in ann] == [b"hi"]
    assert [message.payload for message in bob] == [b"\r\nPING\r\n"]


def test_after_unsubscribe_no_message_is_delivered() -> None:
    network, client = connected()
    got: list[Message] = []
    sid = client.subscribe("a", got.append)
    client.unsubscribe(sid)
    client.unsubscribe(sid)
    network.last.send(Message("a", sid=sid))
    assert got == []
    assert b"".join(operation.encode() for operation in network.last.received).count(b"UNSUB") == 1


def test_an_error_of_a_subscriber_is_logged_and_the_next_message_comes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    network, client = connected()
    got: list[int] = []
    sid = client.subscribe("a", lambda message: got.append(1 // len(message.payload)))
    network.last.send(Message("a", b"", sid=sid), Message("a", b"x", sid=sid))
    assert got == [1]
    assert "ZeroDivisionError" in caplog.text


def test_what_cannot_be_a_message_is_refused_where_it_is_published() -> None:
    network, client = connected()
    with pytest.raises(BadOperation):
        client.publish("a b")
    with pytest.raises(BadOperation):
        client.subscribe("a b", print)
    with pytest.raises(BadOperation):
        client.request("a..b")
    network.last.pump()
    assert network.last.messages() == []


def test_nothing_can_be_published_without_a_connection() -> None:
    with pytest.raises(NotConnectedError, match="idle"):
        NatsClient(Network(), parse_servers("nats://one")).publish("a")
    network, client, _ = connecting()
    with pytest.raises(NotConnectedError):
        client.publish("a")
    network.last.accept()
    with pytest.raises(NotConnectedError):
        client.publish("a")
    assert isinstance(outcome(client.request("a"))[0], NotConnectedError)


def test_a_request_has_one_answer() -> None:
    network, client = connected()
    first, second = outcome(client.request("a", b"1", (("K", "v"),))), outcome(client.request("a", b"2"))
    network.last.pump()
    one, two = network.last.messages()
    assert (one.payload, one.headers) == (b"1", (("K", "v"),))
    network.last.answer(two, b"for two")
    network.last.answer(one, b"for one")
    network.last.answer(one, b"late")
    assert [message.payload for message in [*first, *second] if isinstance(message, Message)] == [
        b"for one",
        b"for two",
    ]
    assert network.pending() == 1  # the next PING


def test_a_request_fails_without_responders_and_after_its_timeout() -> None:
    network, client = connected()
    results = outcome(client.request("a", timeout=1.0))
    network.last.pump()
    network.last.answer(network.last.messages()[0], status=503)
    assert isinstance(results[0], NoRespondersError)
    late = outcome(client.request("a", timeout=1.0))
    network.advance(1.0)
    assert isinstance(late[0], TimeoutError)


# --- losing the connection


def test_the_next_server_gets_all_subscriptions_again() -> None:
    network, client = connected("nats://one,nats://two")
    got: list[Message] = []
    ended = client.subscribe("b", got.append)
    sid = client.subscribe("a", got.append, queue="q")
    client.unsubscribe(ended)
    states: list[NatsState] = []
    client.on_state.append(states.append)
    waiting = outcome(client.request("x"))
    network.last.lose()
    assert isinstance(waiting[0], NotConnectedError)
    assert client.state is NatsState.WAITING
    network.advance(0)
    assert network.last.where == "two:4222"
    network.last.log_in()
    assert network.last.subscriptions("a") == [sid]
    assert network.last.subscriptions("b") == []
    network.last.send(Message("a", b"again", sid=sid))
    assert [message.payload for message in got] == [b"again"]
    assert states == [NatsState.WAITING, NatsState.CONNECTING, NatsState.CONNECTED]


def test_the_delays_grow_when_all_servers_fail_and_the_client_never_gives_up() -> None:
    network, client = connected("nats://one,nats://two")
    network.last.lose()
    delays: list[float] = []
    for _ in range(40):
        number, before = len(network.attempts), network.seconds()
        while len(network.attempts) == number:
            network.advance(0.01)
        delays.append(network.seconds() - before)
        network.last.refuse()
    assert delays[0] == pytest.approx(0, abs=0.011)
    assert delays[1] <= client.initial_delay + 0.011
    assert all(client.max_delay / 2 - 0.011 <= delay <= client.max_delay + 0.011 for delay in delays[-10:])
    assert {attempt.where for attempt in network.attempts[-2:]} == {"one:4222", "two:4222"}
    network.advance(client.max_delay)
    network.last.log_in()
    assert client.state is NatsState.CONNECTED


def test_a_server_that_answers_no_ping_is_left() -> None:
    network, client = connected()
    for _ in range(MAX_UNANSWERED + 3):
        network.advance(client.ping_interval)
        network.last.send(Signal.PONG)
    assert client.state is NatsState.CONNECTED
    network.advance((MAX_UNANSWERED + 0.5) * client.ping_interval)
    assert client.state is NatsState.CONNECTED
    assert network.last.pair is not None
    network.advance(client.ping_interval)
    assert network.last.pair.to_server.aborted
    network.last.pump()
    assert client.state.value == "waiting"


def test_the_log_says_what_was_lost_and_where_the_client_goes(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    network, _ = connected("nats://ann:secret@one,nats://two")
    network.last.send(Err("Stale Connection"))
    network.last.lose()
    assert caplog.messages[-1] == "nats://one:4222: Stale Connection; trying nats://two:4222 in 0.0 s"


def test_an_error_after_which_the_server_goes_on_is_not_the_reason_of_the_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    network, _ = connected()
    network.last.send(Err("Permissions Violation for Publish"), Signal.PONG)
    network.last.lose()
    assert "Connection reset by peer; trying" in caplog.messages[-1]


# --- the end


@pytest.mark.parametrize("stage", ["connecting", "logging in", "connected", "waiting"])
def test_close_ends_the_client_at_any_time(stage: str) -> None:
    network, client, result = connecting("nats://one,nats://two")
    if stage == "logging in":
        network.last.accept()
    elif stage != "connecting":
        network.last.log_in()
    if stage == "waiting":
        network.last.lose()
    client.close()
    client.close()
    assert client.state is NatsState.CLOSED
    if stage in ("logging in", "connected"):
        network.last.pump()
    elif stage == "connecting":
        assert network.last.disconnected
        network.last.refuse()
    network.advance(60)
    assert network.pending() == 0
    assert len(network.attempts) == 1
    assert result == [None] if stage in ("connected", "waiting") else isinstance(result[0], NotConnectedError)


def test_what_was_published_before_close_is_sent_and_requests_fail() -> None:
    network, client = connected()
    client.publish("a", b"last")
    waiting = outcome(client.request("b"))
    client.close()
    network.last.pump()
    assert [message.payload for message in network.last.messages()] == [b"last", b""]
    assert isinstance(waiting[0], NotConnectedError)


def test_cancelling_connect_closes_the_client() -> None:
    network = Network()
    client = NatsClient(network, parse_servers("nats://one"))
    results: list[object] = []
    connecting = client.connect().add_both(results.append)
    connecting.cancel()
    assert client.state is NatsState.CLOSED
    assert isinstance(results[0], Exception)


def test_a_reactor_that_stops_ends_the_client() -> None:
    network, client = connected()
    network.stopping = True
    network.last.lose()
    assert client.state is NatsState.CLOSED
    assert network.pending() == 0


def test_an_observer_that_closes_the_client_is_obeyed() -> None:
    network, client = connected()
    client.on_state.append(lambda state: client.close())
    network.last.lose()
    network.advance(60)
    assert len(network.attempts) == 1
    assert network.pending() == 0
