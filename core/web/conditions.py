"""The conditions of a request: is the copy that the client has still the current one (RFC 9110, 13)?"""

import re

from core.web.dates import string_to_datetime
from core.web.headers import Headers

TAG_CONDITIONS = frozenset((b"If-Match", b"If-None-Match"))
TIME_CONDITIONS = frozenset((b"If-Modified-Since", b"If-Unmodified-Since"))

TAG = re.compile(rb'(?:W/)?"[^"]*"|[^\s,]+')


def etag_code(headers: Headers, tag: bytes, reads: bool) -> int | None:
    """304 or 412 if the page with this entity tag must not be sent. `reads`: the method is GET or HEAD."""
    if not headers.has_any(TAG_CONDITIONS):
        return None
    required = _tags(headers, b"If-Match")
    if required and b"*" not in required and (tag.startswith(b"W/") or tag not in required):
        return 412
    known = _tags(headers, b"If-None-Match")
    if b"*" in known or _weak(tag) in map(_weak, known):
        return 304 if reads else 412
    return None


def _tags(headers: Headers, name: bytes) -> list[bytes]:
    return TAG.findall(b",".join(headers.get_raw_headers(name, [])))


def _weak(tag: bytes) -> bytes:
    return tag.removeprefix(b"W/")


def modified_code(headers: Headers, modified: int, reads: bool) -> int | None:
    """304 or 412 if a page that was modified at this time must not be sent.

    A condition on the entity tag takes precedence. A date that cannot be parsed is ignored.
    """
    if not headers.has_any(TIME_CONDITIONS):
        return None
    if not headers.has_header(b"If-Match"):
        unmodified_since = _date(headers, b"If-Unmodified-Since")
        if unmodified_since is not None and modified > unmodified_since:
            return 412
    if reads and not headers.has_header(b"If-None-Match"):
        modified_since = _date(headers, b"If-Modified-Since")
        if modified_since is not None and modified <= modified_since:
            return 304
    return None


def is_current(headers: Headers, tag: bytes) -> bool:
    """Whether If-Range, if there is one, names this version of the page (RFC 9110, 13.1.5)."""
    value = headers.get(b"If-Range")
    return value is None or value[-1] == tag


def _date(headers: Headers, name: bytes) -> int | None:
    values = headers.get_raw_headers(name)
    if values is None:
        return None
    try:
        return string_to_datetime(values[-1].partition(b";")[0])
    except ValueError:
        return None
