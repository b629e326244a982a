"""Records the bytes of a watched session, and shows them as text or as hex in the layout of `xxd`.

Text keeps the chunks apart: each read and each write begins a line. Hex joins successive chunks of the same
direction, so that one direction alone is exactly what `xxd` prints for the whole stream.
"""

import re
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from rich.cells import chop_cells

from clients.search import pattern_of
from core.formats.text import decode

MAX_BYTES = 1 << 20
"""Bytes kept of one session; the oldest chunks are dropped."""

MAX_CHUNKS = 20_000
HEX_BYTES = 16
ARROWS = {"in": "→", "out": "←"}
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
    starts: list[tuple[int, int]] = field(default_factory=list)
    """For each of `lines` its index in `text`, and its first character there."""

    def wrap(self, width: int) -> list[str]:
        """The text in lines of at most `width` cells. They are cached until the width changes."""
        if width != self.width:
            self.width = width
            self.lines, self.starts = [], []
            for number, text in enumerate(self.text):
                start = 0
                for part in chop_cells(text, width):
                    self.lines.append(part)
                    self.starts.append((number, start))
                    start += len(part)
        return self.lines


class Pattern:
    """A text to search for; its case is ignored. In hex, the digits of bytes are found too, as `0d 0a`."""

    def __init__(self, text: str) -> None:
        data = text.encode()
        choices = [b"(?i:" + re.escape(data) + b")"]
        try:
            choices.append(re.escape(bytes.fromhex(text)))
        except ValueError:
            pass
        self.longest = len(data)
        self.text = pattern_of(text)
        self.data = re.compile(b"|".join(choices))


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

    def add(self, direction: str, at: float, data: bytes) -> Chunk:
        """Append a chunk and return it. Drop the oldest ones if there is too much."""
        delta = at - self.chunks[-1].at if self.chunks else 0.0
        offset = self._offsets.get(direction, 0)
        text = [decode(line) for line in LINES.findall(data)]
        chunk = Chunk(direction, at, delta, offset, data, text)
        self.chunks.append(chunk)
        self._offsets[direction] = offset + len(data)
        self._size += len(data)
        while len(self.chunks) > 1 and (self._size > MAX_BYTES or len(self.chunks) > MAX_CHUNKS):
            oldest = self.chunks.popleft()
            self._size -= len(oldest.data)
            self.dropped += len(oldest.data)
        return chunk

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

    # --- searching

    def matches(self, pattern: Pattern) -> list[int]:
        """The lines in which a match begins, in order."""
        found: dict[int, None] = {}
        for first, chunk in zip(self._starts, self._chunks, strict=True):
            if not self._width:
                places = [match.start() // HEX_BYTES for match in pattern.data.finditer(chunk.data)]
            else:
                places = [
                    bisect_right(chunk.starts, (number, match.start())) - 1
                    for number, text in enumerate(chunk.text)
                    for match in pattern.text.finditer(text)
                ]
            found.update(dict.fromkeys([first + place for place in places]))
        return [*found]

    def spans(self, index: int, pattern: Pattern) -> list[tuple[int, int]]:
        """The parts of the text of line `index` that belong to a match: the first character and the end."""
        number = bisect_right(self._starts, index) - 1
        chunk, line = self._chunks[number], index - self._starts[number]
        if not self._width:
            start, end = line * HEX_BYTES, (line + 1) * HEX_BYTES
            near = pattern.data.finditer(chunk.data, max(0, start - pattern.longest), end + pattern.longest)
            found = _within(start, end, near)
            return [
                cells for first, last in found for byte in range(first, last) for cells in _cells_of(byte)
            ]
        text, start = chunk.starts[line]
        end = start + len(chunk.lines[line])
        before, behind = max(0, start - pattern.longest), end + pattern.longest
        return _within(start, end, pattern.text.finditer(chunk.text[text], before, behind))


def _cells_of(byte: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Where `xxd` puts the byte with this index in its line: the digits, and the character."""
    digits, character = 10 + byte // 2 * 5 + byte % 2 * 2, 51 + byte
    return (digits, digits + 2), (character, character + 1)


def _within(
    start: int, end: int, matches: Iterable[re.Match[str] | re.Match[bytes]]
) -> list[tuple[int, int]]:
    """The parts of `matches` that are between `start` and `end`, counted from `start`."""
    spans = [(max(start, match.start()) - start, min(end, match.end()) - start) for match in matches]
    return [(first, last) for first, last in spans if first < last]
