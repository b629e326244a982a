"""The link of a room with NATS JetStream: a stream for the room's messages, a bucket for the leases.

A lease is a key that expires unless the server renews it. The servers of the cluster look for the leases of
the others: a server whose lease is missing has died or is cut off.

If the stream or the bucket is deleted, it is made again. The name of the new stream has the place at
which it begins, so that places only grow.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from core.deferred import Deferred
from core.errors import CancelledError, in_words
from core.formats.chat_events import MAX_MISSED
from core.formats.json_values import as_text
from core.interfaces import ReactorTime
from core.protocols.jetstream import (
    RETRIED,
    RETRY_DELAY,
    JetStream,
    JetStreamError,
    UnavailableError,
)
from core.protocols.nats import NatsClient, NatsError, NatsState
from core.task import defer_later
from core.timers import DelayedCall, cancel_if_active
from servers.chat.cluster.journal import Journal
from servers.chat.cluster.messages import encode
from servers.chat.cluster.participant import Participant
from servers.chat.cluster.reader import LeaderReader

T = TypeVar("T")

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

OVERLAP = 10065
"""JetStream's error number: another stream has the subject. Another server has just made it."""

MARGIN = 1000
"""The places after those of a deleted stream that a new one leaves out: other servers may have read more."""

FIRST_TRIES = 5.0
"""Seconds for which a stream with REPLICAS is tried. A smaller cluster gets one without replicas."""


