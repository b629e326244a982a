"""The head of a request: found in the received bytes, checked, and parsed by h11.

h11 is given complete heads only, and one object parses one head. Its state machine and its writer would cost
half of the time of a short answer, and the channel knows its own state. Bodies: see bodies.py.
"""

from functools import lru_cache
from http import HTTPStatus
from typing import NamedTuple

import h11

from core.web import strictness
from core.web.answers import Refusal
from core.web.headers import TOKEN, Headers, canonical
from core.web.strictness import bad, check_host

MAX_REMEMBERED = 1024
"""The size of the largest head, and of the largest header section, that is remembered."""


class Fields(NamedTuple):
    """The header fields of a head. `length` is that of the body, None if the body is chunked."""

    headers: Headers
    length: int | None
    keeps_alive: bool
    expects_continue: bool


class RequestHead(NamedTuple):
    """A request line and its header fields; see Fields."""

    method: bytes
    uri: bytes
    path: bytes
    query: bytes
    version: bytes
    headers: Headers
    length: int | None
    keeps_alive: bool
    expects_continue: bool


class HeadReader:
    """Takes one head after the other from a buffer. It remembers how far it has looked."""

    def __init__(self) -> None:
        self._line_start = self._line_end = self._searched = 0

    def read(self, buffer: bytearray) -> RequestHead | None:
        """Remove a head from `buffer` and return it; None if it is not complete. Raises Refusal."""
        if not self._line_end and not self._find_line(buffer):
            return None
        start = self._line_end
        end = buffer.find(b"\r\n\r\n", max(start - 2, self._searched - 3))
        if end < 0:
            strictness.check_unfinished(buffer, start, self._searched)
            self._searched = len(buffer)
            return None
        strictness.check_fields(buffer, start, end + 2)
        head = bytes(buffer[self._line_start : end + 4])
        del buffer[: end + 4]
        self._line_end = self._searched = 0
        return parse_again(head) if len(head) <= MAX_REMEMBERED else parse(head)

    def _find_line(self, buffer: bytearray) -> bool:
        """Check the request line, if it is complete. One empty line before it is ignored (RFC 9112, 2.2)."""
        start = 2 if buffer.startswith(b"\r\n") else 0
        end = buffer.find(b"\n", start, start + strictness.MAX_LINE)
        if end < 0:
            if len(buffer) - start >= strictness.MAX_LINE:
                raise bad("the request line is too long", HTTPStatus.REQUEST_URI_TOO_LONG)
            if bytes(buffer[start:]) not in (b"", b"\r") and not TOKEN.match(buffer, start):
                raise bad("this is no HTTP request")
            return False
        strictness.check_line(buffer[start : end + 1])
        self._line_start, self._line_end = start, end + 1
        return True


def parse(head: bytes) -> RequestHead:
    """Parse a complete head that has been checked. Raises Refusal."""
    line, _, section = head.partition(b"\r\n")
    method, uri, version = line.split(b" ")
    authority, target = strictness.split_absolute(uri)
    small = len(section) <= MAX_REMEMBERED
    fields = (parse_fields_again if small else parse_fields)(section, version, authority)
    path, _, query = target.partition(b"?")
    return RequestHead(method, uri, path, query, version, *fields)


def parse_fields(section: bytes, version: bytes, authority: bytes) -> Fields:
    """Parse the fields of a head. `authority` is that of an absolute URI, or empty. Raises Refusal."""
    connection = h11.Connection(h11.SERVER, strictness.MAX_LINE + strictness.MAX_FIELDS)
    head = b"GET / " + version + b"\r\n" + section
    connection.receive_data(head)
    try:
        event = connection.next_event()
    except h11.RemoteProtocolError as error:
        strictness.check_codings(head, conflicts=False)  # h11 has one code for several of its errors
        raise Refusal(HTTPStatus(error.error_status_hint), str(error)) from None
    assert isinstance(event, h11.Request)
    values: dict[bytes, list[bytes]] = {}
    for name, value in event.headers.raw_items():
        values.setdefault(canonical(name), []).append(value)
    if authority:
        values[b"Host"] = [authority]  # RFC 9112, 3.2.2
    else:
        check_hosts(values.get(b"Host"), event.http_version)
    return Fields(
        Headers.from_parsed(values),
        strictness.body_length(head, values, event.http_version),
        event.http_version > b"1.0" and not asks_to_close(values.get(b"Connection")),
        strictness.expects_continue(values, event.http_version),
    )


parse_again, parse_fields_again = lru_cache(256)(parse), lru_cache(256)(parse_fields)
"""As parse and parse_fields, with a cache: a client sends the same fields for each page."""


def check_hosts(hosts: list[bytes] | None, version: bytes) -> None:
    """Raise Refusal unless there is one well-formed Host, or none in HTTP/1.0."""
    if hosts is not None and len(hosts) == 1:
        check_host(hosts[0])
    elif hosts is not None or version > b"1.0":
        raise bad("the Host header is missing or repeated")


def asks_to_close(values: list[bytes] | None) -> bool:
    """Whether a Connection header has the option `close`."""
    return values is not None and any(
        option.strip(b" \t").lower() == b"close" for value in values for option in value.split(b",")
    )
