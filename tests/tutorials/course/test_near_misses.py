"""Mistakes that resemble a known one: each has the explanation that is true of it, or none."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tutorials.course.checker import check
from tutorials.course.report import report
from tutorials.course.shelf import find

RIGHT = Path(__file__).with_name("right")


@dataclass(frozen=True)
class NearMiss:
    """The solution of a lesson with edits, and the ID of the mistake that is told, "" for none.

    With `right` the edits are those of the right program of another design.
    """

    lesson: str
    mistake: str
    edits: dict[str, str]
    right: bool = False


NEAR_MISSES = {
    "the_pieces_are_joined_in_the_wrong_order": NearMiss(
        "3", "drops_rest", {"self.buffer += data": "self.buffer = data + self.buffer"}
    ),
    "the_end_of_a_number_is_no_number": NearMiss("3", "raised", {"int(one)": 'int(one + b"x")'}),
    "the_empty_part_is_taken_for_a_line": NearMiss(
        "3",
        "chunk_is_line",
        {
            "*lines, self.buffer = self.buffer": "lines, self.buffer = self.buffer",
            'split(b"\\n")': 'split(b"\\n"), b""',
        },
    ),
    "a_reset_without_abort_connection": NearMiss(
        "1", "raised", {"self.transport.lose_connection()": "raise KeyError"}
    ),
    **{
        f"lesson_{number}_aborts": NearMiss(number, "aborts", {"lose_connection()": "abort_connection()"})
        for number in "57"
    },
    **{
        f"a_bye_comes_with_line_{number}_of_the_fourth_visitor": NearMiss(
            "9",
            "never_reset",
            {
                "class Echo(LineReceiver):": "class Echo(LineReceiver):\n    lines = 0\n",
                "self.send_line(line)": "self.send_line(line)\n        Echo.lines += 1\n"
                f"        if Echo.lines == 5005 + {number}:\n            self.give_up()",
            },
        )
        for number in (1, 2, 3)
    },
    "the_producer_is_not_unregistered": NearMiss(
        "10", "forgets_end", {"        self.transport.unregister_producer()\n": ""}
    ),
    "the_protocol_is_not_resumed": NearMiss(
        "10", "forgets_end", {"producer()\n        self.resume_producing()": "producer()"}
    ),
    "a_line_is_printed_twice_although_nothing_came_twice": NearMiss(
        "14",
        "",
        {"print(self.results[self.printed])": "print(*2 * [self.results[self.printed]], sep=chr(10))"},
    ),
    "answers_get_the_numbers_in_which_they_came": NearMiss(
        "14",
        "",
        {"self.finish(int(number)": "number = len(self.results) + 1\n        self.finish(int(number)"},
    ),
    "a_line_that_is_no_text_ends_its_connection": NearMiss(
        "16", "not_bytes", {"line + b": "line.decode().encode() + b"}
    ),
    "blanks_are_removed": NearMiss("16", "", {"line + b": "line.strip() + b"}),
    "the_text_comes_only_when_the_visitor_has_gone": NearMiss(
        "1", "", {"connection_made(self)": "connection_lost(self, reason: Exception)"}
    ),
    "the_answer_is_written_after_lose_connection": NearMiss(
        "1",
        "written_late",
        {"self.transport.write": "self.transport.lose_connection(); self.transport.write"},
    ),
    "the_coroutine_is_not_started": NearMiss(
        "12",
        "not_awaited",
        {"Deferred.from_coroutine(self.answer(line.decode()))": "self.answer(line.decode())"},
    ),
    "what_is_unknown_has_a_question_mark": NearMiss("12", "", {'"unknown"': '"?"'}),
    "a_method_has_a_wrong_name": NearMiss("1", "warned", {"connection_made": "connectionMade"}),
    "a_thread_waits_for_the_visitor": NearMiss(
        "1", "waits_for_data", {"connection.sendall": "connection.recv(1); connection.sendall"}, right=True
    ),
    "a_thread_does_not_flush_its_answers": NearMiss(
        "3", "", {'makefile("rb")': 'makefile("rwb")', "connection.sendall(": "lines.write("}, right=True
    ),
    "a_look_up_is_part_of_the_program": NearMiss(
        "12", "", {"await defer_to_thread(reactor, look_up, word)": "word[::-1]"}
    ),
    "bye_is_text": NearMiss("9", "raised", {'b"bye"': '"bye"'}),
    "the_end_of_sending_does_not_end_the_connection": NearMiss(
        "9", "stays_open", {"    def give_up": "    def read_connection_lost(self): pass\n\n    def give_up"}
    ),
    "a_plain_socket_raises": NearMiss("4", "crashed", {"WRITE, data)": "WRITE, data.decode().encode())"}),
    "the_time_is_too_long": NearMiss("9", "no_timer", {"TIMEOUT = 0.5": "TIMEOUT = 5.0"}),
    "there_are_six_tries": NearMiss("15", "never_ends", {"TRIES, FIRST_DELAY = 5": "TRIES, FIRST_DELAY = 6"}),
    "a_reset_is_not_caught": NearMiss(
        "15",
        "raised",
        {"ConnectionClosed, ": "ConnectionDone, ", "(OSError, ConnectionClosed)": "ConnectionDone"},
    ),
    "the_status_is_0_if_the_port_is_taken": NearMiss(
        "16", "", {"sys.exit(error.strerror)": "sys.exit(print(error.strerror, file=sys.stderr))"}
    ),
}


@pytest.mark.parametrize("name", NEAR_MISSES)
def test_a_near_miss_has_its_own_explanation_or_none(name: str, tmp_path: Path) -> None:
    near_miss = NEAR_MISSES[name]
    lesson = find(near_miss.lesson)
    assert lesson is not None
    text = (RIGHT / lesson.file if near_miss.right else lesson.solution).read_text("utf-8")
    for before, after in near_miss.edits.items():
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    path = tmp_path / lesson.file
    path.write_text(text, "utf-8")
    outcome = check(lesson, path, 1)
    assert outcome.evidence is not None
    told = outcome.explanation.mistake if outcome.explanation else ""
    assert told == near_miss.mistake, "\n".join(report(outcome))
