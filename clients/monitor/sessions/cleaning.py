"""Nothing that a peer chose enters the model as it was sent: it is made fit for one cell of a terminal.

So whatever is drawn, in whichever place, needs no thought any more; only markup is left to be switched off.
"""

from core.formats.feed import Row
from core.formats.text import visible


def clean(text: str) -> str:
    """Fit for one cell of a terminal."""
    return visible(text).replace("\t", " ")


def clean_row(row: Row) -> Row:
    """The row with every text in it fit for a cell; a clean one, the usual case, costs one look."""
    together = row.service + row.transport + row.peer + row.state + row.user
    if together.isascii() and together.isprintable():
        return row
    return row._replace(
        service=clean(row.service),
        transport=clean(row.transport),
        peer=clean(row.peer),
        state=clean(row.state),
        user=clean(row.user),
    )
