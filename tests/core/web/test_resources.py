"""Resource: the tree of pages, the methods of a page, and the pages for errors."""

import pytest

from core.web import (
    Data,
    ErrorPage,
    ForbiddenResource,
    NoResource,
    Redirect,
    Request,
    Resource,
    UnsupportedMethod,
    get_child_for_request,
)
from core.web.rendering import ContentFile
from tests.core.web.talking import Connection


class Named(Resource):
    """Answers with its name and the rest of the path."""

    def __init__(self, name: bytes, is_leaf: bool = False) -> None:
        self.name = name
        self.is_leaf = is_leaf

    def render_GET(self, request: Request) -> bytes:
        return b"%b %r %r" % (self.name, request.prepath, request.postpath)


class Years(Resource):
    """Has a page for each year."""

    def get_child(self, path: bytes, request: Request) -> Resource:
        return Named(path) if path.isdigit() else super().get_child(path, request)


@pytest.fixture
def site() -> Connection:
    root = Named(b"root")
    root.put_child(b"", Named(b"index"))
    root.put_child(b"leaf", Named(b"leaf", is_leaf=True))
    root.put_child(b"years", Years())
    return Connection(root)


@pytest.mark.parametrize(
    ("path", "code", "body"),
    [
        (b"/", 200, b"index [b''] []"),
        (b"/leaf", 200, b"leaf [b'leaf'] []"),
        (b"/leaf/a%2Fb/", 200, b"leaf [b'leaf'] [b'a/b', b'']"),
        (b"/years/2026", 200, b"2026 [b'years', b'2026'] []"),
        (b"/years/soon", 404, None),
        (b"/nothing", 404, None),
        (b"/years", 405, None),
    ],
)
def test_a_path_leads_through_the_tree(site: Connection, path: bytes, code: int, body: bytes | None) -> None:
    answer = site.get(path)
    assert answer.code == code
    assert body is None or answer.body == body


def test_the_walk_moves_each_segment_from_postpath_to_prepath() -> None:
    class Walker:
        prepath: list[bytes]
        postpath: list[bytes]

    leaf, root = Named(b"leaf", is_leaf=True), Resource()
    root.put_child(b"a", leaf)
    request = Walker()
    request.prepath, request.postpath = [], [b"a", b"b"]
    assert get_child_for_request(root, request) is leaf  # type: ignore[arg-type]
    assert (request.prepath, request.postpath) == ([b"a"], [b"b"])


def test_children_are_listed_in_the_order_in_which_they_were_put() -> None:
    root, one, two = Resource(), Resource(), Resource()
    root.put_child(b"two", two)
    root.put_child(b"one", one)
    assert root.list_names() == [b"two", b"one"]
    assert root.list_entities() == [(b"two", two), (b"one", one)]
    assert root.children == {b"two": two, b"one": one}


def test_a_path_segment_is_bytes() -> None:
    with pytest.raises(TypeError, match="bytes"):
        Resource().put_child("text", Resource())  # type: ignore[arg-type]


def test_the_allowed_methods_are_those_of_the_page() -> None:
    class Both(Named):
        def render_POST(self, request: Request) -> bytes:
            return b""

    class Only(Named):
        allowed_methods = (b"TEA",)

    assert Both(b"").allowed_methods == [b"GET", b"HEAD", b"POST"]
    assert Resource().allowed_methods == []
    answer = Connection(Only(b"", is_leaf=True)).ask(b"DELETE", b"/")
    assert (answer.code, answer.headers[b"allow"]) == (405, b"TEA")


def test_a_method_that_is_missing_is_an_unsupported_method() -> None:
    class Post(Resource):
        is_leaf = True

        def render_POST(self, request: Request) -> bytes:
            return b""

    for method in (b"GET", b"HEAD", b"BREW"):
        answer = Connection(Post()).ask(method, b"/")
        assert (answer.code, answer.headers[b"allow"]) == (405, b"POST")
    assert UnsupportedMethod([b"A"]).allowed_methods == [b"A"]


