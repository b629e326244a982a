"""Which columns a table has for a given width: the less important go first, the peer's address never."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

from clients.monitor.sessions import fields
from clients.monitor.sessions.fields import Field
from clients.monitor.sessions.server import SessionRow

MARK = 2
"""Cells before the first column, for the mark."""

LONGEST_PEER = 47  # an IPv6 address in brackets, with its port


@dataclass(frozen=True)
class Column:
    """A field with its place in the table. The lower `rank`, the sooner it is dropped."""

    field: Field
    width: int
    rank: int
    right: bool = False

    def fit(self, text: str) -> str:
        """`text` in exactly `width` cells; what is cut off is marked."""
        length = cell_len(text)
        if length > self.width:
            return set_cell_size(text, self.width - 1) + "…"
        blank = " " * (self.width - length)
        return blank + text if self.right else text + blank


COLUMNS = (
    Column(fields.SERVICE, 8, 11),
    Column(fields.SERVER, 14, 0),
    Column(fields.ID, 6, 1, right=True),
    Column(fields.STATE, 9, 7),
    Column(fields.USER, 12, 10),
    Column(fields.PEER, 15, 12),
    Column(fields.AGE, 6, 3, right=True),
    Column(fields.IDLE, 6, 2, right=True),
    Column(fields.IN, 6, 5, right=True),
    Column(fields.OUT, 6, 6, right=True),
    Column(fields.RATE, 7, 4, right=True),
    Column(fields.WAITING, 7, 8, right=True),
)


def gap(width: int) -> int:
    """Blanks between two columns."""
    return 2 if width >= 90 else 1


def columns_for(width: int, peer: int, several: bool) -> list[Column]:
    """The columns that fit in `width` cells, with room for peers of `peer` cells.

    With `several` servers the process is shown too, if there is room.
    """
    peer = max(15, min(LONGEST_PEER, peer))
    chosen = [
        Column(each.field, peer if each.field is fields.PEER else each.width, each.rank, each.right)
        for each in COLUMNS
        if several or each.field is not fields.SERVER
    ]
    while len(chosen) > 1 and total(chosen, width) > width:
        chosen.remove(min(chosen, key=lambda each: each.rank))
    return _widen(chosen, width)


def total(columns: Sequence[Column], width: int) -> int:
    """Cells that they take with what is between them."""
    return MARK + 1 + sum(each.width for each in columns) + gap(width) * (len(columns) - 1)


def _widen(columns: list[Column], width: int) -> list[Column]:
    """What is left over goes to the names, up to the 20 letters that a chat allows."""
    spare = max(0, min(8, width - total(columns, width)))
    return [
        Column(each.field, each.width + spare, each.rank) if each.field is fields.USER else each
        for each in columns
    ]


def longest_peer(lines: Sequence[SessionRow]) -> int:
    """Cells of the longest peer's address."""
    return max([len(line.row.peer) for line in lines], default=0)
