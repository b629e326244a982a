"""JetStream: publishing until it is acknowledged, reading in order, and keys with revisions."""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.deferred import Deferred
from core.errors import CancelledError
from core.formats.nats import Message, Operation, Signal, parse_servers
from core.protocols.jetstream import (
    RETRY_DELAY,
    Ack,
    Entry,
    JetStream,
    JetStreamError,
    KeyValue,
    OrderedConsumer,
    StreamInfo,
    StreamMessage,
    UnavailableError,
    WrongRevisionError,
)
from core.protocols.nats import NatsClient, NoRespondersError, NotConnectedError
from tests.core.protocols.nats_network import Attempt, Network

T = TypeVar("T")


class Server:
    """Records the requests of a client. `answers` has the answers to the next ones; None: it is silent."""

    def __init__(self) -> None:
        self.network = Network()
        self.requests: list[Message] = []
        self.answers: list[Mapping[str, object] | int | None] = []
        self.network.on_operation = self._on_operation
        self.client = NatsClient(self.network, parse_servers("nats://one"))
        self.client.connect()
        self.network.last.log_in()
        self.jetstream = JetStream(self.client)

    def _on_operation(self, attempt: Attempt, operation: Operation) -> None:
        if isinstance(operation, Message):
            self.requests.append(operation)
            answer = self.answers.pop(0) if self.answers else None
            if isinstance(answer, int):
                attempt.write(attempt.answer_to(operation, status=answer))
            elif answer is not None:
                attempt.write(attempt.answer_to(operation, json.dumps(answer).encode()))

    def result(self, deferred: Deferred[T]) -> object:
        """The result, after the requests are answered."""
        results: list[object] = []
        deferred.add_both(results.append)
        self.pump()
        return results[0]

    def pump(self) -> None:
        if self.network.last.pair is not None:
            self.network.last.pump()

    def advance(self, seconds: float) -> None:
        """Advance the clock in small steps. The server answers every PING."""
        for _ in range(round(seconds / 0.05)):
            self.network.advance(0.05)
            if self.network.last.pair is not None:
                self.network.last.send(Signal.PONG)


def error(code: int, number: int) -> Mapping[str, object]:
    return {"error": {"code": code, "err_code": number, "description": "no"}}


# --- streams


def test_a_stream_is_created_with_the_settings_of_the_api() -> None:
    server = Server()
    state = {"messages": 3, "first_seq": 2, "last_seq": 4}
    server.answers = [{"state": state, "cluster": {"leader": "n2"}}]
    created = server.jetstream.create_stream("ROOM", ["room.>"], 3, max_age=1.5, max_msgs=1000)
    assert server.result(created) == StreamInfo(3, 2, 4, "n2")
    request = server.requests[0]
    assert request.subject == "$JS.API.STREAM.CREATE.ROOM"
    assert json.loads(request.payload) == {
        "name": "ROOM",
        "subjects": ["room.>"],
        "num_replicas": 3,
        "storage": "file",
        "max_age": 1_500_000_000,
        "max_msgs": 1000,
    }


@pytest.mark.parametrize(
    ("code", "number", "kind"),
    [(404, 10059, JetStreamError), (503, 10008, UnavailableError), (400, 10005, UnavailableError)],
)
def test_an_error_of_the_api_has_its_number(code: int, number: int, kind: type[JetStreamError]) -> None:
    server = Server()
    server.answers = [error(code, number)]
    result = server.result(server.jetstream.stream_info("ROOM"))
    assert isinstance(result, kind)
    assert type(result) is kind
    assert (result.number, str(result)) == (number, "no")


@pytest.mark.parametrize("answer", [{"state": {}}, {"state": 5}, {"error": {"err_code": "x"}}])
def test_an_answer_that_is_malformed_is_a_value_error(answer: Mapping[str, object]) -> None:
    server = Server()
    server.answers = [answer]
    assert isinstance(server.result(server.jetstream.stream_info("ROOM")), ValueError)


# --- publishing


def test_a_message_is_published_again_with_its_id_until_it_is_acknowledged() -> None:
    server = Server()
    server.answers = [None, 503, error(503, 10008), {"seq": 7, "duplicate": True}]
    results: list[object] = []
    server.jetstream.publish("room.a", b"hi", "id-1", (("K", "v"),)).add_both(results.append)
    server.advance(2.0 + 4 * RETRY_DELAY)
    assert results == [Ack(7, True)]
    assert [message.header("Nats-Msg-Id") for message in server.requests] == ["id-1"] * 4
    assert {(message.subject, message.payload, message.header("K")) for message in server.requests} == {
        ("room.a", b"hi", "v")
    }


