"""The rows around the log: the names at the left, the title at the top, the troubles below."""

from collections.abc import Sequence

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from clients.chat.fullscreen.render import BOLD, DIM, REVERSE, name_style
from clients.chat.people import People
from core.formats.text import fold

NAMES_WIDTH = 20
EDGE = " │"


def names(people: People, me: str, now: float, height: int) -> list[Text]:
    """The people in order of arrival, in `height` rows. Those who are away are dim, with their idle time."""
    here = people.names()
    shown = here if len(here) <= height else here[: height - 1]
    rows = [_name(people, name, me, now) for name in shown]
    if len(shown) < len(here):
        rows.append(_row(f"and {len(here) - len(shown)} more", "", DIM))
    return rows + [_row("", "", DIM)] * (height - len(rows))


def _name(people: People, name: str, me: str, now: float) -> Text:
    if fold(name) == fold(me):
        return _row(name, " you", name_style(people.color(name), bold=True))
    if people.is_ignored(name):
        return _row(name, " ignored", DIM)
    if people.is_away(name, now):
        return _row(name, f" {duration(people.quiet_for(name, now))}", DIM)
    return _row(name, "", name_style(people.color(name)))


def _row(name: str, note: str, style: Style | str) -> Text:
    """A row of exactly NAMES_WIDTH cells."""
    room = NAMES_WIDTH - len(EDGE)
    row = Text().append(clip(name.replace("\t", " "), room - len(note)), style).append(note, DIM)
    row.pad_right(room - row.cell_len)
    return row.append(EDGE, DIM)


def clip(text: str, width: int) -> str:
    """`text` in at most `width` cells. If it is cut, it ends with an ellipsis."""
    row = Text(text)
    row.truncate(max(0, width), overflow="ellipsis")
    return row.plain


def duration(seconds: float) -> str:
    """`seconds` in whole minutes, hours or days."""
    for unit, size in (("d", 86400), ("h", 3600)):
        if seconds >= size:
            return f"{int(seconds // size)}{unit}"
    return f"{int(seconds // 60)}m"


def top(parts: Sequence[str], hint: str, width: int) -> list[Text]:
    """The title: `parts` at the left, cut if necessary, and `hint` at the right if there is room."""
    text, right = clip(f" {' · '.join(filter(None, parts))}", width), f"{hint} "
    blank = width - cell_len(text)
    return [Text().append(text + (right if blank > len(right) + 1 else "").rjust(blank), REVERSE)]


def edge(troubles: str, width: int) -> list[Text]:
    """The rule between the log and the input field, with `troubles` in it."""
    row = Text()
    if troubles:
        row.append("── ", DIM).append(clip(troubles, width - 6), BOLD).append(" ")
    return [row.append("─" * max(0, width - row.cell_len), DIM)]
