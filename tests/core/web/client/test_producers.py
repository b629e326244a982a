"""The producers of a request's body."""

import os
from collections.abc import AsyncGenerator
from io import BytesIO
from pathlib import Path

import pytest

from core.deferred import Deferred
from core.web.client import UNKNOWN_LENGTH, AsyncBodyProducer, BodyProducer, FileBodyProducer, StringProducer
from tests.core.web.client.exchange import Outcome


class Consumer:
    """Collects what a producer writes. After each write it pauses the producer `pauses` times."""

    def __init__(self, producer: BodyProducer, pauses: bool = False) -> None:
        self.data = b""
        self._producer = producer
        self._pauses = pauses
        self.done = Outcome(producer.start_producing(self))

    def write(self, data: bytes) -> None:
        self.data += data
        if self._pauses:
            self._producer.pause_producing()


def test_a_string_is_produced_at_once() -> None:
    producer = StringProducer(b"text")
    assert (producer.length, producer.body) == (4, b"text")
    consumer = Consumer(producer)
    assert (consumer.data, consumer.done.values) == (b"text", [None])


def test_a_file_is_produced_from_its_position_and_closed() -> None:
    file = BytesIO(b"skipped, then sent")
    file.seek(9)
    producer = FileBodyProducer(file, read_size=3)
    assert producer.length == 9
    consumer = Consumer(producer)
    assert (consumer.data, consumer.done.values, file.closed) == (b"then sent", [None], True)
    producer.resume_producing()


def test_a_paused_file_goes_on_when_it_is_resumed() -> None:
    producer = FileBodyProducer(BytesIO(b"abcde"), read_size=2)
    consumer = Consumer(producer, pauses=True)
    seen = [consumer.data]
    while consumer.done.is_pending():
        producer.resume_producing()
        seen.append(consumer.data)
    assert seen == [b"ab", b"abcd", b"abcde", b"abcde"]


def test_a_stopped_file_is_closed_and_has_no_result() -> None:
    file = BytesIO(b"abcde")
    producer = FileBodyProducer(file, read_size=2)
    consumer = Consumer(producer, pauses=True)
    producer.stop_producing()
    producer.resume_producing()
    assert (consumer.data, file.closed, consumer.done.is_pending()) == (b"ab", True, True)


def test_a_file_that_is_stopped_by_its_consumer_is_read_no_further() -> None:
    class Full(Consumer):
        def write(self, data: bytes) -> None:
            super().write(data)
            self._producer.stop_producing()

    consumer = Full(FileBodyProducer(BytesIO(b"abcde"), read_size=2))
    assert (consumer.data, consumer.done.is_pending()) == (b"ab", True)


def test_the_length_of_a_pipe_is_unknown() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"through a pipe")
    os.close(writing)
    producer = FileBodyProducer(os.fdopen(reading, "rb"))
    assert producer.length is UNKNOWN_LENGTH
    consumer = Consumer(producer)
    assert (consumer.data, consumer.done.values) == (b"through a pipe", [None])


def test_a_file_that_cannot_be_read_fails(tmp_path: Path) -> None:
    with open(tmp_path / "written", "wb") as file:
        producer = FileBodyProducer(file)
        consumer = Consumer(producer)
    assert isinstance(consumer.done.error, OSError)


def test_a_generator_waits_while_it_is_paused() -> None:
    steps: list[str] = []

    async def pieces() -> AsyncGenerator[bytes, None]:
        for piece in (b"one", b"two"):
            steps.append(f"before {piece.decode()}")
            yield piece

    producer = AsyncBodyProducer(pieces(), length=6)
    assert producer.length == 6
    consumer = Consumer(producer, pauses=True)
    assert steps == ["before one"]
    producer.resume_producing()
    assert (steps, consumer.data, consumer.done.is_pending()) == (
        ["before one", "before two"],
        b"onetwo",
        True,
    )
    producer.resume_producing()
    assert consumer.done.values == [None]


def test_a_generator_can_await_and_its_error_is_the_result() -> None:
    later = Deferred[bytes]()

    async def pieces() -> AsyncGenerator[bytes, None]:
        yield await later
        raise ZeroDivisionError

    consumer = Consumer(AsyncBodyProducer(pieces()))
    assert consumer.data == b""
    later.callback(b"now")
    assert consumer.data == b"now"
    assert isinstance(consumer.done.error, ZeroDivisionError)


@pytest.mark.parametrize("pauses", [False, True])
def test_a_stopped_generator_is_closed(pauses: bool) -> None:
    steps: list[str] = []

    async def pieces() -> AsyncGenerator[bytes, None]:
        try:
            yield b"one"
            await Deferred[None]()
        finally:
            steps.append("closed")

    producer = AsyncBodyProducer(pieces())
    Consumer(producer, pauses)
    producer.stop_producing()
    assert steps == ["closed"]