def test_a_message_is_published_again_on_the_next_connection() -> None:
    server = Server()
    results: list[object] = []
    server.jetstream.publish("room.a", b"hi", "id-1").add_both(results.append)
    server.pump()
    server.network.last.lose()
    server.answers = [{"seq": 1}]
    server.network.advance(server.client.initial_delay)
    server.network.last.log_in()
    server.advance(2 * RETRY_DELAY)
    assert results == [Ack(1, False)]
    assert len(server.requests) == 2


def test_after_the_time_given_the_last_error_is_the_result() -> None:
    server = Server()
    server.answers = [503] * 100
    results: list[object] = []
    server.jetstream.publish("room.a", b"hi", "id-1", within=1.0).add_both(results.append)
    server.advance(0.9)
    assert results == []
    server.advance(0.3)
    assert isinstance(results[0], NoRespondersError)
    number = len(server.requests)
    assert 5 < number < 12
    server.advance(1.0)
    assert len(server.requests) == number


def test_without_an_id_there_is_one_attempt() -> None:
    server = Server()
    server.answers = [503]
    assert isinstance(server.result(server.jetstream.publish("room.a", b"hi")), NoRespondersError)
    assert server.requests[0].headers == ()


def test_another_error_is_not_tried_again() -> None:
    server = Server()
    server.answers = [error(400, 10060)]
    assert isinstance(server.result(server.jetstream.publish("room.a", b"hi", "id")), JetStreamError)


def test_publishing_can_be_cancelled() -> None:
    server = Server()
    server.network.last.lose()
    results: list[object] = []
    publishing = server.jetstream.publish("room.a", b"hi", "id", within=float("inf")).add_both(results.append)
    server.network.advance(0.5)
    publishing.cancel()
    assert isinstance(results[0], CancelledError)
    assert not isinstance(results[0], NotConnectedError)


# --- buckets


def bucket() -> tuple[Server, KeyValue]:
    server = Server()
    server.answers = [{"state": {"messages": 0, "first_seq": 0, "last_seq": 0}}]
    created = server.result(server.jetstream.create_bucket("names", 10.0, 3))
    assert isinstance(created, KeyValue)
    return server, created


def test_a_bucket_is_a_stream_that_keeps_one_value_of_each_key_for_a_time() -> None:
    server, _ = bucket()
    config = json.loads(server.requests[0].payload)
    assert (config["name"], config["subjects"], config["num_replicas"]) == ("KV_names", ["$KV.names.>"], 3)
    assert config["max_msgs_per_subject"] == 1
    assert config["max_age"] == config["duplicate_window"] == 10_000_000_000


@pytest.mark.parametrize(("time_to_live", "window"), [(0.0, 120), (1.0, 1), (1000.0, 120)])
def test_ids_are_remembered_for_two_minutes_but_not_longer_than_messages(
    time_to_live: float, window: int
) -> None:
    server = Server()
    server.jetstream.create_bucket("names", time_to_live).add_errback(lambda _: None)
    server.pump()
    assert json.loads(server.requests[0].payload)["duplicate_window"] == window * 1_000_000_000


def test_a_write_has_the_expected_revision_and_an_id_of_its_own() -> None:
    server, names = bucket()
    server.answers = [{"seq": 1}, {"seq": 2}, {"seq": 3}]
    assert server.result(names.create("ann", b"x")) == 1
    assert server.result(names.update("ann", b"y", 1)) == 2
    assert server.result(names.delete("ann", 2)) == 3
    writes = server.requests[1:]
    assert [write.subject for write in writes] == ["$KV.names.ann"] * 3
    assert [write.header("Nats-Expected-Last-Subject-Sequence") for write in writes] == ["0", "1", "2"]
    assert writes[2].header("KV-Operation") == "DEL"
    assert len({write.header("Nats-Msg-Id") for write in writes}) == 3


def test_a_wrong_revision_is_refused() -> None:
    server, names = bucket()
    server.answers = [error(400, 10071)]
    assert isinstance(server.result(names.update("ann", b"y", 1)), WrongRevisionError)


