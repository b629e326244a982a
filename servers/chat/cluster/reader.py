"""The messages of a stream in order, each as the node that leads the stream has it.

A consumer of JetStream reads the copy of any node. With NATS 2.9, the copy of a node that led the stream and
was cut off can keep a message which the others do not have, in the place of one that they have. So the
consumer only notifies the reader that there is a message. The reader asks for it, and only the leader
answers.
"""

import logging
from base64 import b64decode
from collections.abc import Callable, Mapping
from datetime import datetime

from core.deferred import Deferred
from core.formats.json_values import as_text, as_whole
from core.protocols.jetstream import RETRIED, JetStream, JetStreamError, OrderedConsumer, StreamMessage
from core.timers import DelayedCall, cancel_if_active

log = logging.getLogger(__name__)

POLL_EVERY = 0.5
"""Seconds after which the leader is asked for the next message, without a notification."""

WINDOW = 16
"""The messages that are asked for at the same time."""

OnMessage = Callable[[int, float, bytes], object]
"""Receives a message: its sequence number, the Unix time at which it was stored, and its payload."""


class LeaderReader:
    """Calls `on_message` with each message of `stream`, once and in order, from the number `first` on."""

    def __init__(self, jetstream: JetStream, stream: str, on_message: OnMessage, first: int) -> None:
        self._jetstream, self._stream, self._on_message = jetstream, stream, on_message
        self._next = self._last = first  # the next one to pass on, and the last one to ask for
        self._asked: set[int] = set()
        self._found: dict[int, tuple[float, bytes]] = {}  # the ones that came before an earlier one
        self._consumer = OrderedConsumer(jetstream, stream, self._on_notified, first)
        self._timer: DelayedCall | None = None
        self._is_stopped = False

    def start(self) -> None:
        """Begin. It is tried until `stop`."""
        self._consumer.start().add_errback(lambda _: None)  # it fails when it is stopped
        self._poll()

    def stop(self) -> None:
        """Call `on_message` no more."""
        self._is_stopped = True
        self._consumer.stop()
        cancel_if_active(self._timer)

    def _on_notified(self, message: StreamMessage) -> None:
        self._last = max(self._last, message.sequence)
        self._ask()

    def _poll(self) -> None:
        self._timer = self._jetstream.client.reactor.call_later(POLL_EVERY, self._poll)
        self._ask()

    def _ask(self) -> None:
        """Ask for the messages that are missing, at most WINDOW at a time."""
        for sequence in range(self._next, min(self._last + 1, self._next + WINDOW)):
            if sequence not in self._asked and sequence not in self._found:
                self._asked.add(sequence)
                Deferred.from_coroutine(self._fetch(sequence))

    async def _fetch(self, sequence: int) -> None:
        try:
            answer = await self._jetstream.call(f"STREAM.MSG.GET.{self._stream}", seq=sequence)
        except (*RETRIED, JetStreamError) as error:
            log.debug("message %d was not read: %s", sequence, error)  # `_poll` asks again
            return
        finally:
            self._asked.discard(sequence)
        self._on_answer(answer)

    def _on_answer(self, answer: Mapping[str, object]) -> None:
        found = answer.get("message")
        if not isinstance(found, dict) or self._is_stopped:
            return
        sequence, payload = as_whole(found.get("seq")), b64decode(as_text(found.get("data", "")))
        if sequence >= self._next:
            stored_at = datetime.fromisoformat(as_text(found.get("time"))).timestamp()
            self._found[sequence] = stored_at, payload
        while self._next in self._found:
            self._next += 1
            self._last = max(self._last, self._next)
            self._on_message(self._next - 1, *self._found.pop(self._next - 1))
        if self._last > self._next:
            self._ask()
