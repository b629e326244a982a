"""The link of a room with NATS JetStream: a stream for the room's messages, a bucket for the leases.

A lease is a key that expires unless the server renews it. The servers of the cluster look for the leases of
the others: a server whose lease is missing has died or is cut off.
"""

import logging
import math
from collections.abc import Callable

from core.deferred import Deferred
from core.errors import CancelledError, in_words
from core.formats.chat_events import MAX_MISSED
from core.interfaces import ReactorTime
from core.protocols.jetstream import (
    RETRIED,
    JetStream,
    JetStreamError,
    OrderedConsumer,
    StreamMessage,
    UnavailableError,
)
from core.protocols.nats import NatsClient, NatsError, NatsState
from core.task import defer_later
from core.timers import DelayedCall, cancel_if_active
from servers.chat.cluster.journal import Journal
from servers.chat.cluster.messages import encode
from servers.chat.cluster.participant import Participant

log = logging.getLogger(__name__)

LEASE = 7.0
"""Seconds after which a lease expires. It must be longer than an election of NATS takes."""

RENEW_EVERY = 0.75
CUT_OFF_AFTER = 5.0
"""Seconds without an answer of the cluster."""

CHECK_EVERY = 0.5
KEPT_MESSAGES = 100_000
REPLICAS = 3
SINGLE_SERVER = 10074
"""JetStream's error number: a server that is in no cluster has no replicas."""

NO_PEERS = 10005
"""JetStream's error number: the cluster has not enough servers."""

OTHER_SETTINGS = 10058
"""JetStream's error number: the stream exists, and has other settings."""

FIRST_TRIES = 5.0
"""Seconds for which a stream with REPLICAS is tried. A smaller cluster gets one without replicas."""


