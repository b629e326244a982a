"""The bytes of an answer: its head, the framing of its body, and the answers that report errors."""

from collections.abc import Iterable
from http import HTTPStatus

from core.web.dates import datetime_to_string
from core.web.headers import Headers

REASONS = {status.value: status.phrase.encode() for status in HTTPStatus}
STATUS_LINES = {code: b"HTTP/1.1 %d %b\r\n" % (code, reason) for code, reason in REASONS.items()}

WITHOUT_BODY = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
"""The codes of answers that have no body (RFC 9110, 6.4.1)."""

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Refusal(Exception):
    """A request is not accepted: answer with `code`, and close the connection."""

    def __init__(self, code: HTTPStatus, reason: str) -> None:
        super().__init__(f"{code.value} {code.phrase}: {reason}")
        self.code = code
        self.reason = reason


class Framing:
    """How the end of a body is recognised: by its length, by the last chunk, or by the connection's end.

    Sets the headers that say so (RFC 9112, 6.3).
    """

    def __init__(self, headers: Headers, has_body: bool, knows_chunks: bool) -> None:
        self.sent = 0  # bytes of the body, before chunking
        self._has_body = has_body
        self._length: int | None = None
        headers.discard(b"Transfer-Encoding")
        length = headers.get(b"Content-Length")
        if length is not None:
            self._length = int(length[-1])
        self._chunked = has_body and knows_chunks and length is None
        if self._chunked:
            headers.put(b"Transfer-Encoding", b"chunked")
        self.ends_with_connection = has_body and length is None and not knows_chunks

    def piece(self, data: bytes) -> bytes:
        """The bytes to send for a piece of the body. RuntimeError for more than the declared length."""
        if not (data and self._has_body):
            return b""
        self.sent += len(data)
        if self._length is not None and self.sent > self._length:
            raise RuntimeError(f"{self.sent} bytes were written, but Content-Length is {self._length}")
        return b"%x\r\n%b\r\n" % (len(data), data) if self._chunked else data

    def end(self) -> bytes:
        """The bytes to send after the last piece. RuntimeError if the body is shorter than declared."""
        if self._has_body and self._length is not None and self.sent < self._length:
            raise RuntimeError(f"only {self.sent} bytes were written, but Content-Length is {self._length}")
        return b"0\r\n\r\n" if self._chunked else b""


NO_FRAMING = Framing(Headers(), has_body=False, knows_chunks=False)
"""Takes the calls before an answer has begun."""


def add_defaults(headers: Headers, content_type: bytes | None) -> None:
    """Set the headers that each answer has: Date, and Content-Type if there is a body that can have one."""
    if headers.get(b"Date") is None:
        headers.put(b"Date", datetime_to_string())
    is_empty = headers.get(b"Content-Length") == [b"0"]
    if not (content_type is None or is_empty or headers.get(b"Content-Type")):
        headers.put(b"Content-Type", content_type)


def is_encoded(code: int, headers: Headers) -> bool:
    """Whether the body must not be encoded: it is encoded already, or it is a part of a file."""
    return code == HTTPStatus.PARTIAL_CONTENT or headers.get(b"Content-Encoding") is not None


def head(code: int, message: bytes | None, fields: Iterable[tuple[bytes, list[bytes]]]) -> bytes:
    """The status line, the header fields and the empty line. `message` replaces the usual reason phrase."""
    line = STATUS_LINES.get(code) if message is None else None
    lines = [line or b"HTTP/1.1 %d %b\r\n" % (code, message or b"")]
    for name, values in fields:
        for value in values:
            lines.append(b"%b: %b\r\n" % (name, value))
    lines.append(b"\r\n")
    return b"".join(lines)


def page(code: int, brief: str, detail: str) -> bytes:
    """An HTML page for an error. `brief` and `detail` are HTML: the caller escapes text from others."""
    text = f"""<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>{code} {brief}</title></head>
<body><h1>{brief}</h1><p>{detail}</p></body>
</html>
"""
    return text.encode()


def refusal(error: Refusal, text: str = "") -> bytes:
    """The answer to a refused request: it has a length, and says that the connection ends.

    The page is `text`, by default the status.
    """
    body = text.encode() or b"%d %b\r\n" % (error.code, REASONS[error.code])
    fields = [
        (b"Date", datetime_to_string()),
        (b"Content-Type", b"text/plain; charset=utf-8"),
        (b"Content-Length", b"%d" % len(body)),
        (b"Connection", b"close"),
    ]
    return head(error.code, None, [(name, [value]) for name, value in fields]) + body
