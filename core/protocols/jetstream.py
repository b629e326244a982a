"""JetStream, the part of NATS that stores messages: streams, a consumer in order, key-value buckets.

A stream stores each message on its subjects, with a sequence number, on as many servers as it has replicas.
A request is JSON on a subject that begins with `$JS.API`, and so is the answer (the page "JetStream wire API
Reference" on docs.nats.io). A message is stored exactly once if it has an ID and is sent until it is
acknowledged: of two messages with the same ID, the stream stores the first one.
"""

import json
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from secrets import token_hex
from typing import NamedTuple

from core.deferred import Deferred
from core.formats.json_values import as_text, as_whole, parse_object
from core.formats.nats import Headers, Message
from core.protocols.nats import (
    NatsClient,
    NatsError,
    NatsState,
    NoRespondersError,
    NotConnectedError,
    new_inbox,
)
from core.task import defer_later
from core.timers import DelayedCall, cancel_if_active

RETRY_DELAY = 0.1
NANOSECONDS = 1_000_000_000
CONSUMER: dict[str, object] = {"deliver_policy": "by_start_sequence", "ack_policy": "none", "max_deliver": 1}
CONSUMER |= {"flow_control": True, "mem_storage": True, "num_replicas": 1}
NO_MESSAGE_FOUND, WRONG_LAST_SEQUENCE, PEERS_OFFLINE, UNAVAILABLE = 10037, 10071, 10005, 503


class JetStreamError(NatsError):
    """JetStream refuses a request. `number` is its `err_code`, which names the cause."""

    def __init__(self, description: str, number: int) -> None:
        super().__init__(description)
        self.number = number


class UnavailableError(JetStreamError):
    """There is no leader at this time, or too few servers are up."""


class WrongRevisionError(JetStreamError):
    """The key has another revision than expected; for `create`: it has a value."""


RETRIED = (TimeoutError, NoRespondersError, NotConnectedError, UnavailableError)
"""The errors after which a message may have been stored, or may be stored by the next attempt."""


class Ack(NamedTuple):
    """A message is stored with this sequence number. `duplicate`: it was stored before, with the same ID."""

    sequence: int
    duplicate: bool


class StreamInfo(NamedTuple):
    """The state of a stream. `leader` is the name of the server that leads its replicas, or ""."""

    messages: int
    first_sequence: int
    last_sequence: int
    leader: str


class StreamMessage(NamedTuple):
    """A stored message. `time` is in seconds since 1970; `pending` messages of the stream come after it."""

    message: Message
    sequence: int
    time: float
    pending: int


class Entry(NamedTuple):
    """The value of a key. Its revision is a sequence number of the bucket's stream."""

    value: bytes
    revision: int
    deleted: bool = False


class JetStream:
    """JetStream's requests. `timeout` is for one answer, in seconds."""

    def __init__(self, client: NatsClient, timeout: float = 2.0) -> None:
        self.client, self.timeout = client, timeout

    def call(self, command: str, **options: object) -> Deferred[Mapping[str, object]]:
        """Send a request of the API. Fails as NatsClient.request does, or with JetStreamError."""
        answer = self.client.request(f"$JS.API.{command}", json.dumps(options).encode(), (), self.timeout)
        return answer.add_callback(_parse_answer)

    def create_stream(
        self, name: str, subjects: Sequence[str], replicas: int = 1, max_age: float = 0.0, **settings: object
    ) -> Deferred[StreamInfo]:
        """Create a stream, unless it exists with the same settings. `max_age` is in seconds, 0 is for ever.

        Other settings have the names and units of the API, such as `max_msgs=1000`.
        """
        config = {"name": name, "subjects": [*subjects], "num_replicas": replicas, "storage": "file"}
        config |= {"max_age": int(max_age * NANOSECONDS), **settings}
        return self.call(f"STREAM.CREATE.{name}", **config).add_callback(_parse_stream_info)

    def stream_info(self, name: str) -> Deferred[StreamInfo]:
        return self.call(f"STREAM.INFO.{name}").add_callback(_parse_stream_info)

    def publish(
        self, subject: str, payload: bytes, message_id: str = "", headers: Headers = (), within: float = 30.0
    ) -> Deferred[Ack]:
        """Store a message. With an ID it is sent again until it is acknowledged, for `within` seconds.

        Of two messages that wait at the same time, the second can be stored first.
        """
        if message_id:
            headers = (*headers, ("Nats-Msg-Id", message_id))
        until = self.client.reactor.seconds() + (within if message_id else 0.0)
        return Deferred.from_coroutine(self._publish(subject, payload, headers, until))

    async def _publish(self, subject: str, payload: bytes, headers: Headers, until: float) -> Ack:
        while True:
            try:
                message = await self.client.request(subject, payload, headers, self.timeout)
                answer = _parse_answer(message)
                return Ack(as_whole(answer.get("seq")), answer.get("duplicate") is True)
            except RETRIED:
                if self.client.reactor.seconds() + RETRY_DELAY > until:
                    raise
            await defer_later(self.client.reactor, RETRY_DELAY)

    def create_bucket(self, name: str, time_to_live: float = 0.0, replicas: int = 1) -> "Deferred[KeyValue]":
        """Create a bucket, unless it exists with the same settings. Its values expire; 0: they do not."""
        window = int(min(time_to_live or 120.0, 120.0) * NANOSECONDS)  # it must not be longer than max_age
        settings = {"discard": "new", "allow_rollup_hdrs": True, "deny_delete": True}
        settings |= {"duplicate_window": window, "max_msgs_per_subject": 1}
        stream = self.create_stream(f"KV_{name}", [f"$KV.{name}.>"], replicas, time_to_live, **settings)
        return stream.add_callback(lambda _: KeyValue(self, name))


