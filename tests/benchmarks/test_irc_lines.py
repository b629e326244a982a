"""The loop of random lines for IRC's formats: its checks hold, and each of them finds a mistake."""

import logging
from collections.abc import Iterator
from itertools import islice

import pytest

from benchmarks import irc_lines


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def test_the_same_seed_gives_the_same_lines() -> None:
    first, again, other = ([*islice(irc_lines.random_lines(seed), 50)] for seed in (1, 1, 2))
    assert first == again != other
    assert not any(b"\n" in line for line in first)


def test_no_random_line_breaks_a_promise() -> None:
    irc_lines.run(5000, seed=2, report=False)


def test_a_line_that_breaks_a_promise_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(irc_lines, "low_quote", lambda text: text)
    with pytest.raises(AssertionError, match=r"line \d+, b.*: quoting"):
        irc_lines.run(5000, seed=2, report=False)
