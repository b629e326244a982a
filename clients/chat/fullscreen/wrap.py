"""Text into rows of a given width: at blanks, and where a word or a link is too long for that, within it.

What is measured are cells of a terminal and what is cut are clusters: a wide character takes two cells, a
combining mark none, and neither is torn apart.
"""

from collections.abc import Iterator

from rich.cells import cell_len

from clients.chat.editing.cells import clusters

TAB = " " * 4


def wrap(text: str, width: int, first: int = 0) -> list[str]:
    """Rows of `text`, the first of which has `first` cells less. Only a blank between two rows is lost."""
    text = text.replace("\t", TAB)
    room = width - first
    if text.isascii() and len(text) <= room:
        return [text]
    rows: list[str] = []
    start = used = 0  # of the row that is being filled
    blank = used_to_blank = 0  # behind its last blank
    for begin, end, size in graphemes(text):
        is_blank = text[begin:end] == " "
        while used + size > room and (begin > start or room < width):
            if is_blank:
                rows.append(text[start:begin])
                start, used, size = end, 0, 0
            elif blank > start:
                rows.append(text[start : blank - 1])
                start, used = blank, used - used_to_blank
            else:
                rows.append(text[start:begin])
                start, used = begin, 0
            room = width
        used += size
        if is_blank:
            blank, used_to_blank = end, used
    return [*rows, text[start:]] if start < len(text) or not rows else rows


def graphemes(text: str) -> Iterator[tuple[int, int, int]]:
    """Where each begins and ends in `text`, and how many cells it takes."""
    begin = 0
    for cluster in clusters(text):
        yield begin, begin + len(cluster), cell_len(cluster)
        begin += len(cluster)


def clip(text: str, width: int) -> str:
    """`text` in at most `width` cells, with an ellipsis for what is missing."""
    if cell_len(text) <= width:
        return text
    kept, total = 0, 0
    for _, end, size in graphemes(text):
        total += size
        if total > width - 1:
            break
        kept = end
    return text[:kept] + "…" if width > 0 else ""
