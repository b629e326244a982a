"""Back-pressure: a producer that is faster than the peer is paused, so that little data waits in memory.

A paused producer is resumed on the next turn, not at once. Otherwise a fast producer with a fast peer would
keep the event loop to itself until it has no more data.
"""

import logging
from typing import Protocol as Shape

from core.interfaces import PushProducer, ReactorCore

log = logging.getLogger(__name__)

HIGH_WATER = 65536
LOW_WATER = 16384


class Consumer(Shape):
    """A transport that a producer writes to. `waiting` is the number of bytes still to be sent."""

    reactor: ReactorCore
    waiting: int

    def on_error(self, error: Exception) -> None: ...


class BackPressure:
    """A registered producer. `waits`: it is to be resumed at LOW_WATER; a pull producer always is."""

    __slots__ = ("producer", "waits", "_consumer", "_streaming", "_is_due")

    def __init__(self, consumer: Consumer, producer: PushProducer, streaming: bool) -> None:
        self.producer = producer
        self.waits = not streaming
        self._consumer = consumer
        self._streaming = streaming
        self._is_due = False

    def pause(self) -> None:
        """More than HIGH_WATER is waiting: pause a push producer."""
        if not self.waits:
            self.waits = True
            self.producer.pause_producing()

    def resume_soon(self) -> None:
        """No more than LOW_WATER is waiting: resume the producer on the next turn."""
        if not self._is_due:
            self._is_due = True
            self._consumer.reactor.call_soon(self._resume)

    def release(self) -> None:
        """The producer has unregistered, or the consumer has ended: do not resume it any more."""
        self.waits = False

    def _resume(self) -> None:
        self._is_due = False
        if not self.waits or self._consumer.waiting > LOW_WATER:
            return
        self.waits = not self._streaming
        try:
            self.producer.resume_producing()
        except Exception as error:
            log.exception("%s failed to resume producing", type(self.producer).__name__)
            self._consumer.on_error(error)
