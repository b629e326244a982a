"""The tool that copies quoted code into the lessons, and reports the quotes that are out of date."""

from pathlib import Path

import pytest

from core.mistakes.table import Mistake
from tutorials.mistakes import page
from tutorials.quotes import ROOT, excerpt, fill_in, main, refresh

MODULE = '''\
"""A module."""

from functools import cache

LIMIT: int = 3
LOW = HIGH = (
    1
)


@cache
def double(n: int) -> int:
    """Twice n."""

    return 2 * n


class Duck:
    """A duck."""

    legs = 2

    # Louder than a goose.
    @property
    def voice(self) -> str:
        """What it says.

        Always.
        """
        return """quack
quack"""

    async def swim(self) -> None:
        """Gone."""


class Egg:
    def hatch(self) -> Duck:
        return Duck()
'''


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "farm.py").write_text(MODULE)
    (tmp_path / "tutorials" / "01_duck").mkdir(parents=True)
    return tmp_path


def quoting(marker: str, code: str = "") -> str:
    return f"Look:\n\n[//]: # (quote {marker})\n```python\n{code}```\nSee?\n"


@pytest.mark.parametrize(
    ("symbol", "code"),
    [
        ("LIMIT", "LIMIT: int = 3\n"),
        ("HIGH", "LOW = HIGH = (\n    1\n)\n"),
        ("double", '@cache\ndef double(n: int) -> int:\n    """Twice n."""\n\n    return 2 * n\n'),
        ("double no-docstring", "@cache\ndef double(n: int) -> int:\n    return 2 * n\n"),
        ("Duck.legs", "legs = 2\n"),
        ("Duck head", 'class Duck:\n    """A duck."""\n\n    legs = 2\n'),
        ("Duck no-docstring head", "class Duck:\n    legs = 2\n"),
        ("Duck.voice no-docstring", '@property\ndef voice(self) -> str:\n    return """quack\nquack"""\n'),
        ("Duck.swim no-docstring", 'async def swim(self) -> None:\n    """Gone."""\n'),
        ("Egg head", "class Egg:\n"),
        ("Egg", "class Egg:\n    def hatch(self) -> Duck:\n        return Duck()\n"),
    ],
)
def test_a_quoted_symbol_has_its_decorators_and_is_dedented(symbol: str, code: str) -> None:
    assert excerpt(MODULE, *symbol.split()) == code


def test_notes_to_the_type_checker_are_left_out() -> None:
    module = "def f():\n    g()  # type: ignore[no-untyped-call]\n    h()  # 1\n"
    assert excerpt(module, "f") == "def f():\n    g()\n    h()  # 1\n"


def test_the_example_of_a_class_is_the_program_in_its_docstring() -> None:
    program = "from core import Reactor\n\nreactor = Reactor()\nreactor.run()\n"
    indented = program.replace("\n", "\n        ").replace("\n        \n", "\n\n").rstrip(" ")
    module = f'class Loop:\n    """A loop. A program:\n\n        {indented}\n    It returns.\n    """\n'
    assert excerpt(module, "Loop", "example") == program


def test_without_a_symbol_the_whole_file_is_quoted() -> None:
    assert excerpt(MODULE) == MODULE
    assert excerpt("run:\n\techo\n\n") == "run:\n\techo\n"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("farm.py Goose", "there is no Goose"),
        ("farm.py Duck.fly", "there is no fly"),
        ("farm.py LIMIT.bit", "there is no bit"),
        ("farm.py double head", "only a class has a head"),
        ("farm.py Duck tail", "there is no option tail"),
        ("farm.py Duck example", "it has no example"),
        ("farm.py LIMIT example", "it has no example"),
        ("barn.py Duck", "No such file"),
        ("broken.py Duck", "expected"),
    ],
)
def test_a_quote_that_is_not_found_is_reported_with_its_line_and_stays_as_it_is(
    root: Path, source: str, reason: str
) -> None:
    (root / "broken.py").write_text("class Duck\n")
    text = quoting(source, "old\n")
    filled, [complaint] = fill_in(text, root)
    assert filled == text
    assert complaint.startswith(f"3: {source}: ")
    assert reason in complaint


