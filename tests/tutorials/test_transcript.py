"""`check --trace`: each step, with the sent and the received data in two columns."""

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tutorials.course.checker import check
from tutorials.course.evidence import Event, Evidence, Record
from tutorials.course.report import Outcome
from tutorials.course.shelf import find
from tutorials.transcript import in_columns, trace_lines

lesson = find("2")
assert lesson is not None
OUTCOME = Outcome(lesson, lesson.solution, 7, ["calm"], 1.0)

EVENTS = [
    Event(5.0, "step", "1  a word"),
    Event(5.1, "sent", b"word\r\n", "visitor 1"),
    Event(5.25, "came", b"4 characters, 4 bytes\r\n", "visitor 1"),
    Event(6.0, "step", "2  a second visitor"),
    Event(6.5, "sent", b"a longer word\r\n", "visitor 2"),
    Event(6.75, "came", "(the end of the stream)", "visitor 2"),
]


def test_what_is_sent_stands_left_of_what_comes_with_times_from_the_beginning() -> None:
    assert [line.rstrip() for line in in_columns(EVENTS)] == [
        "  step 1  a word",
        '   0.100  b"word\\r\\n" visitor 1',
        '   0.250                                     b"4 characters, 4 bytes\\r\\n"',
        "                                             visitor 1",
        "  step 2  a second visitor",
        '   1.500  b"a longer word\\r\\n" visitor 2',
        "   1.750                                     (the end of the stream) visitor 2",
    ]


def test_a_single_visitor_is_not_named() -> None:
    assert [line.rstrip() for line in in_columns(EVENTS[:2])][1] == '   0.100  b"word\\r\\n"'


@given(st.lists(st.tuples(st.sampled_from(["sent", "came"]), st.binary(max_size=300), st.sampled_from("ab"))))
def test_no_line_is_wider_than_80_columns(events: list[tuple[str, bytes, str]]) -> None:
    lines = in_columns([Event(number, kind, what, by) for number, (kind, what, by) in enumerate(events)])
    assert all(len(line.rstrip()) <= 80 for line in lines)


def test_there_is_a_trace_of_each_weather_and_the_tracebacks_come_last() -> None:
    evidence = Evidence(records=[Record("ERROR", "failed", "KeyError", "1", 3, "Traceback:\n  \x1b[2J")])
    outcome = replace(OUTCOME, weathers=["calm", "slice"], traces=[EVENTS[:1], EVENTS[:1]], evidence=evidence)
    lines = trace_lines(outcome)
    assert [line for line in lines if "weather" in line] == [
        "Trace in the weather calm: after how many seconds, what was sent to the program,",
        "Trace in the weather slice: after how many seconds, what was sent to the",
    ]
    assert lines[-2:] == ["Traceback:", "  ␛[2J"]


def test_the_trace_of_a_check_has_each_step_and_its_bytes_in_both_directions() -> None:
    assert lesson is not None
    outcome = check(lesson, lesson.solution, 1, ["calm"])
    lines = trace_lines(outcome)
    steps = [line for line in lines if line.startswith("  step ")]
    assert len(steps) == lesson.total
    (events,) = outcome.traces
    sent = b"".join(
        [event.what for event in events if event.kind == "sent" and isinstance(event.what, bytes)]
    )
    came = b"".join(
        [event.what for event in events if event.kind == "came" and isinstance(event.what, bytes)]
    )
    assert sent.count(b"\n") == came.count(b"\n") > 5
    times = [float(found[1]) for line in lines if (found := re.match(r" +(\d+\.\d{3})  ", line))]
    assert times == sorted(times)


def test_the_trace_of_a_client_has_what_is_typed_and_what_is_printed() -> None:
    lesson = find("11")
    assert lesson is not None
    (events,) = check(lesson, lesson.solution, 1, ["calm"]).traces
    said = {
        name: b"".join([each.what for each in events if each.by == name and isinstance(each.what, bytes)])
        for name in ("the keyboard", "printed", "on stderr")
    }
    assert said["the keyboard"].count(b"\n") == 5
    assert said["printed"].replace(b"\r", b"").count(b"\n") == 11
    assert said["on stderr"].count(b"the server is gone") == 2


def test_what_is_printed_is_told_from_the_datagrams() -> None:
    events = [Event(0.0, "came", b"Q 1"), Event(1.0, "came", b"1 word\n", "printed")]
    assert [line.split()[1:] for line in in_columns(events)] == [
        ['b"Q', '1"'],
        ['b"1', 'word\\n"', "printed"],
    ]
