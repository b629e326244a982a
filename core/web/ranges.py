"""Ranges of a file that a request asks for (RFC 9110, 14): one part of it, or several in one answer."""

import logging
import re
from http import HTTPStatus
from secrets import token_hex

from core.formats.text import decode
from core.web.conditions import is_current
from core.web.headers import value_of
from core.web.request import Request

log = logging.getLogger(__name__)

RANGE = re.compile(rb"([0-9]*)-([0-9]*)")

MAX_RANGES = 50
"""A request for more ranges is a denial of service, and is answered with the whole file."""

Part = tuple[bytes, int, int]
"""Bytes to send, and then a part of the file: its offset and its size."""


def choose_parts(request: Request, size: int, content_type: bytes, tag: bytes) -> list[Part]:
    """The parts of a file of `size` bytes that `request` asks for. Sets the code and the headers.

    The whole file if it asks for no range, for a malformed one, or for a range of an older file.
    """
    request.response_headers.put(b"Content-Type", value_of(content_type))
    value = request.get_header(b"Range")
    if value is None or request.method != b"GET" or not is_current(request.request_headers, tag):
        return [(b"", 0, size)]
    try:
        ranges = satisfiable(parse_range(value), size)
    except ValueError as error:
        log.warning("a Range header is ignored: %s: %s", error, decode(value))
        return [(b"", 0, size)]
    if not ranges:
        request.set_response_code(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
        request.set_header(b"Content-Range", b"bytes */%d" % size)
        return []
    if sum(length for _, length in ranges) > size:  # they overlap
        return [(b"", 0, size)]
    request.set_response_code(HTTPStatus.PARTIAL_CONTENT)
    if len(ranges) > 1:
        multipart_type, parts = multipart(ranges, size, content_type)
        request.set_header(b"Content-Type", multipart_type)
        return parts
    request.set_header(b"Content-Range", content_range(*ranges[0], size))
    return [(b"", *ranges[0])]


def parse_range(value: bytes) -> list[tuple[int | None, int | None]]:
    """The first and last positions in a Range header. No first position: the last bytes of the file.

    ValueError for a malformed header, another unit than bytes, and too many ranges.
    """
    unit, _, ranges = value.partition(b"=")
    if unit.strip().lower() != b"bytes":
        raise ValueError("the unit is not bytes")
    parsed = [_parse_one(text.strip(b" \t")) for text in ranges.split(b",") if text.strip(b" \t")]
    if not 0 < len(parsed) <= MAX_RANGES:
        raise ValueError("there is no range, or there are too many")
    return parsed


def _parse_one(text: bytes) -> tuple[int | None, int | None]:
    found = RANGE.fullmatch(text)
    if found is None or len(text) > 40:
        raise ValueError("a range is malformed")
    first = int(found[1]) if found[1] else None
    last = int(found[2]) if found[2] else None
    if (first is None and last is None) or (first is not None and last is not None and first > last):
        raise ValueError("a range has no beginning, or ends before it")
    return first, last


def satisfiable(ranges: list[tuple[int | None, int | None]], size: int) -> list[tuple[int, int]]:
    """Offset and size of each range that has bytes in a file of `size` bytes."""
    found = []
    for first, last in ranges:
        start = max(size - (last or 0), 0) if first is None else first
        end = size if first is None or last is None else min(last + 1, size)
        if start < end:
            found.append((start, end - start))
    return found


def content_range(offset: int, length: int, size: int) -> bytes:
    """The value of Content-Range for a part of a file of `size` bytes."""
    return b"bytes %d-%d/%d" % (offset, offset + length - 1, size)


def multipart(ranges: list[tuple[int, int]], size: int, content_type: bytes) -> tuple[bytes, list[Part]]:
    """The content type of an answer with several ranges, and its parts. The last part has no file bytes."""
    boundary = token_hex(16).encode()
    parts = []
    for offset, length in ranges:
        fields = (content_type, content_range(offset, length, size))
        head = b"\r\nContent-Type: %b\r\nContent-Range: %b\r\n\r\n" % fields
        parts.append((b"\r\n--" + boundary + head, offset, length))
    parts.append((b"\r\n--" + boundary + b"--\r\n", 0, 0))
    return b"multipart/byteranges; boundary=" + boundary, parts
