"""The golden texts of the checker's reports. `… -m tests.tutorials.course.golden [LESSON]` records them."""

import re
import sys
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.tutorials.course import rows
from tutorials.course.checker import check
from tutorials.course.report import Outcome, report
from tutorials.course.shelf import Lesson, lessons

GOLDEN = Path(__file__).with_name("golden")


def without_numbers(line: str) -> str:
    """A line without what differs from run to run: ports, times, paths, addresses, and unread bytes."""
    line = re.sub(r"\b\d{5}\b", "PORT", line)
    line = re.sub(r"\b0x[0-9a-f]{6,}", "ADDRESS", line)
    line = re.sub(r"\d+,\d{3} bytes wait", "MANY bytes wait", line)
    line = re.sub(r"after \d+\.\d{3} s", "after SECONDS s", line)
    return re.sub(r"(?:/\S+|tests/\S+|tutorials/lessons)/(\S+\.py)", r"\1", line)


def text_of(outcome: Outcome) -> str:
    """The report as it is compared: without the warnings of a slow handler, which a busy machine adds."""
    if (evidence := outcome.evidence) is not None:
        records = [each for each in evidence.records if "has blocked the reactor" not in each.message]
        outcome = replace(outcome, evidence=replace(evidence, records=records))
    return "".join([without_numbers(line) + "\n" for line in report(outcome)])


def wrong_programs() -> Iterator[tuple[Lesson, Path]]:
    """The wrong solutions of all lessons."""
    for lesson in lessons():
        for path in sorted((lesson.directory / "wrong").glob("*.py")):
            yield lesson, path


def file_of(lesson: Lesson, path: Path) -> Path:
    """The file with the golden text of a wrong solution."""
    return GOLDEN / f"{lesson.directory.name}-{path.stem}.txt"


def text_of_row(name: str, directory: Path) -> str:
    """The report on one of the programs that do what no lesson asks for."""
    lesson, path = rows.write(name, directory)
    with chdir(directory):  # so that the lines are as long as in a learner's directory
        return text_of(check(lesson, path, 1, ["calm"]))


def file_of_row(name: str) -> Path:
    """The file with the golden text of such a program."""
    return GOLDEN / f"checker-{name}.txt"


def main(name: str = "") -> None:
    """Record the golden texts of the lessons and programs that have `name` in their names."""
    GOLDEN.mkdir(exist_ok=True)
    for row in rows.PROGRAMS:
        if name in f"checker-{row}":
            with TemporaryDirectory() as directory:
                file_of_row(row).write_text(text_of_row(row, Path(directory)), "utf-8")
    for lesson, path in wrong_programs():
        if name in lesson.directory.name:
            file_of(lesson, path).write_text(text_of(check(lesson, path, 1)), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
