"""Makes every text from a server printable before it enters the model.

So the code that draws does not need to escape control characters; it only has to switch markup off.
"""

from core.formats.feed import Row
from core.formats.text import visible


def clean(text: str) -> str:
    """`text` on one line, with a visible stand-in for each control character."""
    return visible(text).replace("\t", " ")


def clean_row(row: Row) -> Row:
    """`row` with all its texts cleaned. The test for the usual case, nothing to clean, is fast."""
    together = row.service + row.transport + row.peer + row.state + row.user + row.detail
    if together.isascii() and together.isprintable():
        return row
    return Row._make([clean(value) if isinstance(value, str) else value for value in row])
