"""Wraps text into rows of a given width: at spaces, and within a word only if it is longer than a row.

Width is measured in cells of a terminal: a wide character takes two, a combining mark none. Text is cut only
between clusters, so that a character keeps its marks.
"""

from collections.abc import Iterator

from rich.cells import cell_len

from core.formats.text import clusters

TAB = " " * 4


def wrap(text: str, width: int, first: int = 0) -> list[str]:
    """The rows of `text`, the first one shorter by `first` cells. A space between two rows is dropped."""
    text = text.replace("\t", TAB)
    room = width - first
    if text.isascii() and len(text) <= room:
        return [text]
    rows: list[str] = []
    start = used = 0  # of the current row
    blank = used_to_blank = 0  # after its last space
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
    """The start, the end and the width in cells of each cluster of `text`."""
    begin = 0
    for cluster in clusters(text):
        yield begin, begin + len(cluster), cell_len(cluster)
        begin += len(cluster)


def clip(text: str, width: int) -> str:
    """`text` in at most `width` cells. If it is cut, it ends with an ellipsis."""
    if cell_len(text) <= width:
        return text
    kept, total = 0, 0
    for _, end, size in graphemes(text):
        total += size
        if total > width - 1:
            break
        kept = end
    return text[:kept] + "…" if width > 0 else ""
