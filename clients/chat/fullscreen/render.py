"""The rows and styles of an entry of the log. Its words come from `clients.chat.rendering`.

The styles are the terminal's own two colours, bold and dim; only names have a colour of the palette, which is
readable on dark and light. A text becomes a segment as it is, so nothing in it is interpreted as markup.
"""

from functools import cache

from rich.cells import cell_len
from rich.segment import ControlType, Segment
from rich.style import Style
from textual.strip import Strip

from clients.chat.fullscreen.entries import Entry, JoinsAndLeaves
from clients.chat.fullscreen.wrap import wrap
from clients.chat.rendering import MENTION, Role, StyledLine, clock, color_of

PLAIN = Style()
DIM = Style(dim=True)
BOLD = Style(bold=True)
REVERSE = Style(reverse=True)
STOPPED = "you stopped reading here"

CLEAR = Segment("\x1b[K", control=[(ControlType.ERASE_IN_LINE, 0)])
"""Clears the row before it is drawn: a terminal and Textual can disagree about the width of an emoji."""

CLOCK = 6
"""Cells of `10:00 `. The further rows of a line are indented at least as far."""

LEAST = 12
"""Least cells for the text after a long name. With fewer, the name is wrapped together with the text."""


@cache
def name_style(color: int, bold: bool = False) -> Style:
    """The style of a name that has `color`, one of xterm's 256 colours."""
    return Style(color=f"color({color})", bold=bold)


def render_entry(entry: Entry, width: int) -> list[Strip]:
    """The rows of `entry`, none wider than `width`."""
    if isinstance(entry, JoinsAndLeaves):
        entry = StyledLine(entry.time, "", "", entry.text, Role.JOINED)
    rows = render_rule(entry.text, width) if entry.role in (Role.HEADING, Role.RULE) else _line(entry, width)
    return [row if row.cell_length <= width else row.crop(0, width) for row in rows]


def render_rule(text: str, width: int, style: Style = DIM) -> list[Strip]:
    """`── text ─────`, in as many rows as the text needs."""
    heads = [f"── {row} " for row in wrap(text, max(1, width - 5))]
    return [Strip([Segment(head + "─" * (width - cell_len(head)), style)]) for head in heads]


def _line(line: StyledLine, width: int) -> list[Strip]:
    lead = f"{line.lead} ".replace("\t", " ") if line.lead else ""
    mark = f"{MENTION} " if line.mentions else ""
    head, text = cell_len(mark + lead), line.noted_text
    if CLOCK + head + LEAST > width:
        lead, head, text = "", cell_len(mark), lead + text
    hang = CLOCK + head if CLOCK + head <= width // 3 else min(CLOCK, width // 4)
    rows = wrap(text, width - hang, CLOCK + head - hang)
    style, color = _style(line), color_of(line)
    first = [
        Segment(f"{clock(line.time)[:5]} ", DIM),
        Segment(mark.rstrip(), REVERSE),
        Segment(" " if mark else ""),
        Segment(lead, style if color is None else name_style(color, line.mentions)),
        Segment(rows[0], style),
    ]
    indent = " " * hang
    found = [first, *([Segment(indent), Segment(row, style)] for row in rows[1:])]
    is_doubtful = "\ufe0f" in text or "\u200d" in text
    return [Strip([CLEAR, *row] if is_doubtful else row) for row in found]


def _style(line: StyledLine) -> Style:
    if line.mentions or line.role is Role.REFUSED:
        return BOLD
    return DIM if line.is_dim else PLAIN
