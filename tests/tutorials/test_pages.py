"""The README and the pages of the course: `less` shows them well, plans add up, links lead on."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.running import GUARD, ROOT, environment
from tutorials.markdown_page import FENCED, Page, find_pages, parse, read, without_links

LESSONS = {name: path for name, path in find_pages().items() if path.parent.parent.name == "tutorials"}
PAGES = [ROOT / "README.md", *find_pages().values()]
COMMAND = re.compile(r"(?:^|`|\$ |    )python3? -m ([\w.]+)((?: +[^\s`|#)&>]+)*)", re.MULTILINE)
LINK = re.compile(r"(?<!!)\[[^][]+\]\(([^()\s]+)\)")

pages = pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
lessons = pytest.mark.parametrize("name", LESSONS)


def prose(path: Path) -> str:
    """The text of a page without code."""
    text = FENCED.sub("", path.read_text("utf-8"))
    return re.sub(r"`[^`]*`|^ {4}.*$", "", text, flags=re.MULTILINE)


@pages
def test_a_page_has_no_html_and_no_line_over_100_columns(path: Path) -> None:
    assert not re.search(r"<[/!a-zA-Z]", prose(path))
    assert [line for line in path.read_text("utf-8").splitlines() if len(line) > 100] == []


@pages
def test_each_link_leads_to_a_file_and_each_anchor_to_a_heading(path: Path) -> None:
    for link in LINK.findall(prose(path)):
        file, _, anchor = link.partition("#")
        if not link.startswith("https://"):
            target = path.parent / file if file else path
            assert target.exists(), link
            assert not anchor or anchor in {"answers", *(part.anchor for part in read(target).parts)}, link


@lessons
def test_each_plan_has_the_parts_of_the_page_and_its_minutes_add_up_with_the_questions(name: str) -> None:
    page = read(LESSONS[name])
    rows = re.findall(r"^\| \[.*?\]\((.+?)\) \| (.+?) \| (.+?) \| (.+?) \|$", page.text, re.MULTILINE)
    columns = [
        [int(minutes) if minutes != "–" else 0 for minutes in column]
        for column in list(zip(*rows, strict=True))[1:]
    ]
    assert [sum(column) for column in columns] == [45, 90, 180]
    planned = [link[1:] for link, *_ in rows if link.startswith("#")]
    numbered = [part.anchor for part in page.parts if part.number]
    assert planned == [*numbered, "questions"]


def test_two_lessons_of_90_minutes_are_divided_where_the_page_says() -> None:
    divided = {"echo": "4", "chat": "5", "web": "4", "irc": "4", "left_running": "4", "many_machines": "4"}
    for name, last in divided.items():
        text = re.sub(r"\s+", " ", LESSONS[name].read_text("utf-8"))
        rows = re.findall(r"\| \[(\d)\. [^|]+ \| \S+ \| \S+ \| (\d+) \|", text)
        assert sum(int(minutes) for number, minutes in rows if number <= last) == 90
        assert f"the first lesson ends after part {last}" in text


@lessons
def test_each_question_has_an_answer(name: str) -> None:
    (questions,) = [part for part in read(LESSONS[name]).parts if part.answers]
    assert len(questions.questions()) - 1 == len(questions.answers) >= 7


@cache
def help_of(module: str) -> str:
    """The help of the command `python -m MODULE`; "" if it has none."""
    command = [sys.executable, "-m", *module.split(), "--help"]
    result = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=GUARD, env=environment()
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


WITHOUT_HELP = ("tutorials.01_echo.smallest",)
"""These begin at once. They have tests of their own."""


@pages
def test_each_command_on_a_page_exists_and_has_the_flags_that_it_is_given(path: Path) -> None:
    for module, arguments in COMMAND.findall(path.read_text("utf-8")):
        if module == "tutorials.01_echo.call_tree":
            module = arguments.split()[0]  # the flags are for the program that it runs
        if module == "tutorials":
            module = f"tutorials {[*arguments.split(), 'list'][0]}"
        if module not in WITHOUT_HELP:
            shown = help_of(module)
            for flag in re.findall(r"--[\w-]+", arguments):
                assert flag in shown, f"{module} {arguments}"


NEED_LIBRARIES = (
    "clients.chat",
    "clients.fetch",
    "clients.in_browser",
    "clients.monitor",
    "servers.certificate",
    "servers.web",
    "tutorials.03_web.guest_book",
)


@pages
def test_a_page_calls_python3_where_no_virtual_environment_is_needed(path: Path) -> None:
    for program, module in re.findall(
        r"(?:^|`|\$ | {4})(python3?) -m (?:tutorials\.01_echo\.call_tree )?([\w.]+)",
        path.read_text("utf-8"),
        re.MULTILINE,
    ):
        needs_libraries = module in NEED_LIBRARIES
        assert (program == "python") is needs_libraries or module == "clients.echo", module


TEXT = """\
# A title

[//]: # (quote core/loop.py Loop)
```sh
## no heading
see [this](link.md)
```

See [the
second part](#2-the-end-of-it).

## 1. Begin it

x

## 2. The end: of `it`

## Questions

The [answers](#answers) are at the end of the page.

Think.

1. Why?
   So?

2. How?

## Names

- a

## Answers

1. Because
   of it.

2. So.
"""


def test_a_page_is_split_at_its_headings_and_the_answers_go_to_the_questions() -> None:
    page = parse(TEXT)
    assert [part.heading for part in page.parts] == [
        "A title",
        "1. Begin it",
        "2. The end: of `it`",
        "Questions",
        "Names",
    ]
    assert [part.number for part in page.parts] == ["", "1", "2", "", ""]
    assert page.parts[2].anchor == "2-the-end-of-it"
    assert page.parts[3].questions() == ["## Questions\n\nThink.\n\n", "1. Why?\n   So?\n\n", "2. How?\n\n"]
    assert page.parts[3].answers == ("Because\n   of it.\n\n", "So.\n")
    assert page.parts[0].questions() == [page.parts[0].text]


def test_the_plain_text_has_no_markers_and_no_links_but_in_code_and_the_answers_at_the_end() -> None:
    plain = parse(TEXT).plain()
    assert "[//]" not in plain
    assert "see [this](link.md)\n" in plain
    assert "See the\nsecond part.\n" in plain
    assert plain.endswith("2. So.\n")


def test_a_text_without_a_heading_is_one_part() -> None:
    assert parse("hello") == Page([parse("hello").parts[0]], "hello")
    assert without_links("[a](b) and [c]") == "a and [c]"


def test_the_pages_are_the_lessons_in_order_and_the_other_pages_of_the_course() -> None:
    walkthroughs = ["echo", "chat", "web", "irc", "left_running", "many_machines"]
    assert [*find_pages()][:7] == [*walkthroughs, "course"]
    assert find_pages()["mistakes"] == ROOT / "tutorials" / "MISTAKES.md"