def stored(headers: bytes = b"") -> Mapping[str, object]:
    message = {"seq": 5, "data": b64encode(b"x").decode(), "hdrs": b64encode(headers).decode()}
    return {"message": message}


DELETED = b"NATS/1.0\r\nKV-Operation: DEL\r\n\r\n"


def test_a_value_is_read_with_its_revision_and_a_deleted_one_is_none() -> None:
    server, names = bucket()
    server.answers = [stored(), stored(DELETED), error(404, 10037), error(503, 10008)]
    assert server.result(names.get("ann")) == Entry(b"x", 5)
    assert server.result(names.get("ann")) is None
    assert server.result(names.get("ann")) is None
    assert isinstance(server.result(names.get("ann")), UnavailableError)
    assert json.loads(server.requests[1].payload) == {"last_by_subj": "$KV.names.ann"}


def test_a_key_that_was_deleted_can_be_created() -> None:
    server, names = bucket()
    server.answers = [error(400, 10071), stored(DELETED), {"seq": 6}]
    assert server.result(names.create("ann", b"y")) == 6
    assert server.requests[-1].header("Nats-Expected-Last-Subject-Sequence") == "5"


@pytest.mark.parametrize("found", [stored(), error(404, 10037)])
def test_a_key_that_has_a_value_cannot_be_created(found: Mapping[str, object]) -> None:
    server, names = bucket()
    server.answers = [error(400, 10071), found]
    assert isinstance(server.result(names.create("ann", b"y")), WrongRevisionError)


# --- reading in order


class Stream:
    """A stream in memory, and the last consumer that a client has created for it."""

    def __init__(self) -> None:
        self.network = Network()
        self.network.on_operation = self._on_operation
        self.client = NatsClient(self.network, parse_servers("nats://one"))
        self.client.connect()
        self.network.last.log_in()
        self.length = 0
        self.starts: list[int] = []
        self.configs: list[Mapping[str, object]] = []
        self.answered: list[Message] = []  # the messages of the client that are no requests
        self.answers = True
        self.inbox = ""
        self.next = self.number = 1

    def _on_operation(self, attempt: Attempt, operation: Operation) -> None:
        if not isinstance(operation, Message):
            return
        if operation.subject != "$JS.API.CONSUMER.CREATE.ROOM":
            self.answered.append(operation)
            return
        config = json.loads(operation.payload)["config"]
        self.configs.append(config)
        self.inbox, self.next, self.number = config["deliver_subject"], config["opt_start_seq"], 1
        self.starts.append(self.next)
        answer = {"num_pending": max(0, self.length - self.next + 1)}
        if self.answers:
            attempt.write(attempt.answer_to(operation, json.dumps(answer).encode()))

    def send(self, message: Callable[[str], Message]) -> None:
        """Send a message to the consumer, if it has one on this connection."""
        if self.network.last.pair is not None:
            self.network.last.pump()
            for sid in self.network.last.subscriptions(self.inbox):
                self.network.last.send(message(sid))

    def deliver(self, lost: bool = False) -> None:
        """Send the next message to the consumer, or lose it on the way."""
        self.send(lambda sid: Message(self.inbox, status=100, description="Idle", sid=sid))
        if self.inbox and self.next <= self.length:
            words = (
                f"$JS.ACK.ROOM.c.1.{self.next}.{self.number}.1700000000500000000.{self.length - self.next}"
            )
            payload = b"%d" % self.next
            self.next, self.number = self.next + 1, self.number + 1
            if not lost:
                self.send(lambda sid: Message("room.a", payload, words, sid=sid))

    def heartbeat(self) -> None:
        """Tell the consumer the number of its last message."""
        headers = (("Nats-Last-Consumer", str(self.number - 1)),)
        self.send(lambda sid: Message(self.inbox, b"", "", headers, 100, "Idle Heartbeat", sid))

    def reconnect(self) -> None:
        """The connection is lost, and there is another one."""
        self.network.last.lose()
        self.network.advance(self.client.initial_delay)
        self.network.last.log_in()

    def silence(self) -> None:
        """No heartbeat comes for too long."""
        self.network.advance(3 * OrderedConsumer.heartbeat)
        self.network.last.send(Signal.PONG)


def consuming(length: int = 0, start: int = 1) -> tuple[Stream, OrderedConsumer, list[StreamMessage]]:
    stream, got = Stream(), list[StreamMessage]()
    stream.length = length
    consumer = OrderedConsumer(JetStream(stream.client), "ROOM", got.append, start)
    return stream, consumer, got


