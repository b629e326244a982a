"""The learners as a table for the screen and the terminal, and as a JSON document."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

from tutorials.board.wire import Row, row_fields
from tutorials.course.shelf import find


@dataclass(frozen=True)
class Column:
    """A column of the table. `spare`: how many of the cells that are left over it may get."""

    heading: str
    width: int
    spare: int = 0
    right: bool = False


COLUMNS = (
    Column("hand", 4),
    Column("name", 12, 12),
    Column("lesson", 11, 4),
    Column("step", 5, right=True),
    Column("result", 7),
    Column("mistake", 14, 6),
    Column("for", 6, right=True),
    Column("tries", 5, right=True),
    Column("hints", 5, right=True),
)

NARROWEST = sum(column.width + 1 for column in COLUMNS) - 1


def fit(text: str, width: int, right: bool = False) -> str:
    """`text` in exactly `width` cells; `~` at its end says that it was cut."""
    from rich.cells import cell_len, set_cell_size  # slow, and not needed to serve

    if cell_len(text) > width:
        return set_cell_size(text, width - 1) + "~"
    blank = " " * (width - cell_len(text))
    return blank + text if right else text + blank


def widths(width: int) -> list[int]:
    """The widths of the columns in a table of `width` cells."""
    spare, found = max(width - NARROWEST, 0), []
    for column in COLUMNS:
        more = min(spare, column.spare)
        spare -= more
        found.append(column.width + more)
    return found


def join(texts: Sequence[str], width: int) -> str:
    """One line of the table."""
    cells = [
        fit(text, size, column.right)
        for text, size, column in zip(texts, widths(width), COLUMNS, strict=True)
    ]
    return " ".join(cells).rstrip()


def heading(width: int) -> str:
    """The first line of the table."""
    return join([column.heading for column in COLUMNS], width)


def line(row: Row, width: int) -> str:
    """The line of a learner."""
    status, lesson = row.status, find(str(row.status.lesson))
    name = f"{status.lesson} {lesson.name if lesson else '?'}" if status.lesson else ""
    step = f"{status.step}/{lesson.total}" if lesson and status.result else ""
    result = status.result or ("begun" if status.lesson else "")
    texts = ["hand" if status.hand else "" if row.here else "gone", row.name, name, step, result]
    texts += [status.mistake, duration(row.seconds), str(status.tries), str(status.hints)]
    return join(texts, width)


def duration(seconds: int) -> str:
    """A time in its greatest unit: `40 s`, `12 min`, `3 h`."""
    if seconds < 60:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 6000 else f"{seconds // 3600} h"


@dataclass(frozen=True)
class Commonest:
    """The mistake that most learners who are here have made in their last check."""

    lesson: int
    mistake: str
    learners: int

    def text(self) -> str:
        """The mistake in a sentence, with its explanation if the lesson has one."""
        lesson = find(str(self.lesson))
        says = lesson.text(f"mistakes.{self.mistake}.says") if lesson else ""
        count = "1 learner" if self.learners == 1 else f"{self.learners} learners"
        return f"Commonest mistake now: {self.mistake} in lesson {self.lesson} ({count}). {says}".rstrip()


def commonest(rows: Sequence[Row]) -> Commonest | None:
    """The commonest mistake now, None if there is none. Of equally common ones the first in the table."""
    counts = Counter(
        (row.status.lesson, row.status.mistake) for row in rows if row.here and row.status.mistake
    )
    if not counts:
        return None
    (lesson, mistake), learners = counts.most_common(1)[0]
    return Commonest(lesson, mistake, learners)


def summary(rows: Sequence[Row]) -> str:
    """How many learners there are, and how many hands are raised."""
    here, hands = sum(row.here for row in rows), sum(row.status.hand for row in rows)
    gone = f", {len(rows) - here} gone" if here < len(rows) else ""
    learners = "1 learner" if here == 1 else f"{here} learners"
    raised = "1 hand" if hands == 1 else f"{hands or 'no'} hands"
    return f"{learners}{gone}, {raised} raised"


def table(rows: Sequence[Row], width: int) -> list[str]:
    """All that the board knows, as lines."""
    common = commonest(rows)
    lines = [summary(rows), *(wrap(common.text(), width) if common else [])]
    return [*lines, "", heading(width), *[line(row, width) for row in rows]] if rows else lines


def document(rows: Sequence[Row]) -> str:
    """All that the board knows, as one JSON object in one line."""
    common = commonest(rows)
    return json.dumps(
        {
            "learners": [row_fields(row) for row in rows],
            "hands": [row.name for row in rows if row.status.hand],
            "commonest": vars(common) if common else None,
        }
    )
