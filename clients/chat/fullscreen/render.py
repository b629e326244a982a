"""How an entry of the log is drawn: which words there are `look` has said, here they get rows and ink.

The ink is that of the terminal: its own two colours, bold and dim, and for names a colour of the palette that
is readable on dark and light. Texts become segments as they are; nothing in them is taken for markup.
"""

from functools import cache

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from clients.chat import rendering
from clients.chat.fullscreen.entries import Entry, JoinsAndLeaves, Rule
from clients.chat.fullscreen.wrap import wrap
from clients.chat.rendering import Role, StyledLine

PLAIN = Style()
DIM = Style(dim=True)
BOLD = Style(bold=True)
REVERSE = Style(reverse=True)
STOPPED = "you stopped reading here"

CLOCK = 6
"""Cells of `10:00 `; all other rows of a line are indented at least as far."""

LEAST = 12
"""Cells that the text has at least beside a long name; otherwise it takes the name along to the next row."""


@cache
def name_style(name: str, bold: bool = False) -> Style:
    """That of a name, wherever it stands."""
    return Style(color=f"color({rendering.name_color(name).index})", bold=bold)


def draw(entry: Entry, width: int) -> list[Strip]:
    """Its rows, none of them wider than `width`."""
    if isinstance(entry, JoinsAndLeaves):
        entry = StyledLine(entry.time, "", "", entry.text, Role.PEOPLE)
    rows = rule(entry.text, width) if isinstance(entry, Rule) else _line(entry, width)
    return [row if row.cell_length <= width else row.crop(0, width) for row in rows]


def rule(text: str, width: int, style: Style = DIM) -> list[Strip]:
    """`── text ─────`, or as many rows as it takes."""
    heads = [f"── {row} " for row in wrap(text, max(1, width - 5))]
    return [Strip([Segment(head + "─" * (width - cell_len(head)), style)]) for head in heads]


def _line(line: StyledLine, width: int) -> list[Strip]:
    lead = f"{line.lead} ".replace("\t", " ") if line.lead else ""
    mark = f"{rendering.MENTION} " if line.mentions else ""
    head, text = cell_len(mark + lead), line.text
    if CLOCK + head + LEAST > width:
        lead, head, text = "", cell_len(mark), lead + text
    hang = CLOCK + head if CLOCK + head <= width // 3 else min(CLOCK, width // 4)
    rows = wrap(text, width - hang, CLOCK + head - hang)
    ink = _ink(line)
    first = [
        Segment(f"{rendering.clock(line.time)[:5]} ", DIM),
        Segment(mark.rstrip(), REVERSE),
        Segment(" " if mark else ""),
        Segment(lead, name_style(line.name, line.mentions) if line.name else ink),
        Segment(rows[0], ink),
    ]
    indent = " " * hang
    return [Strip(first), *(Strip([Segment(indent), Segment(row, ink)]) for row in rows[1:])]


def _ink(line: StyledLine) -> Style:
    if line.mentions or line.role is Role.REFUSED:
        return BOLD
    return DIM if line.role in (Role.PEOPLE, Role.SERVER, Role.STATUS) else PLAIN
