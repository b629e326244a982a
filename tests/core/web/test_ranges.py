"""Ranges: the header, the parts of a file that it names, and the answer with several parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.web.ranges import MAX_RANGES, content_range, multipart, parse_range, satisfiable


def test_ranges_have_a_first_a_last_or_both_positions() -> None:
    assert parse_range(b"bytes=0-9, 5- ,\t-3\t") == [(0, 9), (5, None), (None, 3)]


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"bytes",
        b"bytes=",
        b"bytes=,",
        b"bytes=a-1",
        b"bytes=2-1",
        b"bytes=-",
        b"items=0-1",
        b"bytes=1-2;",
    ],
)
def test_what_is_no_range_is_a_value_error(value: bytes) -> None:
    with pytest.raises(ValueError):
        parse_range(value)


def test_too_many_ranges_are_a_value_error() -> None:
    assert len(parse_range(b"bytes=" + b"0-0," * MAX_RANGES)) == MAX_RANGES
    with pytest.raises(ValueError, match="too many"):
        parse_range(b"bytes=" + b"0-0," * (MAX_RANGES + 1))


@given(st.binary(max_size=30))
def test_bytes_are_ranges_or_a_value_error(value: bytes) -> None:
    try:
        assert parse_range(b"bytes=" + value)
    except ValueError:
        pass


POSITION = st.none() | st.integers(0, 30)


@given(ranges=st.lists(st.tuples(POSITION, POSITION), max_size=4), size=st.integers(0, 20))
def test_each_part_lies_in_the_file(ranges: list[tuple[int | None, int | None]], size: int) -> None:
    for offset, length in satisfiable(ranges, size):
        assert 0 <= offset < offset + length <= size


def test_the_parts_of_an_answer_name_their_ranges() -> None:
    kind, parts = multipart([(0, 2), (5, 1)], 10, b"text/plain")
    boundary = kind.partition(b"boundary=")[2]
    assert kind.startswith(b"multipart/byteranges; ")
    assert [part[1:] for part in parts] == [(0, 2), (5, 1), (0, 0)]
    assert parts[0][0].startswith(b"\r\n--" + boundary + b"\r\n")
    assert b"Content-Range: " + content_range(5, 1, 10) in parts[1][0]
    assert parts[2][0] == b"\r\n--" + boundary + b"--\r\n"
