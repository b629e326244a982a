"""The lessons: where they are, their texts in the learner's language, and copies of their starters."""

import importlib.util
import os
import re
import shutil
import tomllib
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from tutorials.course.evidence import CannotCheck, Evidence
from tutorials.course.steps import World

LESSONS = Path(__file__).parents[1] / "lessons"
WORDS = Path(__file__).with_name("words.toml")
CLONE = Path(__file__).parents[2]

Rule = tuple[str, Callable[[Evidence], object] | None]
"""The ID of a mistake, and whether the evidence allows it. None: only its bytes tell, in `Evidence.fits`."""

Check = Callable[[World], Coroutine[object, object, None]]


def language() -> str:
    """The language of the course: that of `--lang`, which sets the variable, or "" for English."""
    return os.environ.get("REACTOR_SCHOOL_LANG", "")


@cache
def _table(path: Path) -> dict[str, object]:
    """The texts of a TOML file, by their names with dots. A text of the learner's language replaces ours."""
    table = _flatten("", tomllib.loads(path.read_text("utf-8")))
    translated = path.parent / language() / path.name
    if language() and translated.is_file():
        table |= _flatten("", tomllib.loads(translated.read_text("utf-8")))
    return table


def _flatten(prefix: str, table: Mapping[str, object]) -> dict[str, object]:
    flat: dict[str, object] = {}
    for name, value in table.items():
        flat |= _flatten(f"{prefix}{name}.", value) if isinstance(value, dict) else {prefix + name: value}
    return flat


def word(name: str, **facts: object) -> str:
    """A text of the checker itself, `name` in words.toml."""
    return str(_table(WORDS)[name]).format(**facts)


@dataclass(frozen=True)
class Lesson:
    """One lesson, which is a directory."""

    directory: Path

    @property
    def number(self) -> int:
        """Its number, from 1 up."""
        return int(self.directory.name[:2])

    @property
    def name(self) -> str:
        """Its short name, as `stream`."""
        return self.directory.name[3:]

    @property
    def file(self) -> str:
        """The name of the learner's file, as `03_stream.py`."""
        return f"{self.directory.name}.py"

    @property
    def starter(self) -> Path:
        """The program with a gap."""
        return self.directory / "starter.py"

    @property
    def solution(self) -> Path:
        """The program without the gap."""
        return self.directory / "solution.py"

    @property
    def page(self) -> Path:
        """The page, in the learner's language if there is one."""
        translated = self.directory / language() / "README.md"
        return translated if language() and translated.is_file() else self.directory / "README.md"

    def text(self, name: str) -> str:
        """A text of lesson.toml, "" if there is none of that name."""
        return str(_table(self.directory / "lesson.toml").get(name, ""))

    def texts(self, name: str) -> list[str]:
        """A list of texts of lesson.toml."""
        value = _table(self.directory / "lesson.toml").get(name, [])
        return [str(item) for item in value] if isinstance(value, list) else []

    @property
    def title(self) -> str:
        """Its title, in lower case, as it stands behind its number."""
        return self.text("title")

    @property
    def weathers(self) -> list[str]:
        """The weathers under which it is checked."""
        return self.texts("weathers") or ["calm"]

    @property
    def total(self) -> int:
        """The number of steps of its check."""
        text = (self.directory / "check.py").read_text("utf-8")
        return len(re.findall(r"^ +with world\.step\(", text, re.MULTILINE))

    @cached_property
    def _module(self) -> tuple[Check, Sequence[Rule]]:
        path = self.directory / "check.py"
        spec = importlib.util.spec_from_file_location(f"check_{self.directory.name}", path)
        if spec is None or spec.loader is None:
            raise CannotCheck(f"cannot load {path}")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.check, module.MISTAKES

    @property
    def check(self) -> Check:
        """The check of its check.py."""
        return self._module[0]

    @property
    def rules(self) -> Sequence[Rule]:
        """Its mistakes, in the order in which they are tried."""
        return self._module[1]

    def gives(self) -> list[Path]:
        """The files beside the starter that the learner gets."""
        return [self.directory / name for name in self.texts("gives")]

    def begin(self, folder: Path) -> bool:
        """Copy the starter and what the lesson gives into `folder`. False if the file was there before."""
        folder.mkdir(parents=True, exist_ok=True)
        for given in self.gives():
            shutil.copyfile(given, folder / given.name)
        if (folder / self.file).exists():
            return False
        shutil.copyfile(self.starter, folder / self.file)
        return True


@cache
def lessons() -> Sequence[Lesson]:
    """All lessons, in their order."""
    return [Lesson(path) for path in sorted(LESSONS.glob("[0-9][0-9]_*")) if (path / "check.py").is_file()]


def find(text: str) -> Lesson | None:
    """The lesson of a number or a name, as `3`, `03`, `stream` or `03_stream`."""
    for lesson in lessons():
        if text in (str(lesson.number), f"{lesson.number:02}", lesson.name, lesson.directory.name):
            return lesson
    return None
