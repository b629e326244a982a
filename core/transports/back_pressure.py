"""Who produces faster than the peer reads is told to pause, or the rest would pile up in memory.

What was paused goes on in the next turn, not at once: otherwise a fast producer with a fast peer would keep
the loop to itself for as long as it has something to give.
"""

import logging

from core.interfaces import PushProducer
from core.transports.connection import Connection

log = logging.getLogger(__name__)

HIGH_WATER = 65536
LOW_WATER = 16384


class BackPressure:
    """One producer, and whether it waits to be told to go on. A pull producer always does."""

    __slots__ = ("producer", "waits", "_consumer", "_streaming", "_is_due")

    def __init__(self, consumer: Connection, producer: PushProducer, streaming: bool) -> None:
        self.producer = producer
        self.waits = not streaming
        self._consumer = consumer
        self._streaming = streaming
        self._is_due = False

    def pause(self) -> None:
        """More than HIGH_WATER is waiting."""
        if not self.waits:
            self.waits = True
            self.producer.pause_producing()

    def resume_soon(self) -> None:
        """No more than LOW_WATER is waiting."""
        if not self._is_due:
            self._is_due = True
            self._consumer.reactor.call_soon(self._resume)

    def release(self) -> None:
        """The producer is done, or its consumer is: leave it alone."""
        self.waits = False

    def _resume(self) -> None:
        self._is_due = False
        if not self.waits or self._consumer.waiting > LOW_WATER:
            return
        self.waits = not self._streaming
        try:
            self.producer.resume_producing()
        except Exception as error:
            log.exception("a producer failed")
            self._consumer.on_error(error)