@pytest.mark.parametrize("after", ["", "Text.\n", "```python\nnever closed\n"])
def test_a_marker_without_a_fenced_block_is_reported(root: Path, after: str) -> None:
    text = f"[//]: # (quote farm.py Duck)\n{after}"
    assert fill_in(text, root) == (text, ["1: farm.py Duck: no fenced block follows"])


def test_only_the_content_of_a_quoting_block_changes(root: Path) -> None:
    text = quoting("farm.py LIMIT", "old\n") + "```python\nLIMIT = 1\n```\n" + quoting("farm.py Duck.legs")
    filled, complaints = fill_in(text, root)
    assert len(complaints) == 2
    assert filled == (
        quoting("farm.py LIMIT", "LIMIT: int = 3\n")
        + "```python\nLIMIT = 1\n```\n"
        + quoting("farm.py Duck.legs", "legs = 2\n")
    )


def test_filling_in_twice_changes_nothing_more(root: Path) -> None:
    filled, _ = fill_in(quoting("farm.py Duck") + quoting("farm.py"), root)
    assert fill_in(filled, root) == (filled, [])


def test_a_longer_fence_can_quote_text_that_contains_a_fence(root: Path) -> None:
    (root / "lesson.md").write_text("```python\n1\n```\n")
    text = "[//]: # (quote lesson.md)\n\n````markdown\n````\n"
    filled, _ = fill_in(text, root)
    assert filled == "[//]: # (quote lesson.md)\n\n````markdown\n```python\n1\n```\n````\n"
    assert fill_in(filled, root) == (filled, [])


def test_check_reports_each_quote_that_is_out_of_date_and_changes_nothing(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lesson, readme = root / "tutorials" / "01_duck" / "README.md", root / "README.md"
    lesson.write_text(quoting("farm.py Duck"))
    readme.write_text(quoting("farm.py Egg"))
    assert main(["--check"], root) == 1
    assert capsys.readouterr().err.splitlines() == [
        "README.md:3: farm.py Egg: out of date. Run `make quotes`.",
        "tutorials/01_duck/README.md:3: farm.py Duck: out of date. Run `make quotes`.",
    ]
    assert lesson.read_text() == quoting("farm.py Duck")


def test_the_command_fills_in_the_quotes_that_it_finds_and_fails_for_the_others(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    readme = root / "README.md"
    readme.write_text(quoting("farm.py LIMIT"))
    assert main([], root) == 0
    assert readme.read_text() == quoting("farm.py LIMIT", "LIMIT: int = 3\n")
    assert main(["--check"], root) == 0
    readme.write_text(quoting("farm.py LIMIT") + quoting("farm.py Goose"))
    assert main([], root) == 1
    assert readme.read_text().startswith(quoting("farm.py LIMIT", "LIMIT: int = 3\n"))
    assert capsys.readouterr().err == "README.md:10: farm.py Goose: there is no Goose\n"


def test_every_quote_in_the_lessons_is_up_to_date() -> None:
    assert refresh(ROOT, check=True) == []


def test_the_page_about_the_mistakes_is_written_from_the_table_and_checked(tmp_path: Path) -> None:
    path = tmp_path / "tutorials" / "MISTAKES.md"
    path.parent.mkdir()
    path.write_text("old", "utf-8")
    assert main(["--check"], tmp_path) == 1
    assert path.read_text("utf-8") == "old"
    assert main([], tmp_path) == main(["--check"], tmp_path) == 0
    for mistake in Mistake:
        assert mistake.meaning.split()[0] in path.read_text("utf-8")


def test_the_page_about_the_mistakes_has_an_example_for_each_name_in_braces() -> None:
    assert "{" not in page()
