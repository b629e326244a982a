"""The guess: shows a small program and its possible outputs, takes a number, and runs the program."""

import random
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tutorials.course.shelf import CLONE, Lesson

LIMIT = 10.0
"""Seconds that the program may take."""


@dataclass(frozen=True)
class Answer:
    """One of the outputs to choose from, and what is behind it."""

    output: str
    because: str


def answers(lesson: Lesson) -> Sequence[Answer]:
    """The answers of the lesson, mixed: lesson.toml may have the right one first. The order never changes."""
    outputs, reasons = lesson.texts("guess.answers"), lesson.texts("guess.because")
    found = [Answer(output, because) for output, because in zip(outputs, reasons, strict=True)]
    random.Random(lesson.number).shuffle(found)
    return found


def program(lesson: Lesson) -> Path:
    """The program of the guess."""
    return lesson.directory / "predict.py"


def run(path: Path) -> str:
    """The output of the program. Its own words for an exception come last, without the traceback."""
    command = [sys.executable, str(path)]
    environment = {"PYTHONPATH": str(CLONE), "PATH": "/usr/bin:/bin", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, env=environment)
    last = done.stderr.strip().splitlines()[-1:] if done.returncode else []
    return "\n".join([*done.stdout.strip().splitlines(), *last])


def question(lesson: Lesson) -> list[str]:
    """The program, and the numbered answers."""
    lines = [*textwrap.wrap(lesson.text("guess.question"), 80), ""]
    lines += ["    " + line for line in program(lesson).read_text("utf-8").rstrip().splitlines()]
    for number, answer in enumerate(answers(lesson), 1):
        first, *more = answer.output.splitlines()
        lines += ["", f"{number})  {first}", *["    " + line for line in more]]
    return lines


def verdict(lesson: Lesson, choice: int) -> list[str]:
    """The program's output, the right answer, and the reason behind the chosen one."""
    printed, found = run(program(lesson)), answers(lesson)
    right = next((number for number, answer in enumerate(found, 1) if answer.output == printed), 0)
    lines = ["It printed:", "", *["    " + line for line in printed.splitlines()], ""]
    lines += textwrap.wrap(f"Answer {right} is right. {found[right - 1].because}", 80)
    if choice != right:
        lines += textwrap.wrap(f"Answer {choice}: {found[choice - 1].because}", 80)
    return lines
