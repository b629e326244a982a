"""The board's messages: a parsed message is limited and visible, and anything else is a ValueError."""

import json
from argparse import ArgumentTypeError
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.formats.text import visible
from tutorials.board.wire import (
    LONGEST_LINE,
    MOST,
    RESULTS,
    Row,
    Status,
    as_line,
    as_name,
    as_row,
    as_status,
    board_address,
    row_fields,
)

NUMBERS = st.integers(0, MOST)
STATUSES = st.builds(
    Status,
    *(NUMBERS, NUMBERS, st.sampled_from(RESULTS), st.from_regex(r"[a-z0-9_]{0,40}", fullmatch=True)),
    *(NUMBERS, NUMBERS, st.booleans()),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda each: st.lists(each, max_size=3),
    max_leaves=3,
)
FIELDS = st.dictionaries(st.sampled_from([*asdict(Status()), "name", "here", "seconds"]), JSON)


@given(STATUSES)
def test_a_state_is_read_as_it_was_sent(status: Status) -> None:
    assert as_status(json.loads(json.dumps(asdict(status)))) == status
    row = Row("ann", True, 7, status)
    assert as_row(json.loads(json.dumps(row_fields(row)))) == row


@given(FIELDS)
def test_any_object_is_a_state_or_a_value_error(fields: dict[str, object]) -> None:
    for read in (as_status, as_row):
        try:
            read(fields)
        except ValueError:
            continue


@pytest.mark.parametrize(
    "changed",
    [
        *({"lesson": -1}, {"tries": MOST + 1}, {"step": True}, {"hints": "1"}),
        *({"result": "great"}, {"mistake": "a b"}, {"mistake": "x" * 41}, {"mistake": None}, {"hand": 1}),
    ],
)
def test_a_state_with_a_wrong_value_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        as_status({**asdict(Status()), **changed})


@given(st.text())
def test_a_name_is_visible_and_short_or_refused(text: str) -> None:
    try:
        name = as_name(text)
    except ValueError:
        return
    assert 1 <= len(name) <= 24
    assert name == visible(name)
    assert "\t" not in name


def test_names_and_lines_with_control_characters_are_made_visible() -> None:
    assert as_name(" \x1b[2Jann ") == "␛[2Jann"
    assert as_line("\x07hello") == "␇hello"
    assert len(as_line("x" * 1000)) == LONGEST_LINE
    for wrong in ("", "  ", "x" * 25, 5, None):
        with pytest.raises(ValueError):
            as_name(wrong)


def test_a_board_has_an_address_and_the_usual_port() -> None:
    assert str(board_address("192.0.2.7:9000")) == "tcp:192.0.2.7:9000"
    assert str(board_address("teacher.local")) == "tcp:teacher.local:8900"
    with pytest.raises(ArgumentTypeError, match="the host is missing or has a blank in it"):
        board_address("a b:1")
