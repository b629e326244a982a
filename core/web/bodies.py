"""The body of a request: cut out of the received bytes by its length, or chunk by chunk.

h11 can do this, too, but it accepts what RFC 9112 forbids: sizes of twenty digits, spaces after a size,
control characters in an extension, bare line feeds in trailers. A check in front of h11 would have to parse
the same lines, and two parsers that differ are worse than one.
"""

import re
from abc import ABC, abstractmethod
from enum import Enum
from http import HTTPStatus

from core.web.strictness import FIELD, MAX_FIELDS, TCHAR, bad

MAX_CHUNK_LINE = 1024

QUOTED = rb'"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*"'
CHUNK_LINE = re.compile(
    rb"([0-9A-Fa-f]{1,16})"
    rb"(?:[ \t]*;[ \t]*[" + TCHAR + rb"]+(?:[ \t]*=[ \t]*(?:[" + TCHAR + rb"]+|" + QUOTED + rb"))?)*\r\n"
)
TRAILER = re.compile(FIELD)


class Body(ABC):
    """A body that is being received."""

    finished = False

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._size = 0  # as far as it was announced

    def announce(self, size: int) -> None:
        """So many bytes more will come. Raises Refusal if the body becomes larger than the limit."""
        self._size += size
        if self._limit is not None and self._size > self._limit:
            raise bad("the body is too large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    @abstractmethod
    def take(self, buffer: bytearray) -> bytes:
        """Remove bytes of the body from `buffer` and return them. Sets `finished`. Raises Refusal."""


class BodyOfLength(Body):
    """A body whose Content-Length is known."""

    def __init__(self, length: int, limit: int | None) -> None:
        super().__init__(limit)
        self.announce(length)
        self._remaining = length

    def take(self, buffer: bytearray) -> bytes:
        data = bytes(buffer[: self._remaining])
        del buffer[: self._remaining]
        self._remaining -= len(data)
        self.finished = not self._remaining
        return data


class ChunkState(Enum):
    """The state of a chunked body (RFC 9112, 7.1).

    from      to        when
    SIZE      DATA      a chunk has a size
    DATA      DATA_END  all bytes of the chunk have come
    DATA_END  SIZE      the line end after the chunk has come
    SIZE      TRAILERS  a chunk has the size 0; an empty line finishes the body
    """

    SIZE = "size"
    DATA = "data"
    DATA_END = "data end"
    TRAILERS = "trailers"


class ChunkedBody(Body):
    """A body in chunks. Extensions and trailers are checked and dropped."""

    def __init__(self, limit: int | None) -> None:
        super().__init__(limit)
        self._state = ChunkState.SIZE
        self._remaining = 0  # of the chunk
        self._trailers = 0  # the size of the trailers so far

    def take(self, buffer: bytearray) -> bytes:
        pieces: list[bytes] = []
        while not self.finished and (
            self._take_data(buffer, pieces) if self._state is ChunkState.DATA else self._take_line(buffer)
        ):
            pass
        return b"".join(pieces)

    def _take_data(self, buffer: bytearray, pieces: list[bytes]) -> bool:
        pieces.append(bytes(buffer[: self._remaining]))
        del buffer[: self._remaining]
        self._remaining -= len(pieces[-1])
        if not self._remaining:
            self._state = ChunkState.DATA_END
        return not self._remaining

    def _take_line(self, buffer: bytearray) -> bool:
        """Take a size, a trailer or the end of a chunk. False if its line is not complete."""
        end = buffer.find(b"\n") + 1
        if self._state is ChunkState.DATA_END and not b"\r\n".startswith(buffer[:2]):
            raise bad("a chunk is longer than its size")
        if max(end, len(buffer) if not end else 0) > self._longest_line():
            raise bad("a line in a chunked body is too long", self._too_long())
        if not end:
            return False
        line = bytes(buffer[:end])
        del buffer[:end]
        if self._state is ChunkState.TRAILERS:
            self._check_trailer(line)
        elif self._state is ChunkState.DATA_END:
            self._state = ChunkState.SIZE
        else:
            self._begin_chunk(line)
        return True

    def _longest_line(self) -> int:
        return MAX_FIELDS - self._trailers if self._state is ChunkState.TRAILERS else MAX_CHUNK_LINE

    def _too_long(self) -> HTTPStatus:
        if self._state is ChunkState.TRAILERS:
            return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        return HTTPStatus.BAD_REQUEST

    def _begin_chunk(self, line: bytes) -> None:
        if (found := CHUNK_LINE.fullmatch(line)) is None:
            raise bad("the size of a chunk is malformed")
        self._remaining = int(found[1], 16)
        self.announce(self._remaining)
        self._state = ChunkState.DATA if self._remaining else ChunkState.TRAILERS

    def _check_trailer(self, line: bytes) -> None:
        self._trailers += len(line)
        if line == b"\r\n":
            self.finished = True
        elif not TRAILER.fullmatch(line):
            raise bad("a trailer is malformed")
