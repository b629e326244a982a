"""Which columns the table has at a given width: the less important ones are left out, the peer never."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len, set_cell_size

from clients.monitor.sessions import fields
from clients.monitor.sessions.fields import Field
from clients.monitor.sessions.server import SessionRow

MARK = 2
"""Cells before the first column, for the mark."""

LONGEST_PEER = 47  # an IPv6 address in brackets, with its port


@dataclass(frozen=True)
class Column:
    """A field in the table. The columns with the lowest `rank` are left out first."""

    field: Field
    width: int
    rank: int
    right: bool = False

    def fit(self, text: str) -> str:
        """`text` in exactly `width` cells, aligned; `…` at the end means that it was cut."""
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
    """Blanks between two columns of a table of `width` cells."""
    return 2 if width >= 90 else 1


def columns_for(width: int, peer: int, several: bool) -> list[Column]:
    """The columns that fit in `width` cells, where the longest peer address has `peer` cells.

    The column with the server's name appears only if there are `several` servers.
    """
    widths = {fields.PEER: max(15, min(LONGEST_PEER, peer))}
    chosen = [
        replace(each, width=widths.get(each.field, each.width))
        for each in COLUMNS
        if several or each.field is not fields.SERVER
    ]
    while len(chosen) > 1 and total(chosen, width) > width:
        chosen.remove(min(chosen, key=lambda each: each.rank))
    spare = max(0, min(8, width - total(chosen, width)))  # for the user's name, of up to 20 letters
    return [replace(each, width=each.width + spare) if each.field is fields.USER else each for each in chosen]


def total(columns: Sequence[Column], width: int) -> int:
    """Cells that `columns` take, with the mark and the gaps."""
    return MARK + 1 + sum(each.width for each in columns) + gap(width) * (len(columns) - 1)


def longest_peer(sessions: Sequence[SessionRow]) -> int:
    """Cells of the longest peer address."""
    return max([len(session.row.peer) for session in sessions], default=0)
