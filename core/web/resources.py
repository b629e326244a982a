"""Resource: a page, or a directory of pages. A site is a tree of them; a path leads through it."""

from collections.abc import Callable, Sequence
from functools import cached_property
from html import escape
from logging import getLogger

from core.mistakes.checks import check_no_class, check_page
from core.mistakes.table import Mistake, called_at, defined_at, name_of, warn_once
from core.web import answers
from core.web.rendering import ContentFile, Encoder, RenderResult, UnsupportedMethod
from core.web.request import Request

log = getLogger(__name__)


class Resource:
    """A page with a method `render_GET`, `render_POST`, … for each method that it supports."""

    is_leaf = False
    """Whether this page answers for all paths below its own, which are then in `request.postpath`."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        check_page(cls, log)

    @cached_property
    def children(self) -> dict[bytes, "Resource"]:
        """The pages that `put_child` has put below this one."""
        return {}

    @cached_property
    def allowed_methods(self) -> Sequence[bytes]:
        """The methods that this page has: by default, those for which it has a `render_` method."""
        names = {name.removeprefix("render_") for name in dir(self) if name.startswith("render_")}
        if "GET" not in names and type(self).render_HEAD is Resource.render_HEAD:
            names.discard("HEAD")
        return [name.encode() for name in sorted(names)]

    def put_child(self, path: bytes, child: "Resource") -> None:
        """Put `child` below this page. `path` is one segment, not encoded; TypeError for text.

        The page for a path that ends in a slash is the child b"".
        """
        if not isinstance(path, bytes):
            raise TypeError(f"a path segment is bytes, not {name_of(path)}: encode text")
        check_no_class("put_child", child)
        if b"/" in path:
            log.warning("%s", Mistake.SLASH_IN_SEGMENT.sentence(place=called_at(), got=path))
        self.children[path] = child

    def get_child(self, path: bytes, request: Request) -> "Resource":
        """The page below this one that `put_child` has not put there. By default there is none: 404."""
        if request.prepath == [b""] and not self.children and hasattr(self, "render_GET"):
            warn_once(log, type(self), Mistake.NO_LEAF, place=defined_at(type(self)))
        return NoResource()

    def get_child_with_default(self, path: bytes, request: Request) -> "Resource":
        """The child that was put there, or what `get_child` returns."""
        child = self.children.get(path)
        return self.get_child(path, request) if child is None else child

    def list_names(self) -> Sequence[bytes | str]:
        """The names of the children."""
        return list(self.children)

    def list_entities(self) -> Sequence["tuple[bytes, Resource] | Resource"]:
        """The names of the children, each with the child."""
        return list(self.children.items())

    def render(self, request: Request) -> RenderResult:
        """Call `render_METHOD` and return its result. UnsupportedMethod if there is no such method."""
        name = "render_" + request.method.decode("iso-8859-1")
        handler: Callable[[Request], RenderResult] | None = getattr(self, name, None)
        if handler is None:
            raise UnsupportedMethod(self.allowed_methods)
        return handler(request)

    def render_HEAD(self, request: Request) -> RenderResult:
        """As GET: the body is not sent."""
        handler: Callable[[Request], RenderResult] | None = getattr(self, "render_GET", None)
        if handler is None:
            raise UnsupportedMethod(self.allowed_methods)
        return handler(request)

    def get_encoder(self, request: Request) -> Encoder | None:
        """An encoder for the body of the answer. By default it is sent as it is."""
        return None

    def open_content(self, request: Request) -> ContentFile | None:
        """A file for the body of `request`, which is written piece by piece as it comes, without a limit.

        Called before the body comes, and only if `put_child` has put this page where it is. By default
        there is none: the body is at most `Site.max_body` bytes, and is stored in `request.content`.
        """
        return None


def get_child_for_request(resource: Resource, request: Request) -> Resource:
    """The page for `request.postpath` below `resource`. Each step moves a segment to `request.prepath`."""
    while request.postpath and not resource.is_leaf:
        segment = request.postpath.pop(0)
        request.prepath.append(segment)
        resource = resource.get_child_with_default(segment, request)
    return resource


class ErrorPage(Resource):
    """A page that answers with an error code. `brief` and `detail` are text."""

    def __init__(self, code: int, brief: str, detail: str) -> None:
        self.code = code
        self.brief = brief
        self.detail = detail

    def render(self, request: Request) -> bytes:
        request.set_response_code(self.code)
        request.set_header(b"Content-Type", b"text/html; charset=utf-8")
        return answers.page(self.code, escape(self.brief), escape(self.detail))

    def get_child(self, path: bytes, request: Request) -> Resource:
        return self


class NoResource(ErrorPage):
    """404: there is no such page."""

    def __init__(self, message: str = "There is no such page.") -> None:
        super().__init__(404, "Not Found", message)


class ForbiddenResource(ErrorPage):
    """403: there is a page, but not for this client."""

    def __init__(self, message: str = "This page is not for you.") -> None:
        super().__init__(403, "Forbidden", message)
