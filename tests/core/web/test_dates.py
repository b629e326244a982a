"""HTTP dates: three forms are read, one is written."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.web import datetime_to_string, string_to_datetime


@pytest.mark.parametrize(
    "date",
    [b"Sun, 06 Nov 1994 08:49:37 GMT", b"Sunday, 06-Nov-94 08:49:37 GMT", b"Sun Nov  6 08:49:37 1994"],
)
def test_the_three_forms_of_a_date_are_read(date: bytes) -> None:
    assert string_to_datetime(date) == 784111777


@pytest.mark.parametrize(
    "date",
    [
        b"",
        b"now",
        b"784111777",
        b"Sun, 06 Nov 1994 08:49:37",
        b"Sun, 06 Nov 1994 08:49:37 CET",
        b"Sun, 31 Feb 1994 08:49:37 GMT",
        b"Sun, 00 Nov 1994 08:49:37 GMT",
        b"Sun, 06 Nix 1994 08:49:37 GMT",
        b"Sun, 06 Nov 1994 24:49:37 GMT",
        b"Sun, 06 Nov 1994 08:60:37 GMT",
        b"Sun, 06 Nov 1994 08:49:61 GMT",
        b"Sun, 06 Nov 0000 08:49:37 GMT",
        b"Sun, 06 Nov 1994 08:49:37 GMT\xff",
    ],
)
def test_what_is_no_date_is_a_value_error(date: bytes) -> None:
    with pytest.raises(ValueError, match="not an HTTP date"):
        string_to_datetime(date)


def test_a_year_of_two_digits_is_at_most_fifty_years_away() -> None:
    year = (time.gmtime().tm_year + 51) % 100
    seconds = string_to_datetime(b"Sunday, 06-Nov-%02d 08:49:37 GMT" % year)
    assert time.gmtime(seconds).tm_year == time.gmtime().tm_year + 51 - 100


def test_a_year_of_two_digits_that_is_this_one_is_not_a_hundred_years_ago() -> None:
    year = time.gmtime().tm_year
    seconds = string_to_datetime(b"Sunday, 06-Nov-%02d 08:49:37 GMT" % (year % 100))
    assert time.gmtime(seconds).tm_year == year


@given(st.integers(0, 253402300799))
def test_a_date_that_is_written_can_be_read(seconds: int) -> None:
    assert string_to_datetime(datetime_to_string(seconds)) == seconds


@given(st.binary(max_size=40))
def test_bytes_are_a_date_or_a_value_error(date: bytes) -> None:
    try:
        string_to_datetime(date)
    except ValueError:
        pass


def test_without_seconds_the_date_is_that_of_now() -> None:
    assert abs(string_to_datetime(datetime_to_string()) - time.time()) < 60
