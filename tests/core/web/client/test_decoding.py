"""Bodies in gzip, unpacked."""

import gzip
import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.deferred import Deferred
from core.web.client import (
    UNKNOWN_LENGTH,
    URI,
    BodyProducer,
    ContentDecoderAgent,
    DataLoss,
    GzipDecoder,
    Response,
    ResponseDone,
    ResponseFailed,
)
from core.web.client.agent import AbstractAgent
from core.web.client.decoding import PIECE
from core.web.client.request import ClientRequest
from core.web.headers import Headers
from tests.core.web.client.exchange import BodyRecorder, Connection, Outcome

HEAD = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"


def unpacked(body: bytes, size: int | None = None, pauses: bool = False) -> BodyRecorder:
    """A protocol that has received the packed `body`, which arrives `size` bytes at a time."""
    connection, recorder = Connection(), BodyRecorder(pauses)
    outcome = connection.request()
    connection.receive(HEAD % len(body))
    GzipDecoder(outcome.value).deliver_body(recorder)
    if body:
        connection.receive(body, size)
    return recorder


@given(st.binary(max_size=300), st.binary(max_size=300), st.integers(1, 100))
def test_any_body_is_unpacked_whatever_the_chunks(first: bytes, second: bytes, size: int) -> None:
    recorder = unpacked(gzip.compress(first) + gzip.compress(second), size)
    assert recorder.body == first + second
    assert isinstance(recorder.reason, ResponseDone)


@given(st.binary(min_size=1, max_size=100))
def test_random_bytes_raise_nothing(body: bytes) -> None:
    assert unpacked(body).reasons


def test_a_small_body_that_contains_much_comes_in_pieces_and_can_be_paused() -> None:
    much = bytes(50 * PIECE) + random.Random(1).randbytes(1000)
    recorder = unpacked(gzip.compress(much), pauses=True)
    assert len(recorder.pieces) == 1
    while not recorder.reasons:
        recorder.transport.resume_producing()
    assert recorder.body == much
    assert max(len(piece) for piece in recorder.pieces) <= PIECE


@pytest.mark.parametrize("damage", ["cut", "changed", "plain"])
def test_a_damaged_body_fails(damage: str) -> None:
    packed = gzip.compress(b"something to say")
    body = {"cut": packed[:-3], "changed": packed[:-6] + b"xxxxxx", "plain": b"something to say"}[damage]
    recorder = unpacked(body)
    assert isinstance(recorder.reason, ResponseFailed)
    assert isinstance(recorder.reason.reasons[0], DataLoss)


def test_a_response_without_a_body_stays_one() -> None:
    response, recorder = Connection().answered(b"HTTP/1.1 304 x\r\nContent-Encoding: gzip\r\n\r\n")
    assert GzipDecoder(response).length == 0
    assert isinstance(recorder.reason, ResponseDone)
    assert isinstance(unpacked(b"").reason, ResponseDone)


class OneConnection(AbstractAgent):
    """Sends requests on one connection, whose server is the test."""

    def __init__(self) -> None:
        self.connection = Connection()

    def request(
        self,
        method: bytes,
        uri: bytes,
        headers: Headers | None = None,
        body_producer: BodyProducer | None = None,
    ) -> Deferred[Response]:
        assert headers is not None
        request = ClientRequest(method, URI.from_bytes(uri), headers, body_producer, True)
        return self.connection.protocol.request(request)


@pytest.mark.parametrize(
    ("encodings", "left"), [("gzip", None), ("GZIP", None), ("br, gzip", ["br"]), ("gzip, br", ["gzip,br"])]
)
def test_the_agent_asks_for_gzip_and_undoes_the_encodings_up_to_one_it_does_not_know(
    encodings: str, left: list[str] | None
) -> None:
    inner = OneConnection()
    agent = ContentDecoderAgent(inner, [(b"gzip", GzipDecoder)])
    outcome = Outcome(agent.request(b"GET", b"http://host/page"))
    assert b"\r\nAccept-Encoding: gzip\r\n" in inner.connection.transport.take()
    packed = gzip.compress(b"text")
    inner.connection.receive((HEAD % len(packed)).replace(b"gzip", encodings.encode()) + packed)
    outcome.value.deliver_body(recorder := BodyRecorder())
    assert recorder.body == (packed if left == ["gzip,br"] else b"text")
    assert outcome.value.headers.get_raw_headers("Content-Encoding") == left


def test_the_length_of_an_unpacked_body_is_unknown() -> None:
    connection = Connection()
    outcome = connection.request()
    connection.receive(HEAD % 100)
    assert GzipDecoder(outcome.value).length is UNKNOWN_LENGTH


def test_the_decoder_needs_no_more_than_a_piece_of_memory_at_a_time() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = packer.compress(bytes(3 * PIECE)) + packer.flush()
    recorder = unpacked(packed, 1)
    assert recorder.body == bytes(3 * PIECE)