class KeyValue:
    """A bucket: a stream with the last value of each key. Each write has an ID of its own.

    A key is a part of a subject. By convention it has letters, digits and `-_=/`, with dots between.
    """

    def __init__(self, jetstream: JetStream, name: str) -> None:
        self.stream, self._prefix, self._jetstream = f"KV_{name}", f"$KV.{name}.", jetstream

    def get(self, key: str) -> Deferred[Entry | None]:
        """The value that the leader has; None if the key has none."""
        return self._last(key).add_callback(lambda entry: None if entry is None or entry.deleted else entry)

    def create(self, key: str, value: bytes) -> Deferred[int]:
        """Set a key that has no value. Returns the revision. Fails with WrongRevisionError if it has one."""
        return Deferred.from_coroutine(self._create(key, value))

    async def _create(self, key: str, value: bytes) -> int:
        try:
            return await self.update(key, value, 0)
        except WrongRevisionError:
            entry = await self._last(key)
            if entry is None or not entry.deleted:
                raise
        return await self.update(key, value, entry.revision)

    def update(self, key: str, value: bytes, revision: int, *headers: tuple[str, str]) -> Deferred[int]:
        """Set a key that has this revision; its time to live begins again. Returns the new revision.

        Fails with WrongRevisionError.
        """
        expected = ("Nats-Expected-Last-Subject-Sequence", str(revision))
        stored = self._jetstream.publish(f"{self._prefix}{key}", value, token_hex(11), (expected, *headers))
        return stored.add_callback(lambda ack: ack.sequence)

    def delete(self, key: str, revision: int) -> Deferred[int]:
        """Remove the value of a key that has this revision. Fails with WrongRevisionError."""
        return self.update(key, b"", revision, ("KV-Operation", "DEL"))

    def _last(self, key: str) -> Deferred[Entry | None]:
        found = self._jetstream.call(f"STREAM.MSG.GET.{self.stream}", last_by_subj=f"{self._prefix}{key}")
        return found.add_callbacks(_parse_entry, _none_if_not_found)


