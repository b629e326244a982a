"""Back-pressure: a producer that is faster than the peer is paused, so that little data waits in memory.

A paused producer is resumed on the next turn, not at once. Otherwise a fast producer with a fast peer would
occupy the event loop until it has no more data.
"""

import logging
from typing import Protocol as Shape

from core.interfaces import PushProducer, ReactorCore, Transport
from core.mistakes.hints import log_failure
from core.protocols.protocol import Protocol

log = logging.getLogger(__name__)

HIGH_WATER = 65536
LOW_WATER = 16384


class Consumer(Shape):
    """A transport that a producer writes to. `waiting` is the number of bytes still to be sent."""

    reactor: ReactorCore
    waiting: int

    def on_error(self, error: Exception) -> None: ...


class BackPressure:
    """Pauses and resumes the producer of one consumer, if it has one.

    `needs_resume` is True while the producer must be resumed at LOW_WATER. For a pull producer it always is.
    """

    # The consumer is an argument of the calls. As an attribute it would make a reference cycle, and an ended
    # connection would stay in memory until the garbage collector runs.

    producer: PushProducer | None = None
    _is_due = False

    def __init__(self) -> None:
        self.needs_resume = False

    def register(self, producer: PushProducer, streaming: bool) -> None:
        """Begin to pause and resume `producer`. RuntimeError if there is one already."""
        if self.producer is not None:
            raise RuntimeError("a producer is registered already: unregister it first")
        self.producer = producer
        self._streaming = streaming
        self.needs_resume = not streaming
        if not streaming:
            producer.resume_producing()

    def unregister(self) -> PushProducer | None:
        """Stop pausing and resuming the producer. Returns it."""
        producer, self.producer, self.needs_resume = self.producer, None, False
        return producer

    def pause(self) -> None:
        """More than HIGH_WATER is waiting: pause a push producer."""
        if self.producer is not None and not self.needs_resume:
            self.needs_resume = True
            self.producer.pause_producing()

    def resume_soon(self, consumer: Consumer) -> None:
        """No more than LOW_WATER is waiting: resume the producer on the next turn."""
        if not self._is_due:
            self._is_due = True
            consumer.reactor.call_soon(self._resume, consumer)

    def _resume(self, consumer: Consumer) -> None:
        self._is_due = False
        if self.producer is None or not self.needs_resume or consumer.waiting > LOW_WATER:
            return
        self.needs_resume = not self._streaming
        try:
            self.producer.resume_producing()
        except Exception as error:
            log_failure(log, error, "%s failed to resume producing", type(self.producer).__name__)
            consumer.on_error(error)


NO_PRODUCER = BackPressure()
"""Shared by all transports that have never had a producer. It does nothing."""


def holds_up_the_end(producer: PushProducer | None) -> bool:
    """Whether `lose_connection` has to wait until `producer` unregisters.

    Transports and protocols, of this connection or of another one, do not hold it up. They pass on what a
    peer sends, so they have no last piece after which they would unregister.
    """
    return producer is not None and not isinstance(producer, Transport | Protocol)
