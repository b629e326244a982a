"""The functions for a check.py: times that are measured again, and datagrams that are no questions."""

import socket
import time
from itertools import count
from pathlib import Path

import pytest

from tutorials.course import steps
from tutorials.course.checker import check
from tutorials.course.peers import Peer
from tutorials.course.program import Program
from tutorials.course.report import Outcome, report
from tutorials.course.shelf import find
from tutorials.course.steps import World


def checked(tmp_path: Path, number: str, *edits: tuple[str, str]) -> Outcome:
    """The outcome of the check of a lesson for its solution, with edits."""
    lesson = find(number)
    assert lesson is not None
    text = lesson.solution.read_text("utf-8")
    for before, after in edits:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    path = tmp_path / lesson.file
    path.write_text(text, "utf-8")
    return check(lesson, path, 1)


@pytest.mark.parametrize(("late", "passes"), [(2, True), (3, False)])
def test_a_time_that_is_wrong_is_measured_three_times(tmp_path: Path, late: int, passes: bool) -> None:
    begin = "reactor.call_later(late.pop() if late else 0.0, self.send_next)"
    outcome = checked(
        tmp_path,
        "5",
        ('go\\n"]\n        self.send_next()', f'go\\n"]\n        {begin}'),
        ("reactor = Reactor()", f"late = {late} * [0.4]\nreactor = Reactor()"),
    )
    assert (outcome.evidence is None) is passes, "\n".join(report(outcome))


@pytest.mark.parametrize("number", ["5", "9", "12"])
def test_a_program_may_start_slowly(number: str, tmp_path: Path) -> None:
    busy = "import time\n\nwhile time.process_time() < 0.7:  # since the process began\n    pass\n"
    outcome = checked(tmp_path, number, ("\nreactor.run()\n", f"\n{busy}reactor.run()\n"))
    assert outcome.evidence is None, "\n".join(report(outcome))


def test_no_visitor_of_lesson_9_waits_while_the_check_draws_its_many_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def draw_slowly(world: World) -> str:
        end = time.thread_time() + 0.0002
        while time.thread_time() < end:
            pass
        return draw(world)

    draw = World.accented_word
    monkeypatch.setattr(World, "accented_word", draw_slowly)
    outcome = checked(tmp_path, "9", ('self.send_line(b"bye")', 'self.send_line("bye")'))
    assert outcome.step == 4, "\n".join(report(outcome))


def test_lines_of_lesson_5_that_the_check_reads_late_were_not_sent_in_one_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def receive_late(peer: Peer, data: bytes) -> None:
        if not peer.came:
            end = time.monotonic() + 0.25
            while time.monotonic() < end:
                pass
        receive(peer, data)

    receive = Peer.data_received
    monkeypatch.setattr(Peer, "data_received", receive_late)
    late = 'go\\n"]\n        reactor.call_later(INTERVAL, self.send_next)'
    outcome = checked(tmp_path, "5", ('go\\n"]\n        self.send_next()', late))
    assert outcome.explanation is not None
    assert outcome.explanation.mistake == "not_at_once"


def test_a_datagram_that_is_no_question_is_shown(tmp_path: Path) -> None:
    outcome = checked(tmp_path, "14", ('b"Q %d"', r'b"Q %d\n"'))
    assert outcome.evidence is not None
    assert (outcome.evidence.expected, outcome.evidence.came) == (b"Q 1", b"Q 1\n")
    assert outcome.explanation is None


def test_a_client_that_ends_without_a_question_is_told(tmp_path: Path) -> None:
    outcome = checked(
        tmp_path,
        "14",
        ("reactor.listen_udp(0, client)\nreactor.run()\nsys.exit", "print"),
        ("client.results", "{}"),
    )
    assert outcome.explanation is not None
    assert outcome.explanation.mistake == "ended"


def test_if_the_free_port_was_taken_in_between_the_program_is_started_once_more_with_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free_port = steps.free_port
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = iter([other.getsockname()[1]])
        monkeypatch.setattr(steps, "free_port", lambda: next(taken, 0) or free_port())
        outcome = checked(tmp_path, "2")
    assert outcome.evidence is None, "\n".join(report(outcome))


def test_a_program_that_spins_is_waited_for_until_it_has_got_a_processor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, cpu = count(), Program.cpu
    monkeypatch.setattr(Program, "cpu", lambda program: cpu(program) if next(looks) > 100 else 0.0)
    outcome = checked(tmp_path, "4", ("selector.select()", "selector.select(0)"))
    assert outcome.explanation is not None
    assert outcome.explanation.mistake == "spins"


@pytest.mark.parametrize(("answer", "is_named"), [("b'?'", True), ("answer.encode()", False)])
def test_the_line_that_wrote_is_named_for_wrong_bytes_and_not_for_missing_ones(
    tmp_path: Path, answer: str, is_named: bool
) -> None:
    outcome = checked(
        tmp_path,
        "2",
        ("self.send_line(answer.encode())", f"told.append(1) or told[1:] or self.send_line({answer})"),
        ("reactor = Reactor()", "told = []\nreactor = Reactor()"),
    )
    evidence = outcome.evidence
    assert evidence is not None
    line = evidence.wrote and evidence.source.splitlines()[evidence.wrote - 1]
    assert ("self.send_line" in str(line)) is is_named
