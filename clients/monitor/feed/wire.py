"""What passed over a watched connection: each read and each write as it was, as text or as `xxd` prints it.

In hex, pieces that follow one another in the same direction are one stream: so one direction by itself is
just what `xxd` would print of all that was sent, however it was cut.
"""

import re
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, field

from rich.cells import chop_cells

from core.formats.text import decode

MAX_BYTES = 1 << 20
"""Bytes kept of one session; the oldest go first."""

MAX_CHUNKS = 20_000
ROW = 16
LINES = re.compile(rb"[^\n]*\n|[^\n]+")


@dataclass(slots=True)
class Chunk:
    """One read (`in`) or one write (`out`); `offset` counts from the first byte seen in that direction."""

    direction: str
    at: float
    delta: float
    offset: int
    data: bytes | bytearray
    text: list[str] = field(default_factory=list)
    room: int = 0
    rows: list[str] = field(default_factory=list)

    def in_rows(self, room: int) -> list[str]:
        """The text, no row of it longer than `room` cells."""
        if room != self.room:
            self.room = room
            self.rows = [row for line in self.text for row in chop_cells(line, room)]
        return self.rows


@dataclass(frozen=True, slots=True)
class WireLine:
    """A line to show; `first` is the first one of its piece."""

    piece: Chunk
    first: bool
    text: str


def xxd(data: bytes, offset: int) -> str:
    """Up to 16 bytes as xxd prints them."""
    pairs = " ".join(data[start : start + 2].hex() for start in range(0, len(data), 2))
    shown = "".join(chr(code) if 0x20 <= code < 0x7F else "." for code in data)
    return f"{offset:08x}: {pairs:<39}  {shown}"


class Recording:
    """The pieces of one session, and two ways to read them."""

    def __init__(self) -> None:
        self.pieces: deque[Chunk] = deque()
        self.dropped = 0
        self._size = 0
        self._offsets = {"in": 0, "out": 0}

    def add(self, direction: str, at: float, data: bytes) -> None:
        """One more piece."""
        delta = at - self.pieces[-1].at if self.pieces else 0.0
        offset = self._offsets.get(direction, 0)
        text = [decode(line) for line in LINES.findall(data)]
        self.pieces.append(Chunk(direction, at, delta, offset, data, text))
        self._offsets[direction] = offset + len(data)
        self._size += len(data)
        while len(self.pieces) > 1 and (self._size > MAX_BYTES or len(self.pieces) > MAX_CHUNKS):
            gone = self.pieces.popleft()
            self._size -= len(gone.data)
            self.dropped += len(gone.data)

    def reading(self, hexadecimal: bool, direction: str = "", room: int = 80) -> "WireLines":
        """What there is now, of one direction or of both; text in rows of `room` cells."""
        pieces = [piece for piece in self.pieces if direction in ("", piece.direction)]
        return WireLines(_runs(pieces), 0) if hexadecimal else WireLines(pieces, room)


def _runs(pieces: list[Chunk]) -> list[Chunk]:
    """Pieces of one direction that follow one another, put together."""
    runs: list[Chunk] = []
    for piece in pieces:
        if runs and runs[-1].direction == piece.direction:
            runs[-1].data += piece.data
        else:
            data = bytearray(piece.data)
            runs.append(Chunk(piece.direction, piece.at, piece.delta, piece.offset, data))
    return runs


class WireLines:
    """Lines, made when they are looked at: text in rows of `room` cells, or hex if that is 0."""

    def __init__(self, pieces: list[Chunk], room: int) -> None:
        self._pieces = pieces
        self._room = room
        self._starts: list[int] = []
        self._count = 0
        for piece in pieces:
            self._starts.append(self._count)
            self._count += len(piece.in_rows(room)) if room else -(-len(piece.data) // ROW)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> WireLine:
        number = bisect_right(self._starts, index) - 1
        piece, line = self._pieces[number], index - self._starts[number]
        if self._room:
            return WireLine(piece, line == 0, piece.in_rows(self._room)[line])
        start = line * ROW
        return WireLine(piece, line == 0, xxd(bytes(piece.data[start : start + ROW]), piece.offset + start))
