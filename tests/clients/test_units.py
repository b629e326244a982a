"""Numbers for display, and the units in which the user writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.units import amount, duration, listed, milliseconds, plural, rate, sparkline


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1.0k"),
        (1234, "1.2k"),
        (99_960, "100k"),
        (3_400_000, "3.4M"),
        (1e15, "1000T"),
    ],
)
def test_an_amount_has_three_digits_and_a_prefix(value: float, shown: str) -> None:
    assert amount(value) == shown


@given(st.floats(0, 9e14))
def test_an_amount_is_never_wider_than_five_characters(value: float) -> None:
    assert len(amount(value)) <= 5


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(-3, "0s"), (59.9, "59s"), (192, "3m12s"), (3700, "1h01m"), (90_000, "1d01h")],
)
def test_a_duration_has_two_parts_at_most(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


def test_what_does_not_flow_is_a_dot() -> None:
    assert [rate(0), rate(1200)] == ["·", "1.2k/s"]


def test_a_long_lag_is_told_in_seconds() -> None:
    assert [milliseconds(0.41), milliseconds(250), milliseconds(3210)] == ["0.4 ms", "250 ms", "3.2 s"]


def test_one_is_not_many() -> None:
    assert [plural(1, "session"), plural(2345, "session")] == ["1 session", "2,345 sessions"]


def test_a_sparkline_shows_the_last_values_below_the_highest() -> None:
    assert sparkline([9, 0, 4, 8], 3) == "▁▅█"
    assert sparkline([1], 3, top=8) == "  ▂"
    assert sparkline([0, 0], 2) == "▁▁"


def test_of_many_names_the_rest_is_counted() -> None:
    assert listed(["a"]) == "a"
    assert listed(["a", "b"]) == "a and b"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed([*"abcde"]) == "a, b, c and 2 more"
    assert listed([]) == ""
