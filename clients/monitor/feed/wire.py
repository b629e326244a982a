"""Records the bytes of a watched session, and shows them as text or as hex in the layout of `xxd`.

Text keeps the chunks apart: each read and each write begins a line. Hex joins successive chunks of the same
direction, so that one direction alone is exactly what `xxd` prints for the whole stream.
"""

import re
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, field

from rich.cells import chop_cells

from core.formats.text import decode

MAX_BYTES = 1 << 20
"""Bytes kept of one session; the oldest chunks are dropped."""

MAX_CHUNKS = 20_000
HEX_BYTES = 16
LINES = re.compile(rb"[^\n]*\n|[^\n]+")


@dataclass(slots=True)
class Chunk:
    """One read (`in`) or one write (`out`). `offset` is its position in the stream of its direction."""

    direction: str
    at: float
    delta: float
    offset: int
    data: bytes | bytearray
    text: list[str] = field(default_factory=list)
    width: int = 0
    lines: list[str] = field(default_factory=list)

    def wrap(self, width: int) -> list[str]:
        """The text in lines of at most `width` cells. They are cached until the width changes."""
        if width != self.width:
            self.width = width
            self.lines = [part for line in self.text for part in chop_cells(line, width)]
        return self.lines


@dataclass(frozen=True, slots=True)
class WireLine:
    """One line to draw, of `chunk`."""

    chunk: Chunk
    is_first: bool
    text: str


def xxd(data: bytes, offset: int) -> str:
    """Up to 16 bytes in the layout of xxd."""
    pairs = " ".join(data[start : start + 2].hex() for start in range(0, len(data), 2))
    shown = "".join(chr(code) if 0x20 <= code < 0x7F else "." for code in data)
    return f"{offset:08x}: {pairs:<39}  {shown}"


class Recording:
    """The latest chunks of one session. `dropped` counts the bytes of those that were dropped."""

    def __init__(self) -> None:
        self.chunks: deque[Chunk] = deque()
        self.dropped = 0
        self._size = 0
        self._offsets = {"in": 0, "out": 0}

    def add(self, direction: str, at: float, data: bytes) -> None:
        """Append a chunk, and drop the oldest ones if there is too much."""
        delta = at - self.chunks[-1].at if self.chunks else 0.0
        offset = self._offsets.get(direction, 0)
        text = [decode(line) for line in LINES.findall(data)]
        self.chunks.append(Chunk(direction, at, delta, offset, data, text))
        self._offsets[direction] = offset + len(data)
        self._size += len(data)
        while len(self.chunks) > 1 and (self._size > MAX_BYTES or len(self.chunks) > MAX_CHUNKS):
            oldest = self.chunks.popleft()
            self._size -= len(oldest.data)
            self.dropped += len(oldest.data)

    def lines(self, hexadecimal: bool, direction: str = "", width: int = 80) -> "WireLines":
        """The present lines of `direction`, or of both if it is empty. Text is wrapped at `width` cells."""
        chunks = [chunk for chunk in self.chunks if direction in ("", chunk.direction)]
        return WireLines(_joined(chunks), 0) if hexadecimal else WireLines(chunks, width)


def _joined(chunks: list[Chunk]) -> list[Chunk]:
    """Successive chunks of the same direction, joined."""
    joined: list[Chunk] = []
    for chunk in chunks:
        if joined and joined[-1].direction == chunk.direction:
            joined[-1].data += chunk.data
        else:
            data = bytearray(chunk.data)
            joined.append(Chunk(chunk.direction, chunk.at, chunk.delta, chunk.offset, data))
    return joined


class WireLines:
    """The lines of some chunks, made on demand: text wrapped at `width` cells, or hex if that is 0."""

    def __init__(self, chunks: list[Chunk], width: int) -> None:
        self._chunks = chunks
        self._width = width
        self._starts: list[int] = []
        self._count = 0
        for chunk in chunks:
            self._starts.append(self._count)
            self._count += len(chunk.wrap(width)) if width else -(-len(chunk.data) // HEX_BYTES)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> WireLine:
        number = bisect_right(self._starts, index) - 1
        chunk, line = self._chunks[number], index - self._starts[number]
        if self._width:
            return WireLine(chunk, line == 0, chunk.wrap(self._width)[line])
        start = line * HEX_BYTES
        text = xxd(bytes(chunk.data[start : start + HEX_BYTES]), chunk.offset + start)
        return WireLine(chunk, line == 0, text)