class NatsLink(Journal):
    """Connects `participant` to the rooms that are called `name` in the cluster, by `client`."""

    def __init__(self, client: NatsClient, clock: ReactorTime, participant: Participant, name: str) -> None:
        self._client, self._clock, self._participant = client, clock, participant
        self._jetstream = JetStream(client)
        self._quick = JetStream(client, timeout=0.5)  # for what is asked again soon
        self._first_stream, self._subject = f"chat-{name}", f"chat.{name}"
        self._subjects = [self._subject, f"{self._subject}.>"]  # of the first room, and of the others
        self._stream = ""
        self._start_place = self._place = 0  # before the stream's first message, and that of the last one
        self._bucket = f"chat-{name}-servers"
        self._lease = ""
        self._reader: LeaderReader | None = None
        self._renewal: Deferred[None] | None = None
        self._watch: Deferred[None] | None = None
        self._check: DelayedCall | None = None
        self._answered_at = self._checked_at = clock.seconds()
        participant.journal = self

    # --- the beginning and the end

    def start(self) -> Deferred[None]:
        """Connect, and make the room take part. Fails if no server of the cluster answers."""
        return Deferred.from_coroutine(self._start())

    async def _start(self) -> None:
        await self.open()
        info = await self._until_answered(lambda: self._jetstream.stream_info(self._stream))
        self._read(max(1, info.last_sequence + 1 - MAX_MISSED))
        self._answered_at = self._checked_at = self._clock.seconds()
        self._participant.begin()
        self._on_check()
        self._watch = Deferred.from_coroutine(self._open_again())
        self._watch.add_errback(self._on_end, "the stream is not made again if it is deleted")

    def open(self) -> Deferred[None]:
        """Connect, and find the stream and the bucket, or create what is missing."""
        return self._client.connect().add_callback(lambda _: Deferred.from_coroutine(self._open()))

    async def _open(self) -> None:
        await self._create(self._open_stream)
        await self._create(self._open_bucket)

    def _read(self, first: int) -> None:
        """Read the stream from this message on."""
        if self._reader is not None:
            self._reader.stop()
        self._start_place = int(self._stream.partition("@")[2] or 0)
        self._reader = LeaderReader(self._quick, self._stream, self._on_message, first)
        self._reader.start()

    async def _open_again(self) -> None:
        """Again and again, open what was deleted. Another server may have made it before."""
        while True:
            await defer_later(self._clock, RENEW_EVERY)
            before = self._stream
            try:
                await self._open()
            except JetStreamError as error:
                log.error("the stream or the bucket was deleted, and cannot be made again: %s", error)
            if self._stream != before:
                log.error("the stream %s was deleted: all members join again in %s", before, self._stream)
                self._place += 1
                self._participant.on_new_stream(self._place)
                self._read(1)

    async def _until_answered(self, ask: Callable[[], Awaitable[T]]) -> T:
        while True:
            try:
                return await ask()
            except (*RETRIED, JetStreamError) as error:
                log.debug("JetStream does not answer yet: %s", error)
            await defer_later(self._clock, 0.2)

    async def _create(self, create: Callable[[int], Awaitable[None]]) -> None:
        """Create something with REPLICAS or, if the cluster is too small for that, with one."""
        replicas, until = REPLICAS, self._clock.seconds() + FIRST_TRIES
        while True:
            try:
                await create(replicas)
                return
            except JetStreamError as error:
                is_late = self._clock.seconds() > until
                if error.number == OVERLAP:
                    log.debug("another server has made it")
                elif error.number == SINGLE_SERVER or (error.number == NO_PEERS and is_late):
                    replicas = 1
                elif not isinstance(error, UnavailableError) and error.number != NO_PEERS:
                    raise
            except RETRIED:
                log.debug("JetStream does not answer yet")
            await defer_later(self._clock, 0.2)

    async def _open_stream(self, replicas: int) -> None:
        found = await self._find(self._subject)
        if not found:
            found = f"{self._first_stream}@{self._place + MARGIN}" if self._stream else self._first_stream
            await self._jetstream.create_stream(found, self._subjects, replicas, max_msgs=KEPT_MESSAGES)
        elif not self._stream and not await self._find(f"{self._subject}.room"):
            await self._add_subjects(found, replicas)
        self._stream = found

    async def _add_subjects(self, stream: str, replicas: int) -> None:
        """An earlier version of the chat has made the stream, with the subject of the first room only."""
        settings = {"subjects": self._subjects, "max_msgs": KEPT_MESSAGES, "storage": "file"}
        command = f"STREAM.UPDATE.{stream}"
        await self._jetstream.call(command, name=stream, num_replicas=replicas, **settings)

    async def _open_bucket(self, replicas: int) -> None:
        if not await self._find(self._key(">")):
            await self._jetstream.create_bucket(self._bucket, LEASE, replicas)

    async def _find(self, subject: str) -> str:
        """The name of the stream that stores this subject, or ""."""
        answer = await self._jetstream.call("STREAM.NAMES", subject=subject)
        names = answer.get("streams")
        return as_text(names[0]) if isinstance(names, list) and names else ""

    def stop(self) -> Deferred[None]:
        """Tell the other servers that this one ends, if the cluster answers, and close the connection."""
        return Deferred.from_coroutine(self._stop())

    async def _stop(self) -> None:
        if self._reader is not None:
            self._reader.stop()
        for call in (self._renewal, self._watch, self._check):
            if isinstance(call, Deferred):
                call.cancel()
            else:
                cancel_if_active(call)
        try:
            gone = encode(self._participant.end())
            await self._quick.publish(self._subject, gone)
            await self._quick.call(f"STREAM.PURGE.KV_{self._bucket}", filter=self._key(self._lease))
        except (NatsError, TimeoutError) as error:
            log.info("the cluster was not told of the end: %s", error)
        self._client.close()

    # --- the stream

    def store(self, payload: bytes, room: str = "") -> None:
        """Store a message, without an ID: a copy does no harm, because batches have numbers.

        With IDs, NATS 2.9 leaves messages out of the copy of a node that led the stream and was cut off.
        """
        subject = f"{self._subject}.{room}" if room else self._subject
        stored = self._jetstream.publish(subject, payload)
        stored.add_errback(self._on_not_stored, payload, room)

    def _on_not_stored(self, error: Exception, payload: bytes, room: str) -> None:
        """There is no leader at this time, or JetStream refuses it, as when its disk is full: try again."""
        if self._client.state is not NatsState.CLOSED:
            is_usual = isinstance(error, RETRIED)
            log.log(logging.DEBUG if is_usual else logging.ERROR, "a message is not stored: %s", error)
            self._clock.call_later(RETRY_DELAY if is_usual else 1.0, self.store, payload, room)

    def _on_message(self, sequence: int, stored_at: float, payload: bytes) -> None:
        self._on_answer()
        self._place = self._start_place + sequence
        self._participant.on_message(self._place, stored_at, payload)

    # --- the leases

    def take_lease(self, server: str) -> Deferred[None]:
        self._lease = server
        if self._renewal is not None:
            self._renewal.cancel()
        taken = Deferred[None]()
        self._renewal = Deferred.from_coroutine(self._renew(taken))
        self._renewal.add_errback(self._on_end, "the lease is not renewed any more")
        return taken

    def _on_end(self, error: Exception, what: str) -> None:
        """A loop has ended. Unless the server stops, that is a mistake of ours."""
        if not isinstance(error, CancelledError):
            log.error("%s: %s", what, in_words(error))

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
        return Deferred.from_coroutine(self._until_answered(self._leases))

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
