"""The board's table: its columns fit, and the commonest mistake is that of the learners who are here."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tutorials.board.table import commonest, document, duration, fit, heading, line, summary, table
from tutorials.board.wire import Row, Status


def row(name: str, mistake: str = "", here: bool = True, **facts: object) -> Row:
    """A learner at step 3 of lesson 2."""
    changed = {"lesson": 2, "step": 3, "result": "not yet", "tries": 4, "hints": 1, **facts}
    return Row(name, here, 65, Status(mistake=mistake, **changed))  # type: ignore[arg-type]


def test_the_table_says_who_is_where() -> None:
    rows = [row("ann", "latin1", hand=True), row("bob", "latin1"), row("cem", "replaced", here=False)]
    assert table(rows, 80) == [
        "2 learners, 1 gone, 1 hand raised",
        "Commonest mistake now: latin1 in lesson 2 (2 learners). Latin-1 decodes every",
        "byte, so it cannot tell what is no text. The course's text is UTF-8.",
        "",
        "hand name            lesson       step result  mistake           for tries hints",
        "hand ann             2 bytes       3/9 not yet latin1          1 min     4     1",
        "     bob             2 bytes       3/9 not yet latin1          1 min     4     1",
        "gone cem             2 bytes       3/9 not yet replaced        1 min     4     1",
    ]


def test_of_an_empty_board_only_the_sum_is_shown() -> None:
    assert table([], 80) == ["0 learners, no hands raised"]


@given(st.text(max_size=24), st.integers(80, 200))
def test_no_line_is_wider_than_the_screen(name: str, width: int) -> None:
    learner = Row(name, True, 10**6, Status(16, 99_999, "not yet", "m" * 40, 99_999, 99_999, True))
    assert cell_len(line(learner, width)) <= width
    assert cell_len(heading(width)) <= width


@given(st.text(), st.integers(2, 30))
def test_a_fitted_text_has_exactly_the_width(text: str, width: int) -> None:
    assert cell_len(fit(text, width)) == width


def test_mistakes_of_those_who_have_left_do_not_count() -> None:
    assert commonest([row("ann"), row("cem", "replaced", here=False)]) is None
    found = commonest([row("a", "x"), row("b", "x", lesson=3), row("c", "x", lesson=3)])
    assert found is not None
    assert (found.lesson, found.mistake, found.learners) == (3, "x", 2)
    assert found.text() == "Commonest mistake now: x in lesson 3 (2 learners)."


def test_a_lesson_that_is_not_here_is_shown_by_its_number() -> None:
    assert "99 ?" in line(Row("ann", True, 1, Status(99, 1, "passed")), 80)
    assert line(Row("ann", True, 1, Status()), 80).split() == ["ann", "1", "s", "0", "0"]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (59, "59 s"), (60, "1 min"), (5999, "99 min"), (7300, "2 h")]
)
def test_a_time_is_told_in_its_greatest_unit(seconds: int, text: str) -> None:
    assert duration(seconds) == text


def test_the_document_has_all_of_it_in_one_line() -> None:
    text = document([row("ann", "latin1", hand=True)])
    assert "\n" not in text
    assert json.loads(text) == {
        "learners": [
            {
                "name": "ann", "here": True, "seconds": 65, "lesson": 2, "step": 3, "result": "not yet",
                "mistake": "latin1", "tries": 4, "hints": 1, "hand": True,
            }
        ],
        "hands": ["ann"],
        "commonest": {"lesson": 2, "mistake": "latin1", "learners": 1},
    }  # fmt: skip
    assert json.loads(document([]))["commonest"] is None
    assert summary([row("a"), row("b")]) == "2 learners, no hands raised"
