"""Text into rows of a given width: at blanks, and where a word or a link is too long for that, within it.

What is measured are cells of a terminal and what is cut are graphemes, as Rich knows them: a wide character
takes two cells, a combining mark none, and neither is torn apart.
"""

from collections.abc import Iterable

from rich.cells import cell_len, split_graphemes

TAB = " " * 4


def wrap(text: str, width: int, first: int = 0) -> list[str]:
    """Rows of `text`, the first of which has `first` cells less. Only a blank between two rows is lost."""
    text = text.replace("\t", TAB)
    room = width - first
    if text.isascii() and len(text) <= room:
        return [text]
    rows: list[str] = []
    start = used = blank = used_to_blank = (
        0  # of the row that is being filled; `blank` is behind the last one
    )
    for begin, end, size in graphemes(text):
        is_blank = text[begin:end] == " "
        if used + size > room:
            cut, next_start, used = begin, begin, 0 if blank <= start else used - used_to_blank
            if is_blank:
                next_start, used, size = end, 0, 0
            elif blank > start:
                cut, next_start = blank - 1, blank
            rows.append(text[start:cut])
            start, room = next_start, width
        used += size
        if is_blank:
            blank, used_to_blank = end, used
    return [*rows, text[start:]] if start < len(text) or not rows else rows


def graphemes(text: str) -> Iterable[tuple[int, int, int]]:
    """Where each begins and ends in `text`, and how many cells it takes."""
    if text.isascii():
        return ((index, index + 1, 1) for index in range(len(text)))
    return split_graphemes(text)[0]


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
