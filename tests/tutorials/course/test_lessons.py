"""Each lesson: its solutions pass, its starter and its wrong solutions fail, and the reports say why."""

import os
import re
from pathlib import Path

import pytest

from core.threads import processor_wait
from tests.tutorials.course.golden import file_of, text_of, wrong_programs
from tutorials.course import predict
from tutorials.course.checker import check
from tutorials.course.report import Outcome, as_json, report
from tutorials.course.shelf import Lesson, lessons

HERE = Path(__file__).parent
SEEDS = int(os.environ.get("COURSE_SEEDS", "3"))
"""The number of seeds under which a solution has to pass."""

BUSY = 0.1
"""Seconds of waiting for a processor during a check, over which the report may not be the usual one."""

WRONG_SEEDS = (2, 3) if SEEDS > 3 else (2,)

EDIT = re.compile(r"^```diff\n--- solution\.py\n((?:[-+ ].*\n)+)```$", re.MULTILINE)
SHOWN = re.compile(r"^```text\n(  step .*\n(?:.*\n)*?)```$", re.MULTILINE)
STEP = re.compile(r"^  step +(\d+) ", re.MULTILINE)
MISTAKE = re.compile(r'"mistake": (?:"(\w+)"|null)')

each = pytest.mark.parametrize("lesson", lessons(), ids=lambda lesson: lesson.directory.name)
each_wrong = pytest.mark.parametrize(
    ("lesson", "path"),
    [pytest.param(*found, id=f"{found[0].directory.name}-{found[1].stem}") for found in wrong_programs()],
)


def mistake(lesson: Lesson, path: Path, seed: int) -> str:
    """The ID of the mistake that the check of a program tells; "passed" or "unknown"."""
    outcome = check(lesson, path, seed)
    if outcome.evidence is None:
        return "passed"
    found = MISTAKE.search(as_json(outcome))
    return (found and found[1]) or "unknown"


@each
def test_the_starter_fails_with_a_report(lesson: Lesson) -> None:
    outcome = check(lesson, lesson.starter, 1)
    assert outcome.evidence is not None
    assert "not yet" in report(outcome)[0]


@pytest.mark.parametrize("seed", range(1, SEEDS + 1))
@each
def test_the_solution_passes_and_logs_nothing(lesson: Lesson, seed: int) -> None:
    outcome = check(lesson, lesson.solution, seed)
    assert outcome.evidence is None, "\n".join(report(outcome))


@each
def test_right_programs_of_other_designs_pass(lesson: Lesson) -> None:
    programs = sorted((HERE / "right").glob(f"{lesson.directory.name}*.py"))
    assert programs
    for path in programs:
        outcome = check(lesson, path, 1)
        assert outcome.evidence is None, "\n".join(report(outcome))


def outcome_of(lesson: Lesson, path: Path, expected: str, checks: int = 5) -> Outcome:
    """The outcome of a check. On a busy machine, where a line may come 0.1 s late, of up to five."""
    waited, outcome = processor_wait(), check(lesson, path, 1)
    if checks == 1 or text_of(outcome) == expected or processor_wait() - waited < BUSY:
        return outcome
    return outcome_of(lesson, path, expected, checks - 1)


@each_wrong
def test_a_wrong_solution_is_explained_by_its_own_mistake(lesson: Lesson, path: Path) -> None:
    expected = file_of(lesson, path).read_text("utf-8")
    outcome = outcome_of(lesson, path, expected)
    assert outcome.evidence is not None
    assert outcome.explanation is not None, "\n".join(report(outcome))
    assert outcome.explanation.mistake == path.stem, "\n".join(report(outcome))
    assert outcome.explanation.text
    assert text_of(outcome) == expected


@each_wrong
def test_a_wrong_solution_is_explained_under_other_seeds_too(lesson: Lesson, path: Path) -> None:
    for seed in WRONG_SEEDS:
        assert mistake(lesson, path, seed) == path.stem


@each
def test_each_step_can_fail(lesson: Lesson) -> None:
    """At each step a wrong solution fails, as its golden text says, or one of the programs for this test."""
    wrong = [file_of(lesson, path).read_text("utf-8") for found, path in wrong_programs() if found == lesson]
    reached = {int(number) for text in wrong for number in STEP.findall(text)}
    for path in (HERE / "reaches" / lesson.directory.name).glob("step_*.py"):
        evidence = check(lesson, path, 1).evidence
        assert evidence is not None
        assert path.stem == f"step_{evidence.step}"
        reached.add(evidence.step)
    assert reached == set(range(1, lesson.total + 1))


def test_the_check_of_lesson_4_notices_who_forgets_what_send_did_not_take() -> None:
    outcome = check(lessons()[3], HERE / "reaches" / "04_two_at_once" / "step_6.py", 1)
    assert outcome.explanation is not None
    assert outcome.explanation.mistake == "half_sent"


@each
def test_exactly_one_answer_to_the_guess_is_what_the_program_prints(lesson: Lesson) -> None:
    printed = predict.run(predict.program(lesson))
    assert [answer.output for answer in predict.answers(lesson)].count(printed) == 1, printed
    assert 3 <= len(predict.answers(lesson)) <= 4
    assert len(predict.program(lesson).read_text("utf-8").splitlines()) <= 15


def test_the_right_answer_to_the_guess_has_not_always_the_same_number() -> None:
    numbers = {
        [answer.output for answer in predict.answers(lesson)].index(lesson.texts("guess.answers")[0])
        for lesson in lessons()
    }
    assert len(numbers) >= 3


@each
def test_each_break_of_the_page_has_the_report_that_is_shown(lesson: Lesson, tmp_path: Path) -> None:
    page = lesson.page.read_text("utf-8")
    edits, shown = EDIT.findall(page), SHOWN.findall(page)
    assert len(edits) == len(shown) >= 1
    for body, lines in zip(edits, shown, strict=True):
        before = "".join(line[1:] + "\n" for line in body.splitlines() if line[0] in " -")
        after = "".join(line[1:] + "\n" for line in body.splitlines() if line[0] in " +")
        text = lesson.solution.read_text("utf-8")
        assert text.count(before) == 1, before
        program = tmp_path / lesson.file
        program.write_text(text.replace(before, after), "utf-8")
        printed = report(check(lesson, program, 1))
        assert [line for line in lines.splitlines() if line not in printed] == [], "\n".join(printed)


@each
def test_the_files_of_a_lesson_are_short(lesson: Lesson) -> None:
    assert len(lesson.page.read_text("utf-8").splitlines()) <= 120
    assert len((lesson.directory / "check.py").read_text("utf-8").splitlines()) <= 80
    assert "TODO" in lesson.starter.read_text("utf-8")


@each
def test_each_mistake_has_a_text_a_heading_of_the_page_and_a_wrong_solution(lesson: Lesson) -> None:
    page = lesson.page.read_text("utf-8")
    for mistake_id, _ in lesson.rules:
        assert lesson.text(f"mistakes.{mistake_id}.says"), mistake_id
        assert f"## {lesson.text(f'mistakes.{mistake_id}.heading')}\n" in page, mistake_id
    assert len(lesson.texts("hints")) == 2
