"""Keeps other sites' pages out, by what a browser says about the page that sends a request.

A page of any site can make a visitor's browser send a request to this server. The browser tells where the
page comes from, in Sec-Fetch-Site (W3C Fetch Metadata) or in Origin (RFC 6454); programs such as curl tell
nothing, and are let in.
"""

from core.web import Request

TRUSTED = (None, "same-origin", "none")
"""Values of Sec-Fetch-Site. `none` stands for an address that was typed; programs send no such field."""


def is_from_here(request: Request) -> bool:
    """Whether `request` comes from one of our pages, or from no page at all."""
    if request.get_header("Sec-Fetch-Site") not in TRUSTED:
        return False
    origin = request.get_header("Origin")
    scheme = "https" if request.is_secure() else "http"
    return origin is None or origin == f"{scheme}://{request.get_header('Host')}"
