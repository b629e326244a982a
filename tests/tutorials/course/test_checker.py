"""Programs that do what no lesson asks for: each is ended, and told what was seen of it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import count, repeat
from pathlib import Path
from uuid import uuid4

import pytest

from tests.running import GUARD, ROOT, environment
from tests.tutorials.course import rows
from tests.tutorials.course.golden import file_of_row, text_of
from tutorials.course import checker
from tutorials.course.checker import check
from tutorials.course.program import PROC
from tutorials.course.report import Outcome, report
from tutorials.course.shelf import Lesson, find

OWN = "REACTOR_SCHOOL_TEST"


def checked(tmp_path: Path, text: str) -> Outcome:
    """The outcome of the check of lesson 2 for this program."""
    lesson = find("2")
    assert lesson is not None
    path = tmp_path / "02_bytes.py"
    path.write_text(text, "utf-8")
    return check(lesson, path, 1, ["calm"])


def mistake(outcome: Outcome) -> str:
    """The ID of the mistake that is told, "" for none."""
    return outcome.explanation.mistake if outcome.explanation else ""


@pytest.fixture(autouse=True)
def own_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mark the processes of this test in their environment: the tests may run several times at once."""
    monkeypatch.setenv(OWN, uuid4().hex)


def marked() -> list[str]:
    """The processes that a check of this test has left behind."""
    own, found = f"{OWN}={os.environ[OWN]}".encode(), []
    for environ in PROC.glob("[0-9]*/environ"):
        try:
            if own in environ.read_bytes().split(b"\0") and environ.parent.name != str(os.getpid()):
                found.append(environ.parent.name)
        except OSError:
            continue
    return found


MISTAKES = {
    **{name: name for name in rows.ROWS},
    "no_name": "no_module",
    "foreign_library": "no_module",
    "many_descriptors": "raises",
    "waits_for_nothing": "silent",
    "reads_stdin": "silent",
    "daemon": "left_behind",
    "prints_much": "",
    **{f"unknown_{name}": "" for name in rows.UNKNOWN},
}
"""The mistake that is told of each program, "" for none."""


@pytest.mark.parametrize("name", rows.PROGRAMS)
def test_a_program_that_no_lesson_asks_for_is_told_what_was_seen_of_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lesson, path = rows.write(name, tmp_path)
    outcome = check(lesson, path, 1, ["calm"])
    assert mistake(outcome) == MISTAKES[name]
    assert text_of(outcome) == file_of_row(name).read_text("utf-8")
    assert marked() == []
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


FAILS = """
from tutorials.course.evidence import Kind, NotYet

failing = {failing}
MISTAKES = []

async def check(world):
    number = failing.pop(0)
    for each in (1, 2, 3):
        with world.step("a step"):
            if each == number:
                raise NotYet(Kind.OTHER, "this", "that")
"""
"""A check without a program. `failing` has the number of the step that fails in each run, 0 for none."""


@pytest.mark.parametrize(
    ("failing", "waits", "told"),
    [
        ([2, 0], count(), 0),
        ([1, 2], count(), 2),
        ([2, 1], count(), 2),
        ([1, 2, 0], count(), 2),
        ([1, 0], repeat(7.0), 1),
    ],
)
def test_on_a_busy_machine_a_check_that_fails_is_made_again_and_the_one_that_got_further_counts(
    failing: list[int], waits: Iterator[float], told: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checker, "processor_wait", lambda: next(waits))
    (tmp_path / "check.py").write_text(FAILS.format(failing=failing), "utf-8")
    (tmp_path / "program.py").touch()
    outcome = check(Lesson(tmp_path), tmp_path / "program.py", 1, ["calm"])
    assert (outcome.evidence.step if outcome.evidence else 0) == told
    assert [event.what[:1] for event in outcome.traces[0] if event.kind == "step"][-1:] == [str(told or 3)]


@pytest.mark.parametrize("text", ["\0", "x = 1\n\xff".encode("latin-1").decode("utf-8", "surrogateescape")])
def test_what_is_no_text_is_no_program(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.py").write_bytes(text.encode("utf-8", "surrogateescape"))
    lesson = find("2")
    assert lesson is not None
    assert mistake(check(lesson, tmp_path / "x.py", 1, ["calm"])) == "syntax"


def test_what_lies_beside_the_program_can_be_imported(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("VALUE = 1\n", "utf-8")
    outcome = checked(tmp_path, "from helper import VALUE\nprint(VALUE)\n")
    assert mistake(outcome) == "ended"


def test_a_program_that_ignores_sigterm_passes_and_is_killed(tmp_path: Path) -> None:
    lesson = find("2")
    assert lesson is not None
    ignore = "reactor.call_when_running(signal.signal, signal.SIGTERM, signal.SIG_IGN)"
    text = lesson.solution.read_text("utf-8").replace(
        "reactor.run()", f"import signal\n{ignore}\nreactor.run()"
    )
    outcome = checked(tmp_path, text)
    assert outcome.evidence is None, "\n".join(report(outcome))
    assert marked() == []


@pytest.mark.parametrize(("line", "caret"), [(")", "^"), ("x = )", "    ^")])
def test_the_caret_stands_below_the_error_of_syntax(tmp_path: Path, line: str, caret: str) -> None:
    outcome = checked(tmp_path, f"{line}\n")
    assert outcome.evidence is not None
    assert outcome.evidence.notes == [line, caret]


def test_ctrl_c_ends_the_check_in_a_line_and_leaves_nothing(tmp_path: Path) -> None:
    program = tmp_path / "02_bytes.py"
    program.write_text(f"open({str(tmp_path / 'runs')!r}, 'w')\nimport time\ntime.sleep(60)\n", "utf-8")
    command = [sys.executable, "-m", "tutorials", "check", "2", "--seed", "1", "--file", str(program)]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while not (tmp_path / "runs").exists():
        assert process.poll() is None
        os.sched_yield()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=GUARD)
    assert (process.returncode, out, err) == (130, "", "check: interrupted\n")
    assert marked() == []
