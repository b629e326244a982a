"""The rows around the log: the names at the left, the title at the top, the troubles below."""

from collections.abc import Sequence

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from clients.chat.fullscreen.render import BOLD, DIM, REVERSE, name_style
from clients.chat.fullscreen.wrap import clip
from clients.chat.people import People
from core.formats.text import fold

NAMES_WIDTH = 20
EDGE = " │"


def names(people: People, me: str, now: float, height: int) -> list[Strip]:
    """The people in order of arrival, in `height` rows. Those who are away are dim, with their idle time."""
    here = people.names()
    shown = here if len(here) <= height else here[: height - 1]
    rows = [_name(people, name, me, now) for name in shown]
    if len(shown) < len(here):
        rows.append(_row(f"and {len(here) - len(shown)} more", "", DIM))
    return rows + [_row("", "", DIM)] * (height - len(rows))


def _name(people: People, name: str, me: str, now: float) -> Strip:
    if fold(name) == fold(me):
        return _row(name, "you", name_style(people.color(name), bold=True))
    if people.is_ignored(name):
        return _row(name, "ignored", DIM)
    if people.is_away(name, now):
        return _row(name, duration(people.quiet_for(name, now)), DIM)
    return _row(name, "", name_style(people.color(name)))


def _row(name: str, note: str, style: Style) -> Strip:
    """A row of exactly NAMES_WIDTH cells."""
    room = NAMES_WIDTH - len(EDGE)
    note = f" {note}" if note else ""
    name = clip(name.replace("\t", " "), room - len(note))
    blank = " " * (room - cell_len(name) - len(note))
    return Strip([Segment(name, style), Segment(note, DIM), Segment(blank + EDGE, DIM)])


def duration(seconds: float) -> str:
    """`seconds` in whole minutes, hours or days."""
    for unit, size in (("d", 86400), ("h", 3600)):
        if seconds >= size:
            return f"{int(seconds // size)}{unit}"
    return f"{int(seconds // 60)}m"


def top(parts: Sequence[str], hint: str, width: int) -> list[Strip]:
    """The title: `parts` at the left, cut if necessary, and `hint` at the right if there is room."""
    text = f" {' · '.join(part for part in parts if part)}"
    blank = width - cell_len(text) - len(hint) - 1
    text = f"{text}{' ' * blank}{hint} " if blank > 1 else clip(text, width)
    return [Strip([Segment(text.ljust(width - cell_len(text) + len(text)), REVERSE)])]


def edge(troubles: str, width: int) -> list[Strip]:
    """The rule between the log and the input field, with `troubles` in it."""
    if not troubles:
        return [Strip([Segment("─" * width, DIM)])]
    text = clip(troubles, width - 6)
    left = max(0, width - cell_len(text) - 4)
    return [Strip([Segment("── ", DIM), Segment(text, BOLD), Segment(" " + "─" * left, DIM)])]
