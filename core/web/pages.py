"""Two small pages: a redirection, and a page whose bytes are known from the start."""

from html import escape

from core.interfaces import as_bytes
from core.web import answers
from core.web.request import Request
from core.web.resources import Resource


class Redirect(Resource):
    """Answers each request, also for paths below its own, with a redirection to `url`."""

    is_leaf = True

    def __init__(self, url: bytes) -> None:
        self.url = as_bytes(url)

    def render(self, request: Request) -> bytes:
        return redirect_to(self.url, request)


def redirect_to(url: bytes, request: Request) -> bytes:
    """Redirect `request`, and return a page with a link, for a client that does not follow."""
    request.redirect(url)
    request.set_header(b"Content-Type", b"text/html; charset=utf-8")
    link = escape(url.decode("utf-8", "replace"))
    return answers.page(request.code, "Found", f'This page is at <a href="{link}">{link}</a>.')


class Data(Resource):
    """A page with these bytes, of this content type."""

    def __init__(self, data: bytes, type: str) -> None:
        self.data = as_bytes(data)
        self.type = type

    def render_GET(self, request: Request) -> bytes:
        request.set_header(b"Content-Type", self.type)
        return self.data
