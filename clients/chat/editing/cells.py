"""A cursor position in a line is often several characters, and takes one column, or two, or none.

An accent, a skin tone or the second half of a flag belongs to what is before it (the main cases of UAX 29);
a cursor that stopped between would take them apart. How wide a place is, Rich knows, which Textual brings
along: its tables are newer than Python's, and the full screen measures by them too.
"""

from rich.cells import cell_len

from core.formats.text import clusters, visible

SMALLEST_ROOM = 10
"""Columns that a prompt leaves to what is typed, or it is left out."""


def edges(text: str) -> list[int]:
    """Where a cursor may stand in `text`: numbers of characters before it, from 0 up."""
    found = [0]
    for cluster in clusters(text):
        found.append(found[-1] + len(cluster))
    return found


def word_start(text: str, at: int) -> int:
    """Where the word under or before `at` begins."""
    while at > 0 and not text[at - 1].isalnum():
        at -= 1
    while at > 0 and text[at - 1].isalnum():
        at -= 1
    return at


def word_end(text: str, at: int) -> int:
    """Where the word under or after `at` ends."""
    while at < len(text) and not text[at].isalnum():
        at += 1
    while at < len(text) and text[at].isalnum():
        at += 1
    return at


def width(text: str) -> int:
    """The columns that `text`, which is visible, takes in a terminal."""
    return cell_len(text)


def layout(prompt: str, text: str, cursor: int, columns: int) -> tuple[str, str]:
    """One row of a terminal for `text` behind `prompt`: all of it that fits, and the part before the cursor.

    The last column stays free, since a terminal may go to the next row once it is taken. If the text does
    not fit, the part around the cursor is shown.
    """
    if columns - 1 - width(prompt) < SMALLEST_ROOM:
        prompt = ""
    room = max(2, columns - 1 - width(prompt))
    before = [visible(cluster) for cluster in clusters(text[:cursor])]
    after = [visible(cluster) for cluster in clusters(text[cursor:])]
    ahead = fitting(after, room // 4)
    before.reverse()
    shown = fitting(before, room - sum(map(width, ahead)))
    shown.reverse()
    behind = prompt + "".join(shown)
    return behind + "".join(fitting(after, room - sum(map(width, shown)))), behind


def fitting(cells: list[str], room: int) -> list[str]:
    """As many of the first ones as have room."""
    for count, cell in enumerate(cells):
        room -= width(cell)
        if room < 0:
            return cells[:count]
    return cells
