"""Heads of requests: found in the bytes, checked and parsed; a head that came before is remembered."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.web.answers import Refusal
from core.web.heads import MAX_REMEMBERED, HeadReader, RequestHead, parse_again

HEAD = b"GET /a%20b?c=d HTTP/1.1\r\nHost: localhost:80\r\nX: 1\r\nx: 2\r\n\r\n"


def read(data: bytes, step: int) -> tuple[list[RequestHead], bytes]:
    """The heads in `data`, which comes `step` bytes at a time, and the bytes after them."""
    reader, buffer, heads = HeadReader(), bytearray(), []
    for start in range(0, len(data), step):
        buffer += data[start : start + step]
        while (head := reader.read(buffer)) is not None:
            heads.append(head)
    return heads, bytes(buffer)


@given(count=st.integers(0, 4), step=st.integers(1, 300))
def test_heads_are_found_however_their_bytes_come(count: int, step: int) -> None:
    heads, rest = read(HEAD * count + b"GET", step)
    assert (len(heads), rest) == (count, b"GET")
    for head in heads:
        assert (head.method, head.path, head.query) == (b"GET", b"/a%20b", b"c=d")
        assert head.headers.get_raw_headers("x") == ["1", "2"]
        assert (head.length, head.keeps_alive, head.expects_continue) == (0, True, False)


@given(st.binary(max_size=80), st.integers(1, 80))
def test_random_bytes_are_refused_or_wait_for_more(data: bytes, step: int) -> None:
    with suppress(Refusal):
        assert read(data, step)[0] == []


@given(at=st.integers(0, len(HEAD)), data=st.binary(max_size=3))
def test_a_head_with_wrong_bytes_in_it_is_parsed_refused_or_waits(at: int, data: bytes) -> None:
    results = []
    for step in (1, 1000):
        try:
            heads, rest = read(HEAD[:at] + data + HEAD[at:], step)
            results.append((len(heads), bytes(rest)))
        except Refusal as error:
            results.append((int(error.code), b""))
    assert results[0] == results[1]


def test_a_small_head_is_parsed_once_and_a_large_one_each_time() -> None:
    parse_again.cache_clear()
    large = HEAD[:-2] + b"Y: " + b"y" * MAX_REMEMBERED + b"\r\n\r\n"
    for data in (HEAD, HEAD, large, large):
        read(data, 10_000)
    assert (parse_again.cache_info().hits, parse_again.cache_info().currsize) == (1, 1)


def test_a_head_that_is_refused_is_refused_again() -> None:
    for _ in range(2):
        with pytest.raises(Refusal):
            read(b"GET / HTTP/1.1\r\n\r\n", 100)
