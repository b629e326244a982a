"""Errors in words: one line with the failure and the remedy."""

from core.errors import DNSLookupError, TLSError, UntrustedError, VerifyError, in_words
from core.formats.text import visible
from core.web.client import (
    DataLoss,
    InfiniteRedirection,
    PageRedirect,
    ParseError,
    RedirectWithNoLocation,
    RequestTransmissionFailed,
    ResponseFailed,
    ResponseNeverReceived,
    SchemeNotSupported,
)

REMEDIES: dict[type[Exception], str] = {
    ConnectionRefusedError: "is the server running?",
    DNSLookupError: "is the name right?",
    UntrustedError: "trust its authority with --ca FILE",
    VerifyError: "the owner of the server has to mend that",
    TLSError: "is https right?",
    TimeoutError: "try again, or wait longer with --timeout",
    InfiniteRedirection: "the owner of the site has to mend that",
    RedirectWithNoLocation: "the owner of the site has to mend that",
    PageRedirect: "fetch the URL that it names",
    SchemeNotSupported: "fetch that URL with another program",
    ParseError: "is it a web server, and is http or https right?",
    ResponseNeverReceived: "is it a web server, and is http or https right?",
}
"""The remedy for each type of error; the first type that fits counts."""


def describe(error: Exception, goes_on: bool = False) -> str:
    """`error` in words. `goes_on`: a part of the body is in a file, and --continue could get the rest."""
    causes = [error]
    if isinstance(error, ResponseFailed | RequestTransmissionFailed):
        causes = [*error.reasons, error]
    fitting = [REMEDIES[kind] for each in causes for kind in REMEDIES if isinstance(each, kind)]
    if isinstance(error, ResponseFailed) and error.response is None:
        fitting.append(REMEDIES[ParseError])
    remedy = "go on with --continue" if goes_on else [*fitting, "try again"][0]
    return f"{visible(_what(error))}; {remedy}"


def _what(error: Exception) -> str:
    if isinstance(error, ResponseNeverReceived):
        return f"the server sent no answer: {error}"
    if not isinstance(error, ResponseFailed):
        return in_words(error)
    for reason in error.reasons:
        if isinstance(reason, PageRedirect):
            return str(reason)
        if isinstance(reason, DataLoss):
            return f"a part of the body is missing: {reason}"
        if isinstance(reason, ParseError):
            return f"the answer is not HTTP: {reason}"
    if error.response is None:
        return f"the answer is not HTTP, or ended in its head: {error}"
    return f"the response ended early: {error}"