def test_head_is_answered_as_get_or_by_a_head_of_its_own() -> None:
    get, head = (Connection(Named(b"leaf", is_leaf=True)).ask(method, b"/") for method in (b"GET", b"HEAD"))
    assert (head.code, head.headers[b"content-length"]) == (200, b"%d" % len(get.body))

    class Page(Resource):
        is_leaf = True

        def render_HEAD(self, request: Request) -> bytes:
            request.set_header(b"X", b"head")
            return b""

    assert Connection(Page()).ask(b"HEAD", b"/").headers[b"x"] == b"head"
    assert Page().allowed_methods == [b"HEAD"]


@pytest.mark.parametrize(
    ("page", "code"),
    [(NoResource("<no>"), 404), (ForbiddenResource("<no>"), 403), (ErrorPage(418, "<tea>", "<no>"), 418)],
)
def test_a_page_for_an_error_escapes_its_message(page: ErrorPage, code: int) -> None:
    root = Resource()
    root.put_child(b"page", page)
    for path in (b"/page", b"/page/below"):
        answer = Connection(root).get(path)
        assert answer.code == code
        assert b"&lt;no&gt;" in answer.body
        assert b"<no>" not in answer.body
        assert b"<tea>" not in answer.body


def test_a_redirection_answers_for_all_paths_below() -> None:
    root = Resource()
    root.put_child(b"old", Redirect(b'/new?"'))
    for path in (b"/old", b"/old/a"):
        answer = Connection(root).get(path)
        assert (answer.code, answer.headers[b"location"]) == (302, b'/new?"')
        assert answer.headers[b"content-type"] == b"text/html; charset=utf-8"
        assert b"/new?&quot;" in answer.body
    with pytest.raises(TypeError):
        Redirect("/text")  # type: ignore[arg-type]


def test_data_is_sent_with_its_type() -> None:
    root = Resource()
    root.put_child(b"data", Data(b"\x89PNG", "image/png"))
    answer = Connection(root).get(b"/data")
    assert (answer.body, answer.headers[b"content-type"]) == (b"\x89PNG", b"image/png")
    with pytest.raises(TypeError):
        Data("text", "text/plain")  # type: ignore[arg-type]


class Drain:
    """Counts the bytes of a body, and drops them."""

    def __init__(self) -> None:
        self.size = 0
        self.closed = False

    def write(self, data: bytes) -> int:
        self.size += len(data)
        if data == b"bad":
            raise OSError("disk full")
        return len(data)

    def read(self, size: int = -1) -> bytes:
        raise OSError("it was dropped")

    def seek(self, offset: int) -> int:
        raise OSError("it was dropped")

    def close(self) -> None:
        self.closed = True


class Upload(Resource):
    """Takes a body of any size."""

    def __init__(self) -> None:
        self.drains: list[Drain] = []

    def open_content(self, request: Request) -> ContentFile | None:
        self.drains.append(Drain())
        return self.drains[-1]

    def render_POST(self, request: Request) -> bytes:
        return b"%d" % self.drains[-1].size


def uploading() -> tuple[Upload, Connection]:
    page, root = Upload(), Resource()
    root.put_child(b"upload", page)
    connection = Connection(root)
    connection.channel.max_body = 10
    return page, connection


def test_a_page_can_take_a_body_without_a_limit_piece_by_piece() -> None:
    page, connection = uploading()
    connection.send(b"POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n" + bytes(15))
    assert page.drains[0].size == 15
    assert connection.send(bytes(5)).endswith(b"20")
    assert page.drains[0].closed
    assert connection.ask(b"POST", b"/other", bytes(20)).code == 413


def test_a_leaf_takes_also_the_bodies_for_the_paths_below_it() -> None:
    page, connection = uploading()
    page.is_leaf = True
    assert connection.ask(b"POST", b"/upload/name", bytes(20)).body == b"20"


def test_an_upload_that_is_broken_off_is_closed() -> None:
    page, connection = uploading()
    connection.send(b"POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n" + bytes(15))
    connection.channel.read_connection_lost()
    assert page.drains[0].closed


def test_an_upload_that_cannot_be_stored_is_answered_with_500(caplog: pytest.LogCaptureFixture) -> None:
    page, connection = uploading()
    assert connection.ask(b"POST", b"/upload", b"bad").code == 500
    assert connection.is_closing()
    assert page.drains[0].closed
    assert len(caplog.records) == 1
