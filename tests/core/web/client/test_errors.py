"""The errors of the client: their texts, which a user reads, and what they know."""

import pytest

from core.web.client import PartialDownloadError, ResponseDone, ResponseFailed
from core.web.client.errors import PageRedirect, ParseError


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ResponseFailed([ParseError("no HTTP"), ResponseDone()]), "no HTTP; the response is complete"),
        (ResponseFailed([ParseError()]), "ParseError"),
        (
            PartialDownloadError(200, b"OK", b"half"),
            "200 OK: the response ended with the connection, so its end may be missing",
        ),
        (PageRedirect(307, "a body is sent only once", b"http://host/"), "a body is sent only once"),
    ],
)
def test_the_text_of_an_error_says_what_happened(error: Exception, text: str) -> None:
    assert str(error) == text