class OrderedConsumer:
    """Calls `on_message` with each message of a stream, once and in order, from the sequence number `start`.

    When a message is missing, the server is silent, or the connection is a new one, it asks the server for
    a new consumer, which starts after the last message.
    """

    heartbeat = 0.5
    """Seconds without a message after which the server sends a heartbeat. Three times that is silence."""

    def __init__(
        self, jetstream: JetStream, stream: str, on_message: Callable[[StreamMessage], object], start: int = 1
    ) -> None:
        self.next_sequence = start
        self._stream, self._on_message = stream, on_message
        self._jetstream, self._client = jetstream, jetstream.client
        self._next_number = 1  # a consumer on the server numbers what it delivers, too
        self._sid = ""
        self._timer: DelayedCall | None = None
        self._started: Deferred[int] | None = None

    def start(self, subject: str = "") -> Deferred[int]:
        """Begin. The result is how many messages are waiting. It is tried until `stop`.

        With a `subject`, only messages on it are delivered. It may have wildcards.
        """
        started = self._started = Deferred[int](lambda _: self.stop())
        self._settings = CONSUMER | ({"filter_subject": subject} if subject else {})
        self._settings["idle_heartbeat"] = int(self.heartbeat * NANOSECONDS)
        self._client.on_state.append(self._on_state)
        self._restart()
        return started

    def stop(self) -> None:
        """Call `on_message` no more."""
        cancel_if_active(self._timer)
        self._client.unsubscribe(self._sid)
        self._client.on_state = [f for f in self._client.on_state if f != self._on_state]

    def _on_state(self, state: NatsState) -> None:
        if state is NatsState.CONNECTED:
            self._restart()

    def _restart(self) -> None:
        cancel_if_active(self._timer)
        self._client.unsubscribe(self._sid)
        inbox, self._next_number = new_inbox(), 1
        self._sid = self._client.subscribe(inbox, self._on_delivery)
        self._timer = self._client.reactor.call_later(3 * self.heartbeat, self._restart)
        config = self._settings | {"deliver_subject": inbox, "opt_start_seq": self.next_sequence}
        command = f"CONSUMER.CREATE.{self._stream}"
        created = self._jetstream.call(command, stream_name=self._stream, config=config)
        created.add_callbacks(self._on_created, lambda _: None)  # on failure, the timer restarts it

    def _on_created(self, answer: Mapping[str, object]) -> None:
        started, self._started = self._started, None
        if started is not None:
            started.callback(as_whole(answer.get("num_pending")))

    def _on_delivery(self, message: Message) -> None:
        if self._timer is not None and self._timer.active() and self._started is None:
            self._timer.reset(3 * self.heartbeat)  # but without an answer, `start` has no result
        if message.status:
            self._on_status(message)
            return
        # $JS.ACK.STREAM.CONSUMER.DELIVERIES.SEQUENCE.NUMBER.TIME.PENDING; newer servers have more words
        words = message.reply.split(".")
        sequence, number, time, pending = map(int, words[7:11] if len(words) > 9 else words[5:9])
        if number != self._next_number:
            self._restart()
            return
        self._next_number, self.next_sequence = number + 1, sequence + 1
        self._on_message(StreamMessage(message, sequence, time / NANOSECONDS, pending))

    def _on_status(self, message: Message) -> None:
        """Handle a heartbeat, which has the number of the last message, or a request of flow control."""
        for subject in filter(None, (message.reply, message.header("Nats-Consumer-Stalled"))):
            self._client.publish(subject)
        if int(message.header("Nats-Last-Consumer") or 0) >= self._next_number:
            self._restart()


def _parse_answer(message: Message) -> Mapping[str, object]:
    answer = parse_object(message.payload)
    if error := _part(answer, "error"):
        number = as_whole(error.get("err_code", 0))
        kind = WrongRevisionError if number == WRONG_LAST_SEQUENCE else JetStreamError
        kind = UnavailableError if error.get("code") == UNAVAILABLE or number == PEERS_OFFLINE else kind
        raise kind(str(error.get("description")), number)
    return answer


def _part(answer: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = answer.get(name)
    return found if isinstance(found, dict) else {}


def _parse_stream_info(answer: Mapping[str, object]) -> StreamInfo:
    state, leader = _part(answer, "state"), _part(answer, "cluster").get("leader", "")
    messages, first, last = (as_whole(state.get(name)) for name in ("messages", "first_seq", "last_seq"))
    return StreamInfo(messages, first, last, as_text(leader))


def _parse_entry(answer: Mapping[str, object]) -> Entry:
    message = _part(answer, "message")
    value, headers = (b64decode(as_text(message.get(name, ""))) for name in ("data", "hdrs"))
    return Entry(value, as_whole(message.get("seq")), b"KV-Operation:" in headers)


def _none_if_not_found(error: Exception) -> None:
    if not (isinstance(error, JetStreamError) and error.number == NO_MESSAGE_FOUND):
        raise error
