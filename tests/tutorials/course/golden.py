"""The golden texts of the checker's reports. `… -m tests.tutorials.course.golden [LESSON]` records them."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

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
    """The report as it is compared."""
    return "".join([without_numbers(line) + "\n" for line in report(outcome)])


def wrong_programs() -> Iterator[tuple[Lesson, Path]]:
    """The wrong solutions of all lessons."""
    for lesson in lessons():
        for path in sorted((lesson.directory / "wrong").glob("*.py")):
            yield lesson, path


def file_of(lesson: Lesson, path: Path) -> Path:
    """The file with the golden text of a wrong solution."""
    return GOLDEN / f"{lesson.directory.name}-{path.stem}.txt"


def main(name: str = "") -> None:
    """Record the golden texts of the lessons that have `name` in their names."""
    GOLDEN.mkdir(exist_ok=True)
    for lesson, path in wrong_programs():
        if name in lesson.directory.name:
            file_of(lesson, path).write_text(text_of(check(lesson, path, 1)), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
