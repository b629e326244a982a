"""Continue a download: a note beside the file keeps its origin until the file is complete.

A server that has changed the file in the meantime must not send the rest of the new one. So the first
download writes the validators of the response (RFC 9110, section 8.8) into `FILE.fetch`, and the next one
asks for the rest only `If-Range` they still hold.
"""

import json
import os
import re
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from core.formats.json_values import as_text, parse_object
from core.web.client import Response
from core.web.headers import Headers

CONTENT_RANGE = re.compile(r"bytes (?:(\d{1,18})-\d{1,18}|\*)/(\d{1,18}|\*)")


@dataclass(frozen=True)
class Origin:
    """Where a file came from: the URL, and the validators of the response ("" for none)."""

    url: str
    etag: str = ""
    last_modified: str = ""

    @classmethod
    def of(cls, url: bytes, response: Response, is_unpacked: bool = False) -> "Origin":
        """The origin of the body of `response`. The tag of a packed body says nothing of the unpacked one."""
        etag = "" if is_unpacked else response.headers.get_raw_headers("ETag", [""])[-1]
        return cls(url.decode("ascii"), etag, response.headers.get_raw_headers("Last-Modified", [""])[-1])

    @classmethod
    def load(cls, path: str, url: bytes) -> "Origin":
        """The origin of the file at `path`; without validators if it is not known or was another URL."""
        unknown = cls(url.decode("ascii"))
        try:
            found = parse_object(_note(path).read_bytes())
            kept = cls(*[as_text(found.get(name)) for name in ("url", "etag", "last_modified")])
        except (OSError, ValueError):
            return unknown
        return kept if kept.url == unknown.url else unknown

    def save(self, path: str) -> None:
        """Keep it beside the file at `path`, if it has validators and the file can be written."""
        with suppress(OSError):
            if self.etag or self.last_modified:
                _note(path).write_text(json.dumps(asdict(self)), "utf-8")
            else:
                _note(path).unlink()

    def updated_by(self, newer: "Origin") -> "Origin":
        """With the validators of `newer`, a partial response, which may leave some out (RFC 9110, 15.3.7)."""
        return Origin(self.url, newer.etag or self.etag, newer.last_modified or self.last_modified)

    def add_condition(self, headers: Headers) -> None:
        """Add If-Range, with the strong tag or the date, if there is one."""
        strong = "" if self.etag.startswith("W/") else self.etag
        if strong or self.last_modified:
            headers.set_raw_headers("If-Range", [strong or self.last_modified])

    def fits(self, other: "Origin") -> bool:
        """Whether `other` has no validator that differs."""
        tags = {tag.removeprefix("W/") for tag in (self.etag, other.etag) if tag}
        dates = {date for date in (self.last_modified, other.last_modified) if date}
        return len(tags) < 2 and len(dates) < 2


def forget(path: str) -> None:
    """The file at `path` is complete: remove what was kept."""
    with suppress(OSError):
        _note(path).unlink()


def size_of(path: str) -> int:
    """The bytes that the file at `path` has. 0 if there is none, or it is no regular file."""
    try:
        return os.path.getsize(path) if os.path.isfile(path) else 0
    except OSError:
        return 0


def content_range(response: Response) -> tuple[int | None, int | None]:
    """The first byte and the whole size that Content-Range tells; None for each that it does not tell."""
    found = CONTENT_RANGE.fullmatch(response.headers.get_raw_headers("Content-Range", [""])[-1])
    first, size = found.groups() if found else (None, None)
    return _number(first), _number(size)


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text != "*" else None


def _note(path: str) -> Path:
    return Path(f"{path}.fetch")
