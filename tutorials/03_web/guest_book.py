"""A web server with two kinds of pages: a guest book with a form, and a greeting for each name."""

from html import escape

from core.interfaces import ReactorCore
from core.web import NoResource, Request, Resource, Site
from servers.hosting.runner import ServerSpec, run

FORM = '<form method="post"><input name="name"><button>I was here</button></form>\n'


class GuestBook(Resource):
    """`/`: the names of the guests. The form sends a name with POST."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def render_GET(self, request: Request) -> bytes:
        request.set_header("Content-Type", "text/html; charset=utf-8")
        return (FORM + "".join(f"<li>{escape(name)}\n" for name in self.names)).encode()

    def render_POST(self, request: Request) -> bytes:
        for name in request.args.get(b"name", []):
            self.names.append(name.decode("utf-8", "replace"))
        request.redirect("/")
        return b""


class Greeting(Resource):
    """`/hello/ann`: the path chooses the name."""

    def __init__(self, name: bytes = b"") -> None:
        self.name = name

    def get_child(self, path: bytes, request: Request) -> Resource:
        return NoResource() if self.name else Greeting(path)

    def render_GET(self, request: Request) -> bytes:
        request.set_header("Content-Type", "text/plain; charset=utf-8")
        return b"Hello, %b!\n" % (self.name or b"whoever you are")


def make(options: object, reactor: ReactorCore) -> Site:
    """The site: a tree of pages."""
    root = Resource()
    root.put_child(b"", GuestBook())
    root.put_child(b"hello", Greeting())
    return Site(root)


if __name__ == "__main__":
    run(ServerSpec("guest_book", 8881, stream=make))