@given(st.lists(st.sampled_from(["publish", "deliver", "lose", "heartbeat", "reconnect", "silence"])))
def test_each_message_is_delivered_once_and_in_order_whatever_is_lost(events: list[str]) -> None:
    stream, consumer, got = consuming()
    consumer.start()
    for event in [*events, "heartbeat"]:
        if event == "publish":
            stream.length += 1
        elif event == "lose":
            stream.deliver(lost=True)
        else:
            getattr(stream, event)()
    for _ in range(stream.length):
        stream.deliver()
    assert [message.sequence for message in got] == list(range(1, stream.length + 1))
    assert [message.message.payload for message in got] == [b"%d" % each.sequence for each in got]
    consumer.stop()


def test_start_tells_how_many_messages_wait_and_each_tells_how_many_follow() -> None:
    stream, consumer, got = consuming(length=5, start=3)
    results: list[object] = []
    consumer.start("room.*").add_both(results.append)
    stream.network.last.pump()
    assert results == [3]
    for _ in range(3):
        stream.deliver()
    assert [(message.sequence, message.pending) for message in got] == [(3, 2), (4, 1), (5, 0)]
    assert got[0].time == 1700000000.5
    assert consumer.next_sequence == 6
    assert stream.configs[0]["filter_subject"] == "room.*"
    assert stream.configs[0]["ack_policy"] == "none"


def test_a_gap_is_noticed_at_the_next_message_or_at_the_heartbeat() -> None:
    stream, consumer, _ = consuming(length=9)
    consumer.start()
    stream.deliver()
    stream.deliver(lost=True)
    stream.deliver()
    stream.network.last.pump()
    assert stream.starts == [1, 2]
    stream.deliver()
    stream.deliver(lost=True)
    stream.heartbeat()
    stream.network.last.pump()
    assert stream.starts == [1, 2, 3]


def test_the_words_of_newer_servers_are_understood() -> None:
    stream, consumer, got = consuming(length=1)
    consumer.start()
    words = "$JS.ACK.domain.account.ROOM.c.1.1.1.1700000000500000000.0.token"
    stream.send(lambda sid: Message("room.a", b"x", words, sid=sid))
    assert [message.sequence for message in got] == [1]


def test_flow_control_is_answered() -> None:
    stream, consumer, _ = consuming()
    consumer.start()
    stream.send(lambda sid: Message(stream.inbox, b"", "$JS.FC.1", (), 100, "FlowControl Request", sid))
    stalled = (("Nats-Consumer-Stalled", "$JS.FC.2"),)
    stream.send(lambda sid: Message(stream.inbox, b"", "", stalled, 100, "Idle Heartbeat", sid))
    stream.network.last.pump()
    assert [message.subject for message in stream.answered] == ["$JS.FC.1", "$JS.FC.2"]


def test_a_silent_server_is_asked_for_another_consumer_and_heartbeats_are_a_sign_of_life() -> None:
    stream, consumer, _ = consuming()
    consumer.start()
    for _ in range(5):
        stream.network.advance(2 * consumer.heartbeat)
        stream.network.last.send(Signal.PONG)
        stream.heartbeat()
    assert stream.starts == [1]
    stream.silence()
    stream.network.last.pump()
    assert stream.starts == [1, 1]


def test_a_start_whose_answer_is_lost_is_tried_again_although_the_consumer_delivers() -> None:
    stream, consumer, got = consuming(length=3)
    stream.answers = False
    results: list[object] = []
    consumer.start().add_both(results.append)
    for act in (stream.deliver, stream.heartbeat):
        act()
        stream.network.advance(consumer.heartbeat)
    assert (results, stream.starts) == ([], [1])
    stream.answers = True
    stream.heartbeat()
    stream.network.advance(consumer.heartbeat)
    stream.network.last.pump()
    assert (results, stream.starts) == ([2], [1, 2])
    stream.deliver()
    assert [message.sequence for message in got] == [1, 2]


def test_after_stop_nothing_is_delivered_or_asked_for() -> None:
    stream, consumer, got = consuming(length=3)
    consumer.start()
    stream.deliver()
    consumer.stop()
    consumer.stop()
    stream.deliver()
    stream.silence()
    stream.reconnect()
    assert len(got) == 1
    assert len(stream.starts) == 1
