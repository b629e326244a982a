"""The requests of the feed: any bytes are a request or a BadRequest."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.formats.feed import SHORTEST_INTERVAL, VERSION
from core.formats.feed_requests import BadRequest, Request, decode_request, encode_request

requests = st.builds(Request, interval=st.floats(SHORTEST_INTERVAL, 1e14))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(requests)
def test_every_request_is_one_line_and_comes_back_as_it_was(request: Request) -> None:
    line = encode_request(request)
    assert line.decode().isprintable()
    assert decode_request(line) == request


@given(st.binary())
def test_random_bytes_are_a_bad_request_without_a_number(line: bytes) -> None:
    with pytest.raises(BadRequest) as caught:
        decode_request(line)
    assert caught.value.id is None


@given(st.dictionaries(st.sampled_from(Request._fields) | st.text(), values) | values)
def test_whatever_json_there_is_is_a_request_or_a_bad_one(value: object) -> None:
    try:
        decode_request(json.dumps(value).encode())
    except BadRequest:
        pass


def test_what_is_left_out_is_what_it_usually_is() -> None:
    assert decode_request(b'{"do": "subscribe", "id": 1}') == Request(
        "subscribe", 1, v=VERSION, interval=SHORTEST_INTERVAL
    )


def test_more_than_four_deltas_a_second_are_not_to_be_had() -> None:
    assert decode_request(b'{"do": "subscribe", "id": 1, "interval": 0.001}').interval == 0.25
    assert decode_request(b'{"do": "subscribe", "id": 1, "interval": 2}').interval == 2


@pytest.mark.parametrize(
    "rest", ['"do": 1', '"x": 1', '"do": "kick", "session": "1"', '"do": "kick", "session": true']
)
def test_a_bad_request_knows_the_number_that_the_answer_is_to_refer_to(rest: str) -> None:
    with pytest.raises(BadRequest) as caught:
        decode_request(f'{{"id": 7, {rest}}}'.encode())
    assert caught.value.id == 7


@pytest.mark.parametrize("interval", ["NaN", "Infinity", "1e300", "true", '"1"', "9" * 400])
def test_an_interval_that_is_no_length_of_time_is_a_bad_request(interval: str) -> None:
    with pytest.raises(BadRequest):
        decode_request(f'{{"do": "subscribe", "id": 7, "interval": {interval}}}'.encode())
