"""Keeps other sites' pages out, by what a browser says about the page that sends a request.

A page of any site can make a visitor's browser send a request to this server. The browser tells where the
page comes from, in Sec-Fetch-Site (W3C Fetch Metadata) or in Origin (RFC 6454); programs such as curl tell
nothing, and are let in.
"""

from core.web import Request


def is_from_here(request: Request) -> bool:
    """Whether `request` comes from one of our pages, or from no page at all.

    Sec-Fetch-Site decides where it is sent. Origin alone would refuse our own page behind a proxy that adds
    TLS: there the page's address begins with https, and this server does not know it.
    """
    site, origin = request.get_header("Sec-Fetch-Site"), request.get_header("Origin")
    if site is not None:
        return site == "same-origin" or (site == "none" and origin is None)
    scheme = "https" if request.is_secure() else "http"
    return origin is None or origin == f"{scheme}://{request.get_header('Host')}"
