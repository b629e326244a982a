"""The pages of the course: finds them, and splits them into parts, with the answers to the questions."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

COURSE = Path(__file__).parent
MARKER = re.compile(r"^\[//\]: # \(.*\)\n\n?", re.MULTILINE)
LINK = re.compile(r"\[([^][]+)\]\([^()\s]+\)")
HEADING = re.compile(r"^## ", re.MULTILINE)
FENCED = re.compile(r"^(```+).*\n(?:.*\n)*?\1$", re.MULTILINE)
NUMBER = re.compile(r"## (\d+)\. ")
ITEM = re.compile(r"^(\d+)\. ", re.MULTILINE)
ANSWERS = "Answers"
WHERE = "The [answers](#answers) are at the end of the page.\n\n"
"""Stands above the questions. It is left out where the answers are folded below them."""


@dataclass(frozen=True)
class Part:
    """A part of a page in Markdown, with its heading. `answers` has the answers to the questions in it."""

    text: str
    answers: tuple[str, ...] = ()

    @property
    def heading(self) -> str:
        """The first line, without the signs of Markdown."""
        return self.text.partition("\n")[0].lstrip("# ")

    @property
    def number(self) -> str:
        """The number in the heading; "" if it has none, as the introduction."""
        return found[1] if (found := NUMBER.match(self.text)) else ""

    @property
    def anchor(self) -> str:
        """The name by which links point to this part, as GitHub makes it from the heading."""
        return re.sub(r"[^\w -]", "", self.heading.lower()).replace(" ", "-")

    def questions(self) -> list[str]:
        """The numbered items, if there are answers to them: the text before the first item comes first."""
        starts = [found.start() for found in ITEM.finditer(self.text)] if self.answers else []
        return [self.text[start:end] for start, end in zip([0, *starts], [*starts, None], strict=True)]


@dataclass(frozen=True)
class Page:
    """A page: its parts, with the introduction first, and its text in Markdown without the quote markers."""

    parts: Sequence[Part]
    text: str

    def plain(self) -> str:
        """The text without links. The answers stand at the end."""
        return without_links(self.text)


def parse(text: str) -> Page:
    """Split the Markdown `text` into parts. The part with the answers becomes a part of the questions."""
    text = MARKER.sub("", text)
    fenced = [range(*found.span()) for found in FENCED.finditer(text)]
    starts = [
        at for found in HEADING.finditer(text) if not any((at := found.start()) in each for each in fenced)
    ]
    parts = [Part(text[start:end]) for start, end in zip([0, *starts], [*starts, None], strict=True)]
    answers = next((part for part in parts if part.heading == ANSWERS), Part(""))
    items = tuple(ITEM.split(answers.text)[2::2])
    shown = [part for part in parts if part is not answers]
    return Page(
        [
            Part(part.text.replace(WHERE, ""), items) if part.heading == "Questions" else part
            for part in shown
        ],
        text,
    )


def without_links(text: str) -> str:
    """`text` with the texts of its links instead of the links, except in code."""
    pieces, end = [], 0
    for fence in FENCED.finditer(text):
        pieces += [LINK.sub(r"\1", text[end : fence.start()]), fence[0]]
        end = fence.end()
    return "".join([*pieces, LINK.sub(r"\1", text[end:])])


def find_pages(course: Path = COURSE) -> dict[str, Path]:
    """The pages by name: walkthroughs in their order, the course's other pages, and lessons by number."""
    walkthroughs = {path.parent.name[3:]: path for path in sorted(course.glob("[0-9][0-9]_*/README.md"))}
    others = {path.stem.lower(): path for path in sorted(course.glob("*.md"))}
    found = sorted(course.glob("lessons/[0-9][0-9]_*/README.md"))
    lessons = {str(int(path.parent.name[:2])): path for path in found}
    return {**walkthroughs, "course": others.pop("readme"), **others, **lessons}


def read(path: Path) -> Page:
    """The page in the file `path`."""
    return parse(path.read_text("utf-8"))
