"""A burst at once, then lines at a constant rate."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.testing import Clock
from servers.chat.token_bucket import Rate, TokenBucket, parse_rate


def test_after_the_burst_each_line_waits_for_a_token() -> None:
    clock = Clock()
    bucket = TokenBucket(Rate(3, 5), clock)
    assert [bucket.take() for _ in range(3)] == [0, 0, pytest.approx(0.2)]
    clock.advance(0.2)
    assert bucket.take() == pytest.approx(0.2)


def test_a_bucket_never_holds_more_than_the_burst() -> None:
    clock = Clock()
    bucket = TokenBucket(Rate(2, 5), clock)
    clock.advance(1e9)
    assert [bool(bucket.take()) for _ in range(2)] == [False, True]


@given(st.integers(1, 20), st.floats(0.1, 1000), st.lists(st.floats(0, 10), max_size=200))
def test_a_sender_that_waits_as_told_stays_within_burst_and_rate(
    burst: int, rate: float, idle: list[float]
) -> None:
    clock = Clock()
    bucket = TokenBucket(Rate(burst, rate), clock)
    for taken, seconds in enumerate(idle, 1):
        assert taken <= burst + rate * clock.seconds() + 1e-6
        clock.advance(bucket.take() + seconds)


@pytest.mark.parametrize(
    ("text", "rate"),
    [("10,5", Rate(10, 5)), ("1,0.5", Rate(1, 0.5)), (" 2 , 3 ", Rate(2, 3)), ("off", None)],
)
def test_a_rate_is_burst_and_lines_a_second_or_off(text: str, rate: Rate | None) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize(
    "text", ["", "10", "10,", ",5", "0,5", "10,0", "-1,5", "nan,5", "10,inf", "a,b", "1,2,3"]
)
def test_any_other_text_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="10,5"):
        parse_rate(text)


@given(st.text())
def test_any_text_is_parsed_or_raises_value_error(text: str) -> None:
    try:
        rate = parse_rate(text)
    except ValueError:
        return
    assert rate is None or rate.per_second > 0
