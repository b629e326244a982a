"""The text of a report: bytes, carets, and windows of long texts."""

import ast
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutorials.course.evidence import Evidence, Kind, Place, Record, Sent
from tutorials.course.mistakes import Explanation
from tutorials.course.report import (
    Outcome,
    Window,
    as_json,
    came_lines,
    came_text,
    difference,
    first_difference,
    literal,
    report,
    show_sent,
)
from tutorials.course.shelf import find

LESSON = find("2")
assert LESSON is not None


def outcome(evidence: Evidence | None, explanation: Explanation | None = None) -> Outcome:
    """The outcome of a check of lesson 2."""
    assert LESSON is not None
    return Outcome(LESSON, Path("my_lessons/02_bytes.py"), 7, ["calm", "slice"], 1.44, evidence, explanation)


def evidence(kind: Kind, expected: bytes | str, came: bytes | str) -> Evidence:
    """The evidence of a step that failed in this way."""
    return Evidence("a title", 3, 9, kind=kind, expected=expected, came=came)


@given(st.binary())
def test_bytes_are_shown_as_python_shows_them_with_double_quotes(data: bytes) -> None:
    assert literal(data).startswith('b"')
    assert ast.literal_eval(literal(data)) == data


@given(st.binary(), st.binary())
def test_the_caret_stands_below_the_first_wrong_byte(expected: bytes, came: bytes) -> None:
    if expected == came:
        return
    place = first_difference(expected, came)
    assert expected[:place] == came[:place]
    assert expected[place : place + 1] != came[place : place + 1]
    _, shown, caret = difference(evidence(Kind.WRONG, expected, came))
    window = Window.around(place, max(len(expected), len(came)))
    column = caret.index("^")
    before = shown[:column]
    assert before.lstrip("…") + '"' == literal(came[window.first : place])


def test_a_wrong_byte_is_named_in_hexadecimal_and_as_a_letter() -> None:
    lines = came_lines(evidence(Kind.WRONG, b"4 characters", b"5 characters"))
    assert lines == ['b"5 characters"', '  ^ first wrong byte: number 0, came 35 "5", expected 34 "4"']
    lines = came_lines(evidence(Kind.WRONG, b"a\xff", b"a\x00"))
    assert lines[1] == "   ^ first wrong byte: number 1, came 00, expected ff"
    for byte, name in ((b"\x1f", "1f"), (b" ", '20 " "'), (b"~", '7e "~"'), (b"\x7f", "7f")):
        caret = came_lines(evidence(Kind.WRONG, b"a", byte))[1]
        assert caret.endswith(f'came {name}, expected 61 "a"')


def test_too_little_and_too_much_are_called_that() -> None:
    assert (
        came_lines(evidence(Kind.LITTLE, b"hello", b"hel"))[1].strip()
        == "^ after byte number 2, 2 more were expected"
    )
    much = came_lines(evidence(Kind.MUCH, b"hel", b"hello"))[1].strip()
    assert much == "^ from byte number 3 on, nothing more was expected"


def test_of_a_long_text_24_bytes_on_either_side_are_shown() -> None:
    expected, came, caret = difference(evidence(Kind.WRONG, b"a" * 8192, b"a" * 4100 + b"b" + b"a" * 4091))
    window = "a" * 24
    assert expected == f'…b"{window}{window}"…  bytes 4,076 to 4,124 of 8,192'
    assert came == f'…b"{window}b{"a" * 23}"…  bytes 4,076 to 4,124 of 8,192'
    assert caret.index("^") == came.index("b", 3)


def test_several_visitors_are_told_apart_and_one_is_not_named() -> None:
    assert show_sent(Sent(b"hi", "visitor 1"), names=False) == 'b"hi"'
    assert show_sent(Sent(b"hi", "visitor 2", 0.05), names=True) == 'b"hi" by visitor 2, 0.05 s later'
    assert (
        show_sent(Sent("(resets the connection)", "visitor 1"), names=True)
        == "(resets the connection) by visitor 1"
    )


@pytest.mark.parametrize(
    ("unread", "is_waiting", "words"),
    [
        (6, False, "nothing: your program has not read it (6 bytes wait in the kernel)"),
        (1, False, "nothing: your program has not read it (1 byte waits in the kernel)"),
        (0, True, "nothing: your program has read all that was sent, and waits for the next event"),
        (0, False, "nothing"),
    ],
)
def test_nothing_says_whether_it_was_read(unread: int, is_waiting: bool, words: str) -> None:
    seen = evidence(Kind.NOTHING, b"x", "nothing")
    seen.unread, seen.is_waiting = unread, is_waiting
    assert came_text(seen) == words
    assert " ".join(came_lines(seen)) == words


def test_the_log_stands_under_what_came() -> None:
    seen = evidence(Kind.NOTHING, b"x", "nothing")
    seen.records = [
        Record("ERROR", "a handler failed", "ZeroDivisionError", "division by zero", 12),
        Record("WARNING", "Shout has no data_received"),
    ]
    assert came_lines(seen)[1:] == [
        "in the log: ZeroDivisionError: division by zero",
        "in the log: Shout has no data_received",
    ]
    assert "Look at      my_lessons/02_bytes.py:12" in report(outcome(seen))


