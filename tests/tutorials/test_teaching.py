"""The teacher's page: it has all lessons, their mistakes by the right IDs, and plans that add up."""

import re

import pytest

from tutorials.course.shelf import Lesson, lessons
from tutorials.markdown_page import COURSE

PAGE = (COURSE / "TEACHING.md").read_text("utf-8")
SECTION = re.compile(r"^### (\d+)\. (.+)\n\n((?:.+\n)+)", re.MULTILINE)
SECTIONS = {int(number): (title, text) for number, title, text in SECTION.findall(PAGE)}
PARTS = ("Minutes", "Guess", "Mistake to expect", "They ask")


def minutes(heading: str) -> list[int]:
    """The numbers in the column of minutes below a heading."""
    part = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return [int(number) for number in re.findall(r"^\| (?:\d+ \| )?(\d+) \|", part, re.MULTILINE)]


def test_all_sixteen_lessons_have_minutes_a_guess_a_mistake_and_questions() -> None:
    assert list(SECTIONS) == list(range(1, 17))
    for number, (_, text) in SECTIONS.items():
        assert tuple(re.findall(r"^- \*\*(.+):\*\*", text, re.MULTILINE)) == PARTS, number


@pytest.mark.parametrize("lesson", lessons(), ids=lambda lesson: lesson.directory.name)
def test_a_lesson_has_its_title_and_the_ids_of_its_mistakes(lesson: Lesson) -> None:
    title, text = SECTIONS[lesson.number]
    assert title.lower() == lesson.title.lower()
    known = {mistake for mistake, _ in lesson.rules}
    named = re.findall(r"`([a-z]+(?:_[a-z]+)+|sleeps|latin1|overwrites)`", text.partition("**Mistake")[2])
    mistakes = [name for name in named if name not in ("connection_lost", "data_received")]
    assert mistakes
    assert set(mistakes) <= known


def test_the_plans_add_up() -> None:
    assert sum(minutes("One lesson")) == 45
    assert sum(minutes("One day")) == 6 * 60
    assert set(minutes("One term")) == {45, 90}


def test_a_day_gives_each_lesson_its_minutes() -> None:
    planned = {int(number): int(time) for time, number in re.findall(r"\| (\d+) \| lesson (\d+) \|", PAGE)}
    assert len(planned) == 6
    for number, time in planned.items():
        assert re.search(rf"\*\*Minutes:\*\* {time}\b", SECTIONS[number][1]), number
