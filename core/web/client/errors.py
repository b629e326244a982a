"""The exceptions of the web client, with Twisted's names, and UNKNOWN_LENGTH.

An error with `reasons` says what was going on; the reasons say why it failed.
"""

from collections.abc import Sequence
from enum import Enum
from typing import Final

from core.errors import in_words


class UnknownLength(Enum):
    """The type of UNKNOWN_LENGTH."""

    UNKNOWN_LENGTH = "unknown length"


UNKNOWN_LENGTH: Final = UnknownLength.UNKNOWN_LENGTH
"""The length of a body whose sender does not know it in advance."""

Length = int | UnknownLength


class ResponseDone(Exception):
    """The body is complete: the `reason` of a body protocol's `connection_lost` when all went well."""

    def __str__(self) -> str:
        return "the response is complete"


class PotentialDataLoss(Exception):
    """The end of the connection is the end of the body, so a part of the body may be missing."""

    def __str__(self) -> str:
        return "the response ended with the connection, so its end may be missing"


class SchemeNotSupported(Exception):
    """The scheme of a URI is neither http nor https."""


class RequestNotSent(Exception):
    """The connection is in use or has ended, so the request was not sent."""


class ExcessWrite(Exception):
    """A body producer wrote after it had finished."""


class WrongBodyLength(Exception):
    """A body producer wrote more or fewer bytes than its `length`."""


class BadHeaders(Exception):
    """The headers of a request cannot be sent, for instance because there are two Host headers."""


class ParseError(Exception):
    """The server sent bytes that are not HTTP/1."""


class DataLoss(Exception):
    """The connection ended before the body was complete."""


class WrapperException(Exception):
    """An error with the list of its reasons."""

    def __init__(self, reasons: Sequence[Exception]) -> None:
        super().__init__(reasons)
        self.reasons = list(reasons)

    def __str__(self) -> str:
        return "; ".join(in_words(reason) or type(reason).__name__ for reason in self.reasons)


class RequestGenerationFailed(WrapperException):
    """The request could not be sent, because of its headers or its body producer."""


class RequestTransmissionFailed(WrapperException):
    """The connection ended while the request was being sent."""


class ResponseFailed(WrapperException):
    """A part of the response did not arrive. `response` is the Response, if its headers did."""

    def __init__(self, reasons: Sequence[Exception], response: object = None) -> None:
        super().__init__(reasons)
        self.response = response


class ResponseNeverReceived(ResponseFailed):
    """No byte of the response arrived."""


class PartialDownloadError(Exception):
    """`read_body` has read up to the end of the connection, and a part may be missing.

    `status` and `message` are those of the response, `response` is what arrived of its body.
    """

    def __init__(self, status: int, message: bytes, response: bytes) -> None:
        super().__init__(f"{status} {message.decode('latin-1')}: {PotentialDataLoss()}")
        self.status = status
        self.message = message
        self.response = response


class PageRedirect(Exception):
    """A redirect that must not be followed without asking, because it would send a body again.

    `status` is the code of the answer, `location` the URI that was asked for.
    """

    def __init__(self, status: int, reason: str, location: bytes) -> None:
        super().__init__(reason)
        self.status = status
        self.location = location


class InfiniteRedirection(PageRedirect):
    """More redirects than the limit."""


class RedirectWithNoLocation(PageRedirect):
    """A redirect without a Location header."""
