"""Which columns the table has: those that the user has chosen, and of these the most important that fit."""

from collections.abc import Collection, Sequence
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
    """A field in the table, with its usual style. The columns with the lowest `rank` are left out first."""

    field: Field
    width: int
    rank: int
    style: str = "$dim"

    def fit(self, text: str) -> str:
        """`text` in exactly `width` cells, aligned; `…` at the end means that it was cut."""
        length = cell_len(text)
        if length > self.width:
            return set_cell_size(text, self.width - 1) + "…"
        blank = " " * (self.width - length)
        return text + blank if self.field.number is None else blank + text


COLUMNS = (
    Column(fields.SERVICE, 8, 11, "$accent"),
    Column(fields.SERVER, 14, 0),
    Column(fields.ID, 6, 1),
    Column(fields.STATE, 9, 7, "$foreground"),
    Column(fields.USER, 12, 10, "bold $foreground"),
    Column(fields.PEER, 15, 12, "$foreground"),
    Column(fields.PROTO, 9, -1, "$foreground"),
    Column(fields.AGE, 6, 3),
    Column(fields.IDLE, 6, 2),
    Column(fields.IN, 6, 5, "$foreground"),
    Column(fields.OUT, 6, 6, "$foreground"),
    Column(fields.RATE, 7, 4),
    Column(fields.WAITING, 7, 8),
)
ALL = tuple(column.field.name for column in COLUMNS)
DEFAULT = frozenset(ALL) - {fields.PROTO.name}


def gap(width: int) -> int:
    """Blanks between two columns of a table of `width` cells."""
    return 2 if width >= 90 else 1


def columns_for(width: int, peer: int, several: bool, chosen: Collection[str] = DEFAULT) -> list[Column]:
    """Those of the `chosen` columns that fit in `width` cells. The longest peer address has `peer` cells.

    The column with the server's name appears only if there are `several` servers.
    """
    widths = {fields.PEER: max(15, min(LONGEST_PEER, peer))}
    found = [
        replace(each, width=widths.get(each.field, each.width))
        for each in COLUMNS
        if each.field.name in chosen and (several or each.field is not fields.SERVER)
    ] or [COLUMNS[0]]
    while len(found) > 1 and total(found, width) > width:
        found.remove(min(found, key=lambda each: each.rank))
    spare = max(0, min(8, width - total(found, width)))  # for the user's name, of up to 20 letters
    return [replace(each, width=each.width + spare) if each.field is fields.USER else each for each in found]


def column_at(cell: int, columns: Sequence[Column], width: int) -> Column | None:
    """The column at position `cell` of a table of `width` cells; the gap behind a column belongs to it."""
    start = MARK
    for column in columns:
        end = start + column.width + gap(width)
        if start <= cell < end:
            return column
        start = end
    return None


def total(columns: Sequence[Column], width: int) -> int:
    """Cells that `columns` take, with the mark and the gaps."""
    return MARK + sum(each.width + gap(width) for each in columns)


def longest_peer(sessions: Sequence[SessionRow]) -> int:
    """Cells of the longest peer address."""
    return max([len(session.row.peer) for session in sessions], default=0)
