"""The rows and styles of an entry of the log. Its words come from `clients.chat.rendering`.

The styles are the two colours of the theme or of the terminal, bold and dim; only names have a colour of the
palette. Nothing in a text is interpreted as markup.
"""

import re
import string
from collections.abc import Sequence
from functools import cache
from urllib.parse import quote

from rich.cells import cell_len
from rich.console import Console
from rich.style import Style
from rich.text import Text

from clients.chat.rendering import MENTION, RULES, Role, StyledLine, clock

PLAIN = Style()
DIM = "chat.dim"  # the app defines it for the theme
BOLD = Style(bold=True)
REVERSE = Style(reverse=True)
STOPPED = "you stopped reading here"

CLOCK = 6
"""Cells of `10:00 `. The further rows of a line are indented at least as far, if the width allows."""

TAB = 4

ADDRESS = re.compile(r"\bhttps?://[^\s<>\"]*[^\s<>\".,:;!?'\)\]}]")
"""A link, without the punctuation behind it."""


@cache
def name_style(color: int, bold: bool = False) -> Style:
    """The style of a name that has `color`, one of xterm's 256 colours."""
    return Style(color=f"color({color})", bold=bold)


def render_entry(
    line: StyledLine,
    width: int,
    console: Console,
    pattern: re.Pattern[str] | None = None,
    is_current: bool = False,
) -> Sequence[Text]:
    """The rows of `line`, none wider than `width`, which is at least 8.

    The matches of `pattern` are marked. `is_current`: the search is at this line.
    """
    if line.role in RULES:
        return render_rule(line.text, width, console)
    text = _head(line)
    head, start = text.cell_len, len(text)
    text.append(line.text, _style(line))
    _add_links(text)
    for match in pattern.finditer(text.plain, len(text) - len(line.whole)) if pattern else ():
        text.stylize(REVERSE, *match.span())
    text.append(line.note, DIM)
    if is_current:
        text.stylize(REVERSE, 0, CLOCK - 1)
    if text.cell_len <= width and "\t" not in line.text:
        return [text]  # most lines; to wrap them would delay the keys while very many arrive
    if head > width // 3:
        head = start = min(CLOCK, width // 4)
    rows = text[start:].wrap(console, max(1, width - head), tab_size=TAB)
    return [text[:start] + rows[0], *(Text(" " * head) + row for row in rows[1:])]


def render_bare(line: StyledLine, width: int, console: Console) -> Sequence[Text]:
    """The rows of the text alone, for copying."""
    text = Text(line.text)
    _add_links(text)
    return [*text.wrap(console, max(1, width), tab_size=TAB)]


def _add_links(text: Text) -> None:
    """Give each row of a wrapped link the whole address (OSC 8), which the terminal opens and copies."""
    for match in ADDRESS.finditer(text.plain):
        text.stylize(Style(link=quote(match[0], safe=string.punctuation)), *match.span())


def render_rule(text: str, width: int, console: Console) -> Sequence[Text]:
    """`── text ─────`, in as many rows as the text needs."""
    rows = Text(text).wrap(console, max(1, width - 5))
    heads = [f"── {row.plain.rstrip()} " for row in rows]
    return [Text().append(head + "─" * (width - cell_len(head)), DIM) for head in heads]


def _head(line: StyledLine) -> Text:
    """The time, the mark of a mention, and the speaker."""
    text = Text().append(f"{clock(line.time)[:5]} ", DIM)
    if line.mentions:
        text.append(MENTION, REVERSE).append(" ")
    if line.lead:
        color = line.name_color
        style = _style(line) if color is None else name_style(color, line.mentions)
        text.append(f"{line.lead} ".replace("\t", " "), style)
    return text


def _style(line: StyledLine) -> Style | str:
    if line.mentions or line.role is Role.REFUSED:
        return BOLD
    return DIM if line.is_dim else PLAIN
