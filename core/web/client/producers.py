"""Body producers: they write the body of a request, and wait while the connection has enough.

A producer is told to start once, with a consumer that has `write`. The connection pauses it when much data
waits to be sent, and resumes it when little does.
"""

import os
from abc import abstractmethod
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import BinaryIO
from typing import Protocol as Shape

from core.deferred import Deferred, succeed
from core.errors import CancelledError
from core.interfaces import PushProducer
from core.web.client.errors import UNKNOWN_LENGTH, Length

PIECE = 65536


class BodyConsumer(Shape):
    """Takes the bytes of a request's body."""

    def write(self, data: bytes) -> None: ...


class BodyProducer(PushProducer):
    """Produces the body of a request.

    `length` is the number of its bytes, or UNKNOWN_LENGTH: then the body is sent in chunks.
    """

    length: Length

    @abstractmethod
    def start_producing(self, consumer: BodyConsumer) -> Deferred[None]:
        """Begin to write to `consumer`. The Deferred gets None after the last byte, or the error.

        It stays without a result after `stop_producing`.
        """


class StringProducer(BodyProducer):
    """Produces `body`, all at once."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.length = len(body)

    def start_producing(self, consumer: BodyConsumer) -> Deferred[None]:
        consumer.write(self.body)
        return succeed(None)

    def pause_producing(self) -> None:
        """Nothing to do: everything is written already."""

    def resume_producing(self) -> None:
        """Nothing to do: everything is written already."""


class FileBodyProducer(BodyProducer):
    """Produces the rest of an open binary file, and closes it at the end.

    The file is read in the reactor's thread, one piece at a time.
    """

    def __init__(self, file: BinaryIO, read_size: int = PIECE) -> None:
        self.length = _rest(file)
        self._file = file
        self._read_size = read_size
        self._is_writing = False

    def start_producing(self, consumer: BodyConsumer) -> Deferred[None]:
        self._consumer = consumer
        self._done = Deferred[None](lambda _: self.stop_producing())
        self.resume_producing()
        return self._done

    def pause_producing(self) -> None:
        self._is_writing = False

    def resume_producing(self) -> None:
        """Write until the consumer pauses this producer, or the file ends."""
        if self._is_writing or self._file.closed:
            return
        self._is_writing = True
        try:
            while self._is_writing and (data := self._file.read(self._read_size)):
                self._consumer.write(data)
        except OSError as error:
            self._end(error)
        else:
            if self._is_writing:
                self._end(None)

    def _end(self, result: Exception | None) -> None:
        self.stop_producing()
        self._done.callback(result)

    def stop_producing(self) -> None:
        """Write no more, and close the file."""
        self._is_writing = False
        self._file.close()


def _rest(file: BinaryIO) -> Length:
    """The number of bytes from the position of `file` to its end."""
    if not file.seekable():
        return UNKNOWN_LENGTH
    position = file.tell()
    end = file.seek(0, os.SEEK_END)
    file.seek(position)
    return end - position


class AsyncBodyProducer(BodyProducer):
    """Produces what an async generator yields. The generator can await Deferreds; it is closed at the end."""

    def __init__(self, pieces: AsyncGenerator[bytes, None], length: Length = UNKNOWN_LENGTH) -> None:
        self.length = length
        self._pieces = pieces
        self._paused: Deferred[None] | None = None

    def start_producing(self, consumer: BodyConsumer) -> Deferred[None]:
        self._task = Deferred.from_coroutine(self._produce(consumer))
        return self._task

    async def _produce(self, consumer: BodyConsumer) -> None:
        async with aclosing(self._pieces) as pieces:
            async for piece in pieces:
                consumer.write(piece)
                if self._paused is not None:
                    await self._paused

    def pause_producing(self) -> None:
        self._paused = self._paused or Deferred()

    def resume_producing(self) -> None:
        paused, self._paused = self._paused, None
        if paused is not None:
            paused.callback(None)

    def stop_producing(self) -> None:
        """Cancel what the generator awaits, and close it."""
        self._task.add_errback(_ignore_cancelled)
        self._task.cancel()


def _ignore_cancelled(error: Exception) -> None:
    if not isinstance(error, CancelledError):
        raise error