class NatsLink(Journal):
    """Connects `participant` to the rooms that are called `name` in the cluster, by `client`."""

    def __init__(self, client: NatsClient, clock: ReactorTime, participant: Participant, name: str) -> None:
        self._client, self._clock, self._participant = client, clock, participant
        self._jetstream = JetStream(client)
        self._quick = JetStream(client, timeout=0.5)  # for what is asked again soon
        self._stream, self._subject = f"chat-{name}", f"chat.{name}"
        self._subjects = [self._subject, f"{self._subject}.>"]  # of the first room, and of the others
        self._bucket = f"chat-{name}-servers"
        self._lease = ""
        self._consumer: OrderedConsumer | None = None
        self._renewal: Deferred[None] | None = None
        self._check: DelayedCall | None = None
        self._answered_at = self._checked_at = clock.seconds()
        participant.journal = self

    # --- the beginning and the end

    def start(self) -> Deferred[None]:
        """Connect, and make the room take part. Fails if no server of the cluster answers."""
        return Deferred.from_coroutine(self._start())

    async def _start(self) -> None:
        await self._client.connect()
        try:
            await self._create(self._create_stream)
        except JetStreamError as error:
            if error.number != OTHER_SETTINGS:
                raise
            await self._create(self._update_stream)
        await self._create(self._create_bucket)
        info = await self._jetstream.stream_info(self._stream)
        first = max(1, info.last_sequence + 1 - MAX_MISSED)
        self._consumer = OrderedConsumer(self._jetstream, self._stream, self._on_message, first)
        await self._consumer.start()
        self._answered_at = self._checked_at = self._clock.seconds()
        self._participant.begin()
        self._on_check()

    async def _create(self, create: Callable[[int], Deferred[object]]) -> None:
        """Create something with REPLICAS or, if the cluster is too small for that, with one."""
        replicas, until = REPLICAS, self._clock.seconds() + FIRST_TRIES
        while True:
            try:
                await create(replicas)
                return
            except JetStreamError as error:
                is_late = self._clock.seconds() > until
                if error.number == SINGLE_SERVER or (error.number == NO_PEERS and is_late):
                    replicas = 1
                elif not isinstance(error, UnavailableError) and error.number != NO_PEERS:
                    raise
            except RETRIED:
                log.debug("JetStream does not answer yet")
            await defer_later(self._clock, 0.2)

    def _create_stream(self, replicas: int) -> Deferred[object]:
        made = self._jetstream.create_stream(self._stream, self._subjects, replicas, max_msgs=KEPT_MESSAGES)
        return made.add_callback(lambda info: info)

    def _update_stream(self, replicas: int) -> Deferred[object]:
        """Add the subjects to a stream that an earlier version of the chat has created."""
        settings = {"name": self._stream, "subjects": self._subjects, "num_replicas": replicas}
        settings |= {"max_msgs": KEPT_MESSAGES, "storage": "file"}
        return self._jetstream.call(f"STREAM.UPDATE.{self._stream}", **settings).add_callback(
            lambda info: info
        )

    def _create_bucket(self, replicas: int) -> Deferred[object]:
        made = self._jetstream.create_bucket(self._bucket, LEASE, replicas)
        return made.add_callback(lambda bucket: bucket)

    def stop(self) -> Deferred[None]:
        """Tell the other servers that this one ends, if the cluster answers, and close the connection."""
        return Deferred.from_coroutine(self._stop())

    async def _stop(self) -> None:
        if self._consumer is not None:
            self._consumer.stop()
        for call in (self._renewal, self._check):
            if isinstance(call, Deferred):
                call.cancel()
            else:
                cancel_if_active(call)
        try:
            gone = encode(self._participant.end())
            await self._quick.publish(self._subject, gone, f"{self._lease}-gone", within=0.5)
            await self._quick.call(f"STREAM.PURGE.KV_{self._bucket}", filter=self._key(self._lease))
        except (NatsError, TimeoutError) as error:
            log.info("the cluster was not told of the end: %s", error)
        self._client.close()

    # --- the stream

    def store(self, payload: bytes, message_id: str, room: str = "") -> None:
        subject = f"{self._subject}.{room}" if room else self._subject
        stored = self._jetstream.publish(subject, payload, message_id, within=math.inf)
        stored.add_errback(self._on_not_stored, payload, message_id, room)

    def _on_not_stored(self, error: Exception, payload: bytes, message_id: str, room: str) -> None:
        """JetStream refuses it, for instance because its disk is full: try again."""
        if self._client.state is not NatsState.CLOSED:
            log.error("JetStream does not store a message: %s", error)
            self._clock.call_later(1.0, self.store, payload, message_id, room)

    def _on_message(self, stored: StreamMessage) -> None:
        self._on_answer()
        self._participant.on_message(stored.sequence, stored.time, stored.message.payload)

    # --- the leases

    def take_lease(self, server: str) -> Deferred[None]:
        self._lease = server
        if self._renewal is not None:
            self._renewal.cancel()
        taken = Deferred[None]()
        self._renewal = Deferred.from_coroutine(self._renew(taken))
        self._renewal.add_errback(self._on_renewal_end)
        return taken

    def _on_renewal_end(self, error: Exception) -> None:
        if not isinstance(error, CancelledError):
            log.error("the lease is not renewed any more: %s", in_words(error))

    async def _renew(self, taken: Deferred[None]) -> None:
        """Renew the lease and look for those of others, again and again."""
        number = 0
        while True:
            number += 1
            try:
                key, proof = self._key(self._lease), f"{self._lease}-{number}"
                await self._quick.publish(key, b"", proof, within=LEASE)
                self._on_answer()
                if not taken.called:
                    taken.callback(None)
                self._participant.on_leases(await self._leases())
            except (*RETRIED, JetStreamError) as error:
                log.debug("the lease was not renewed: %s", error)
            await defer_later(self._clock, RENEW_EVERY)

    def leases(self) -> Deferred[set[str]]:
        return Deferred.from_coroutine(self._find_leases())

    async def _find_leases(self) -> set[str]:
        while True:
            try:
                return await self._leases()
            except (*RETRIED, JetStreamError) as error:
                log.debug("the leases were not found: %s", error)
            await defer_later(self._clock, 0.2)

    async def _leases(self) -> set[str]:
        command = f"STREAM.INFO.KV_{self._bucket}"
        answer = await self._quick.call(command, subjects_filter=self._key("*"))
        state = answer.get("state")
        subjects = state.get("subjects") if isinstance(state, dict) else None
        return {str(key).rpartition(".")[2] for key in subjects} if isinstance(subjects, dict) else set()

    def _key(self, server: str) -> str:
        return f"$KV.{self._bucket}.{server}"

    # --- cut off

    def _on_answer(self) -> None:
        self._answered_at = self._clock.seconds()
        if self._participant.is_cut_off:
            self._participant.on_back()

    def _on_check(self) -> None:
        """Notify the room if the cluster has not answered for CUT_OFF_AFTER.

        If this process was stopped for a while itself, the time begins again.
        """
        now = self._clock.seconds()
        if now - self._checked_at > 4 * CHECK_EVERY:
            self._answered_at = max(self._answered_at, now - CHECK_EVERY)
        self._checked_at = now
        if now - self._answered_at > CUT_OFF_AFTER and not self._participant.is_cut_off:
            self._participant.on_cut_off()
        self._check = self._clock.call_later(CHECK_EVERY, self._on_check)
