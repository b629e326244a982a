"""Bodies of requests: by length and in chunks, however the bytes come."""

from contextlib import suppress
from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.web.answers import Refusal
from core.web.bodies import Body, BodyOfLength, ChunkedBody

REST = b"GET / HTTP/1.1"
CHUNKS = st.lists(st.binary(min_size=1, max_size=40), max_size=5)


def received(body: Body, data: bytes, step: int) -> tuple[bytes, bytes]:
    """The body in `data`, which comes `step` bytes at a time, and the bytes after it."""
    buffer, taken = bytearray(), b""
    for start in range(0, len(data), step):
        buffer += data[start : start + step]
        if not body.finished:
            taken += body.take(buffer)
    return taken, bytes(buffer)


@given(data=st.binary(min_size=1, max_size=100), step=st.integers(1, 120))
def test_a_body_of_a_length_is_followed_by_the_next_request(data: bytes, step: int) -> None:
    body = BodyOfLength(len(data), None)
    assert received(body, data + REST, step) == (data, REST)
    assert body.finished


@given(chunks=CHUNKS, step=st.integers(1, 120), extension=st.sampled_from([b"", b";a", b' ; a = "\\"b"']))
def test_chunks_are_joined_however_they_come(chunks: list[bytes], step: int, extension: bytes) -> None:
    sent = b"".join([b"%x%b\r\n%b\r\n" % (len(chunk), extension, chunk) for chunk in chunks])
    body = ChunkedBody(None)
    assert received(body, sent + b"0\r\nX: y\r\n\r\n" + REST, step) == (b"".join(chunks), REST)
    assert body.finished


@given(data=st.binary(max_size=60), step=st.integers(1, 60))
def test_bytes_that_are_no_chunks_are_refused_or_wait_for_more(data: bytes, step: int) -> None:
    with suppress(Refusal):
        received(ChunkedBody(100), data, step)


@pytest.mark.parametrize("size", [b"6", b"ffffffffffffffff"])
def test_a_chunk_over_the_limit_is_refused_when_it_is_announced(size: bytes) -> None:
    body = ChunkedBody(10)
    body.take(bytearray(b"5\r\n01234\r\n"))
    with pytest.raises(Refusal) as caught:
        body.take(bytearray(size + b"\r\n"))
    assert caught.value.code is HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def test_a_length_over_the_limit_is_refused() -> None:
    BodyOfLength(10, 10)
    with pytest.raises(Refusal, match="413"):
        BodyOfLength(11, 10)
