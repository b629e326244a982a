"""Checks before h11 parses a request. Where the RFCs leave a choice between leniency and refusal, we refuse.

Leniency makes request smuggling possible: two recipients read the same bytes in two ways. h11 accepts
bare line feeds, folded lines, repeated lengths and more, which RFC 9112 lets a recipient accept.
"""

import re
from http import HTTPStatus
from ipaddress import AddressValueError, IPv6Address

from core.web.answers import Refusal

MAX_LINE = 8192
"""The longest request line, with its line end (RFC 9112, 3, asks for 8000 at least)."""

MAX_FIELDS = 16384
"""The size of the largest header section."""

TCHAR = rb"!#$%&'*+\-.^_`|~0-9A-Za-z"
TARGET = rb"(?:[\x21\x22\x24\x26-\x7e]|%[0-9A-Fa-f]{2})"  # a visible character, without # and a broken escape

USUAL_LINE = re.compile(rb"(?!CONNECT )[!#$%&'*+\-.^_`|~0-9A-Z]+ /" + TARGET + rb"* HTTP/1\.[0-9]\r\n")
LINE = re.compile(rb"([" + TCHAR + rb"]+) (" + TARGET + rb"+) HTTP/([0-9])\.[0-9]\r\n")
ABSOLUTE = re.compile(rb"(?i:https?)://([^/?]*)(.*)")

FIELD = rb"[" + TCHAR + rb"]+:[\t \x21-\x7e\x80-\xff]*\r\n"
FIELDS = re.compile(rb"(?:" + FIELD + rb")*")
BROKEN = re.compile(rb"[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|(?<!\r)\n|\r[^\n]")
"""A control character, a line feed alone, or a carriage return alone."""

HOST = re.compile(
    rb"(?:\[([0-9A-Fa-f:.]+)\]|(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})+)(?::([0-9]{0,5}))?"
)
CODINGS = re.compile(rb"(?i:\r\nTransfer-Encoding:)([^\r]*)")
LENGTHS = re.compile(rb"(?i:\r\nContent-Length:)[ \t]*([^\r]*?)[ \t]*(?=\r)")


def bad(reason: str, code: HTTPStatus = HTTPStatus.BAD_REQUEST) -> Refusal:
    """The refusal of a request; `reason` is for the log."""
    return Refusal(code, reason)


def check_line(line: bytes | bytearray) -> None:
    """Raise Refusal unless `line`, with its line end, is a request line that this server understands."""
    if USUAL_LINE.fullmatch(line):
        return
    if (found := LINE.fullmatch(line)) is None:
        raise bad("the request line is malformed")
    method, target, major = found.groups()
    if major != b"1":
        raise bad("the version is not HTTP/1", HTTPStatus.HTTP_VERSION_NOT_SUPPORTED)
    if method != method.upper() or method == b"CONNECT":
        raise bad("the method is not implemented", HTTPStatus.NOT_IMPLEMENTED)
    if target == b"*" and method == b"OPTIONS":
        return
    authority, _ = split_absolute(target)
    if not authority:
        raise bad("the target is neither a path nor an http URI")
    check_host(authority)


def split_absolute(target: bytes) -> tuple[bytes, bytes]:
    """The authority of an absolute URI, empty for another target, and its path with the query."""
    if not target.startswith(b"/") and (found := ABSOLUTE.fullmatch(target)):
        authority, path = found.groups()
        return authority, path if path.startswith(b"/") else b"/" + path
    return b"", target


def check_unfinished(fields: bytearray, start: int, searched: int) -> None:
    """Raise Refusal if the header section, which begins at `start` and is not complete, cannot become valid.

    The bytes before `searched` have been looked at.
    """
    if BROKEN.search(fields, max(start, searched - 1)):
        raise bad("a header field contains a control character or a line end that is not CRLF")
    if len(fields) - start > MAX_FIELDS:
        raise bad("the header section is too large", HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)


def check_fields(buffer: bytearray, start: int, end: int) -> None:
    """Raise Refusal unless the complete header section between these positions is well-formed."""
    if end - start > MAX_FIELDS:
        raise bad("the header section is too large", HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
    if not FIELDS.fullmatch(buffer, start, end):
        raise bad("a header field is malformed")


def check_host(host: bytes) -> None:
    """Raise Refusal unless `host` is a host and perhaps a port (RFC 9110, 7.2)."""
    found = HOST.fullmatch(host)
    if found is None or int(found[2] or b"0") > 65535:
        raise bad("the host is malformed")
    if found[1] is not None:
        try:
            IPv6Address(found[1].decode())
        except AddressValueError:
            raise bad("the host is no IPv6 address") from None


def body_length(head: bytes, values: dict[bytes, list[bytes]], version: bytes) -> int | None:
    """The length of the body that follows `head`; None if it is chunked. `values` are the parsed fields."""
    if b"Transfer-Encoding" in values:
        check_codings(head, b"Content-Length" in values or version < b"1.1")
        return None
    if b"Content-Length" not in values:
        return 0
    lengths = LENGTHS.findall(head)  # as they were sent: h11 makes one of several equal ones
    if len(lengths) != 1 or not lengths[0].isdigit():
        raise bad("the Content-Length is repeated or no number")
    return int(lengths[0])


def check_codings(head: bytes, conflicts: bool) -> None:
    """Raise Refusal if there is another transfer coding than one `chunked`.

    `conflicts`: there is a Content-Length, too, or the version knows no transfer codings (RFC 9112, 6.1).
    """
    values: list[bytes] = CODINGS.findall(head)
    codings = [coding.strip(b" \t").lower() for value in values for coding in value.split(b",")]
    if conflicts or codings[-1:] not in ([], [b"chunked"]) or codings.count(b"chunked") > 1:
        raise bad("the length of the body cannot be determined")
    if len(codings) > 1:
        raise bad("a transfer coding is not implemented", HTTPStatus.NOT_IMPLEMENTED)


def expects_continue(values: dict[bytes, list[bytes]], version: bytes) -> bool:
    """Whether the client waits for `100 Continue`. Refusal for any other expectation (RFC 9110, 10.1.1)."""
    expected = values.get(b"Expect")
    if expected is None or version < b"1.1":
        return False
    if [value.lower() for value in expected] != [b"100-continue"]:
        raise bad("the expectation is unknown", HTTPStatus.EXPECTATION_FAILED)
    return True
