"""The filter's language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.monitor.sessions.fields import BY_NAME
from clients.monitor.sessions.model import Now
from clients.monitor.sessions.query import parse
from core.formats.feed import Row
from tests.clients.monitor.sample import PLAIN, line

NOW = Now(1000.0, 1000.0)


def matches(text: str, row: Row = PLAIN) -> bool:
    """Whether the filter shows that session."""
    return parse(text)(line(row), NOW)


def test_nothing_asks_for_all() -> None:
    assert matches("")
    assert matches("   ")


def test_a_field_is_asked_for_a_part_of_its_text_whatever_the_case() -> None:
    assert matches("srv:CHAT peer:127. user:an")
    assert not matches("srv:echo")


def test_a_name_is_found_however_its_letters_are_encoded() -> None:
    row = PLAIN._replace(user="Zo\xeb")
    assert matches("user:ZOE\u0308", row)
    assert matches("user=zoe\u0308", row)


def test_all_terms_must_hold() -> None:
    assert not matches("srv:chat user:bob")


def test_an_exclamation_mark_turns_a_term_round() -> None:
    assert matches("!user:bob")
    assert not matches("!user:ann")


def test_a_word_alone_is_looked_for_in_every_text() -> None:
    assert matches("50000")
    assert not matches("nobody")


def test_waiting_bytes_are_compared_with_a_prefix() -> None:
    assert matches("outq>64k", PLAIN._replace(waiting=64_001))
    assert not matches("outq>64k", PLAIN._replace(waiting=64_000))
    assert matches("outq>=64k outq<=64K", PLAIN._replace(waiting=64_000))


def test_times_are_compared_with_a_unit() -> None:
    assert matches("age>1m age<2m")
    assert matches("idle=2s")


def test_a_name_that_looks_like_markup_is_only_a_name() -> None:
    assert matches("user:[/foo]", PLAIN._replace(user="[/foo]"))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("colour:red", "there is no field 'colour'"),
        ("outq>", "outq>: expected bytes, such as 64k"),
        ("outq>many", "outq>many: expected bytes"),
        ("outq>1x", "expected bytes"),
        ("outq>5m", "expected bytes"),
        ("in>1d", "expected bytes"),
        ("rate>1s", "expected bytes"),
        ("age>64k", "expected a time, such as 30s, 5m"),
        ("idle>1M", "expected a time"),
        ("id>1k", "expected a number, such as 12"),
        ("id=1|k", "id=k: expected a number"),
        ("user>3", "user is text"),
    ],
)
def test_a_wrong_filter_is_told_in_one_line_what_is_wrong(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem) as caught:
        parse(text)
    assert "\n" not in str(caught.value)


@given(st.text())
def test_whatever_is_typed_either_asks_for_something_or_is_refused(text: str) -> None:
    try:
        predicate = parse(text)
    except ValueError:
        return
    assert predicate(line(), NOW) in (True, False)


SIGNS = st.sampled_from([":", "<", ">", "=", "<=", ">="])


@given(st.sampled_from(sorted(BY_NAME)), SIGNS, st.text("0123456789.kMGsmhdx-"))
def test_what_is_wrong_with_a_filter_fits_in_a_line(name: str, sign: str, value: str) -> None:
    problem = ""
    try:
        parse(name + sign + value)(line(), NOW)
    except ValueError as error:
        problem = str(error)
    assert len(problem.splitlines()) <= 1


@given(st.text(min_size=1).filter(lambda text: not text.isspace()))
def test_a_term_and_its_opposite_share_the_sessions(word: str) -> None:
    word = "user:" + "".join(word.split())
    assert matches(word) != matches("!" + word)


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("in>=1.5M in<=1500k", PLAIN._replace(bytes_in=1_500_000)),
        ("out>=2G", PLAIN._replace(bytes_out=2_000_000_000)),
        ("age>=1m age<=1m", PLAIN._replace(opened=940.0)),
        ("age>=2h age<=2h", PLAIN._replace(opened=1000.0 - 7200)),
        ("age=1d", PLAIN._replace(opened=1000.0 - 86400)),
    ],
)
def test_each_field_has_its_own_units(text: str, row: Row) -> None:
    assert matches(text, row)


def test_a_bar_separates_alternatives() -> None:
    assert matches("user:bob|ann srv:echo|chat")
    assert matches("bob|ann")
    assert matches("id=7|1")
    assert not matches("user:bob|eve")
    assert not matches("!user:bob|ann")
    assert matches("!user:bob|eve")


def test_a_bar_without_a_second_text_changes_nothing() -> None:
    assert not matches("user:bob|")
    assert matches("user:|ann")
    assert not matches("user:|")
    assert matches("user:|", PLAIN._replace(user="a|b"))
