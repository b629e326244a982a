"""The commands of the lessons, as a learner types them."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.running import GUARD, ROOT, environment
from tutorials.course.shelf import find


class Desk:
    """A learner's directory, in which commands are typed."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.program = directory / "my_lessons" / "02_bytes.py"

    def type(self, *arguments: str, typed: str = "", **changes: str) -> subprocess.CompletedProcess[str]:
        """Run `python -m tutorials ARGUMENT …`; `typed` is its standard input."""
        return subprocess.run(
            [sys.executable, "-m", "tutorials", *arguments],
            cwd=self.directory,
            input=typed,
            capture_output=True,
            text=True,
            timeout=GUARD,
            env=environment(PYTHONPATH=str(ROOT), **changes),
        )

    def solve(self) -> None:
        """Save the solution of lesson 2 as the program."""
        lesson = find("2")
        assert lesson is not None
        shutil.copyfile(lesson.solution, self.program)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A directory in which nothing is begun."""
    return Desk(tmp_path)


def test_next_copies_the_starter_once_and_says_what_to_do(desk: Desk) -> None:
    first = desk.type("next", "2")
    assert (first.returncode, first.stderr) == (0, "")
    assert "edit      my_lessons/02_bytes.py   (your program)" in first.stdout
    desk.program.write_text("# mine\n", "utf-8")
    assert "(your program, as you left it)" in desk.type("next", "bytes").stdout
    assert desk.program.read_text("utf-8") == "# mine\n"


def test_a_lesson_is_not_passed_and_then_passed_and_the_list_says_so(desk: Desk) -> None:
    desk.type("next", "2")
    failed = desk.type("check", "--seed", "7")
    assert failed.returncode == 1
    assert failed.stdout.startswith("Lesson 2, characters and bytes: not yet (1 of 9 steps passed)\n")
    listed = desk.type("list").stdout
    assert "here" in listed
    assert listed.endswith("0 of 16 passed. Next: python -m tutorials check 2\n")
    desk.solve()
    passed = desk.type("check", "2", "--seed", "7")
    assert (passed.returncode, passed.stderr) == (0, "")
    assert passed.stdout.startswith("Lesson 2 passed: 9 steps, calm, slice and merge, seed 7, ")
    assert "1 of 16 passed. Next: python -m tutorials next\n" in desk.type().stdout
    desk.program.write_text("# changed\n", "utf-8")
    assert "changed since" in desk.type("list").stdout


def test_a_seed_that_is_not_given_is_told(desk: Desk) -> None:
    desk.type("next", "2")
    desk.solve()
    result = desk.type("check", "--weather", "calm")
    seed = result.stderr.removeprefix("seed ").strip()
    assert f"calm, seed {seed}, " in result.stdout


def test_json_is_one_object_in_one_line(desk: Desk) -> None:
    desk.type("next", "2")
    result = desk.type("check", "2", "--json", "--weather", "calm")
    assert (result.returncode, result.stderr) == (1, "")
    (line,) = result.stdout.splitlines()
    assert json.loads(line)["result"] == "not yet"
    listed = json.loads(desk.type("list", "--json").stdout)
    assert {"number": 2, "name": "bytes", "title": "characters and bytes", "state": "here"} in listed[
        "lessons"
    ]


def test_any_file_can_be_checked_and_the_progress_is_left_alone(desk: Desk) -> None:
    lesson = find("2")
    assert lesson is not None
    result = desk.type("check", "2", "--file", str(lesson.solution), "--seed", "1", "--weather", "calm")
    assert result.returncode == 0
    assert not (desk.directory / "my_lessons").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["check"], "no lesson is begun yet"),
        (["check", "99"], "there is no lesson '99'"),
        (["check", "2"], "there is no my_lessons/02_bytes.py"),
        (["check", "2", "--file", "nothing.py"], "there is no file nothing.py"),
        (["check", "2", "--file", ""], "the path is empty"),
        (["list", "--folder", ""], "the path is empty"),
        (["check", "2", "--weather", "rain"], "a right one looks like"),
        (["run", "2", "--weather", "rain"], "a right one looks like"),
        (["run", "4", "--weather", "slow"], "lesson 4 is written without core"),
        (["check", "2", "--seed", "x"], "'x' is not a whole number"),
        (["check", "all"], "there is no program in my_lessons"),
        (["next", "nope"], "there is no lesson 'nope'"),
        (["watch"], "no lesson is begun yet"),
        (["watch", "--board", "nowhere:x"], "the port 'x' is not a whole number"),
        (["board", "--json"], "--json goes with --once"),
        (["board", "--port", "70000"], "is not a whole number from 0 to 65535"),
        (["reset", "2"], "there is no my_lessons/02_bytes.py"),
        (["predict", "nope"], "there is no lesson 'nope'"),
    ],
)
def test_wrong_usage_is_told_in_one_line_with_exit_2(desk: Desk, arguments: list[str], words: str) -> None:
    result = desk.type(*arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_hints_come_one_after_the_other(desk: Desk) -> None:
    desk.type("next", "2")
    hints = [desk.type("hint").stdout for _ in range(4)]
    assert [hint[:12] for hint in hints] == ["Hint 1 of 3:", "Hint 2 of 3:", "Hint 3 of 3:", "Hint 3 of 3:"]
    assert "text = line.decode()" in hints[2].splitlines()


def test_a_guess_is_answered_by_running_the_program(desk: Desk) -> None:
    right, wrong = desk.type("predict", "2", typed="4\n"), desk.type("predict", "2", typed="1\n")
    assert "Answer 4 is right." in right.stdout
    assert "Answer 4 is right." in wrong.stdout
    assert "\nAnswer 1: " in wrong.stdout
    assert desk.type("predict", "2", typed="ten\n").returncode == 2


def test_reset_asks_and_keeps_the_program(desk: Desk) -> None:
    desk.type("next", "2")
    desk.solve()
    solved = desk.program.read_text("utf-8")
    assert "Nothing was changed." in desk.type("reset", "2", typed="n\n").stdout
    assert desk.program.read_text("utf-8") == solved
    desk.type("reset", "2", typed="y\n")
    desk.type("reset", "2", typed="y\n")
    assert "TODO" in desk.program.read_text("utf-8")
    assert desk.program.with_name("02_bytes.py.1").read_text("utf-8") == solved
    assert desk.program.with_name("02_bytes.py.2").exists()


def test_the_solution_is_shown_after_passing_or_anyway(desk: Desk) -> None:
    desk.type("next", "2")
    before = desk.type("solution", "2")
    assert (before.returncode, before.stdout) == (1, "")
    assert "+            text = line.decode()" in desk.type("solution", "2", "--anyway").stdout
    desk.solve()
    assert desk.type("check", "2", "--weather", "calm").returncode == 0
    assert desk.type("solution", "2").stdout == "Your program is the solution, line by line.\n"


def test_the_folder_can_be_another_one(desk: Desk) -> None:
    desk.type("next", "2", REACTOR_SCHOOL_LESSONS="elsewhere")
    desk.type("next", "2", "--folder", "there")
    assert (desk.directory / "elsewhere" / "02_bytes.py").exists()
    assert (desk.directory / "there" / "02_bytes.py").exists()


def test_a_check_that_fails_itself_blames_no_learner(desk: Desk, tmp_path: Path) -> None:
    desk.type("next", "2")
    broken = tmp_path / "clone"
    shutil.copytree(ROOT / "tutorials", broken / "tutorials")
    check = broken / "tutorials" / "lessons" / "02_bytes" / "check.py"
    check.write_text(check.read_text("utf-8").replace("await world.serve()", "1 / 0"), "utf-8")
    result = subprocess.run(
        [sys.executable, "-m", "tutorials", "check", "2"],
        cwd=desk.directory,
        capture_output=True,
        text=True,
        timeout=GUARD,
        env=environment(PYTHONPATH=f"{broken}:{ROOT}"),
    )
    assert result.returncode == 3
    assert "could not be checked: ZeroDivisionError" in result.stderr
    assert "Traceback" not in result.stderr
    assert "Traceback" in (desk.directory / "my_lessons" / ".checker.log").read_text("utf-8")