def test_where_the_program_is_blocked_is_told() -> None:
    seen = evidence(Kind.NOTHING, b"x", "nothing")
    seen.place = Place(17, "LookUp.line_received", "look_up(word)")
    lines = report(outcome(seen))
    assert "  it was at  my_lessons/02_bytes.py:17, look_up(word), in LookUp.line_received" in lines
    assert "Look at      my_lessons/02_bytes.py:17" in lines


def test_a_whole_report() -> None:
    seen = evidence(Kind.WRONG, b"4\r\n", b"5\r\n")
    seen.sent = [Sent(b"gr\xc3\xbcn\r\n", "visitor 1")]
    seen.wrote = 14
    told = Explanation("counts_bytes", "The bytes were counted twice. " * 4, "How long is a word?")
    assert report(outcome(seen, told)) == [
        "Lesson 2, characters and bytes: not yet (2 of 9 steps passed)",
        "",
        "  step 3     a title",
        '  sent       b"gr\\xc3\\xbcn\\r\\n"',
        '  expected   b"4\\r\\n"',
        '  came       b"5\\r\\n"',
        '               ^ first wrong byte: number 0, came 35 "5", expected 34 "4"',
        "",
        "Most likely  The bytes were counted twice. The bytes were counted twice. The",
        "             bytes were counted twice. The bytes were counted twice.",
        "Look at      my_lessons/02_bytes.py:14",
        '             "How long is a word?" in tutorials/lessons/02_bytes/README.md',
        "Again        python -m tutorials check 2 --seed 7 --weather slice",
        "Stuck?       python -m tutorials hint 2",
    ]


def test_without_a_known_mistake_that_is_said() -> None:
    lines = report(outcome(evidence(Kind.WRONG, b"4", b"5")))
    assert "We do not know this mistake. What is above is all that was seen." in lines


def test_what_was_printed_is_shown_by_its_first_and_last_lines() -> None:
    seen = evidence(Kind.NOTHING, b"x", "nothing")
    seen.output = "".join(f"{number} \x1b[31m\n" for number in range(20)).encode()
    lines = report(outcome(seen))
    start = lines.index("  printed    0 ␛[31m")
    assert [line.split()[0] for line in lines[start + 1 : start + 11]] == [
        "1",
        "2",
        "3",
        "4",
        "…",
        "15",
        "16",
        "17",
        "18",
        "19",
    ]


def test_a_program_that_has_passed_is_told_so_in_a_line() -> None:
    assert report(outcome(None)) == [
        "Lesson 2 passed: 9 steps, calm and slice, seed 7, 1.4 s. Next: python -m tutorials next"
    ]


def test_the_outcome_as_json_has_all_keys_in_one_line() -> None:
    seen = evidence(Kind.WRONG, b"4", b"5")
    seen.sent = [Sent(b"x", "visitor 1")]
    text = as_json(outcome(seen, Explanation("counts_bytes", "Counted twice.")))
    assert "\n" not in text
    assert json.loads(text) == {
        "lesson": 2, "result": "not yet", "step": 3, "passed_steps": 2, "sent": ['b"x" by visitor 1'],
        "expected": 'b"4"', "came": 'b"5"', "at": "", "mistake": "counts_bytes", "text": "Counted twice.",
        "where": "my_lessons/02_bytes.py", "log": [], "weather": "slice", "seed": 7, "seconds": 1.44,
    }  # fmt: skip
    passed = json.loads(as_json(outcome(None)))
    assert (passed["result"], passed["passed_steps"], passed["mistake"]) == ("passed", 9, None)


def test_words_are_wrapped_at_80_columns_and_bytes_are_not() -> None:
    seen = evidence(Kind.NOTHING, b"x", "nothing")
    seen.title, seen.is_waiting = "a title of a step that is " + "long, " * 20 + "and ends", True
    seen.records = [Record("WARNING", "a line\n    and a " + "very " * 20 + "long one")]
    lines = report(outcome(seen))
    assert max(len(line) for line in lines) <= 80
    text = " ".join([line.strip() for line in lines])
    assert "long, and ends" in text
    assert "a line and a very very" in text
    assert json.loads(as_json(outcome(seen)))["came"].endswith("waits for the next event")
    wide = evidence(Kind.WRONG, b"y" * 90, b"x" * 90)
    assert any(len(line) > 80 for line in report(outcome(wide)))


def test_output_that_was_not_kept_is_counted() -> None:
    seen = evidence(Kind.WRONG, b"x", b"y")
    seen.errors, seen.dropped = b"one\ntwo\n", (0, 1234)
    assert report(outcome(seen))[6:9] == [
        "  on stderr  one",
        "             two",
        "             … and 1,234 bytes more, which were not kept",
    ]
