"""The frame of the pages: one HTML template, and a link from each page to its source."""

import inspect
from html import escape
from string import Template

from core.web import RenderResult, Request, Resource
from servers.hosting.data_files import DATA

FILES = DATA / "web"

TYPES = {".css": "text/css", ".js": "text/javascript"}


TEMPLATES = {path.name: Template(path.read_text("utf-8")) for path in FILES.glob("*.html")}
"""All of them, read now: the server may lose sight of the files, in a chroot or as another user."""


def template(name: str) -> Template:
    """The template in a file of ours."""
    return TEMPLATES[name]


def page(request: Request, title: str, body: str, script: str = "", source: str = "") -> bytes:
    """A whole page. `body` is HTML, and everything of a visitor's in it is escaped already."""
    request.set_header(b"Content-Type", b"text/html; charset=utf-8")
    request.set_header(
        b"Content-Security-Policy", b"default-src 'self'; img-src 'self' data:; frame-ancestors 'none'"
    )
    request.set_header(b"X-Content-Type-Options", b"nosniff")
    request.set_header(b"Referrer-Policy", b"same-origin")
    link = f'<a href="/source/{source}">the source of this page</a>' if source else ""
    tag = f'<script src="/static/{script}" defer></script>' if script else ""
    return template("page.html").substitute(title=escape(title), body=body, source=link, script=tag).encode()


class Page(Resource):
    """A page whose HTML `body` makes. `name` is the name of its source and of its script, if it has one."""

    title = ""
    name = ""
    script = ""

    def __init__(self) -> None:
        self.put_child(b"", self)

    def render_GET(self, request: Request) -> RenderResult:
        return page(request, self.title, self.body(request), self.script, self.name)

    def body(self, request: Request) -> str:
        """The HTML between the title and the foot of the page."""
        return template(f"{self.name}.html").template


class SourcePage(Resource):
    """The source of the class of a page, as it is."""

    is_leaf = True

    def __init__(self, shown: type) -> None:
        where = escape(shown.__module__.replace(".", "/"))
        text = escape(inspect.getsource(shown))  # now, as the templates
        self._body = f"<p>From <code>{where}.py</code>:</p>\n<pre>{text}</pre>"

    def render_GET(self, request: Request) -> bytes:
        return page(request, "Source", self._body)
