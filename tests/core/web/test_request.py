"""Request: its attributes, as a page reads them, and the answer."""

import logging

import pytest

from core.deferred import Deferred
from core.errors import ConnectionDone
from core.interfaces import IPv4Address, PushProducer
from core.web import CACHED, NOT_DONE_YET, RenderResult, Request, Resource, Site, UnsupportedMethod
from core.web.rendering import NotDoneYet
from tests.core.web.talking import Answer, Connection, answers


class Page(Resource):
    """Answers with what a test returns, and keeps the request."""

    is_leaf = True
    request: Request

    def __init__(self, result: RenderResult = b"") -> None:
        self.result = result

    def render_GET(self, request: Request) -> RenderResult:
        self.request = request
        return self.result

    render_POST = render_GET


def asked(head: bytes, body: bytes = b"") -> Request:
    """The request that a page gets for a request line and fields."""
    page = Page()
    length = b"Content-Length: %d\r\n\r\n" % len(body)
    Connection(page).send(head + b"\r\nHost: localhost\r\n" + length + body)
    return page.request


def answered(*steps: tuple[str, *tuple[object, ...]], body: bytes = b"", method: bytes = b"GET") -> Answer:
    """The answer of a page that calls these methods of the request, and returns `body`."""

    class Steps(Resource):
        is_leaf = True

        def render_GET(self, request: Request) -> bytes:
            for name, *arguments in steps:
                getattr(request, name)(*arguments)
            return body

    return Connection(Steps()).ask(method, b"/")


def test_a_request_has_the_parts_of_its_first_line() -> None:
    request = asked(b"GET /a%20b/c?d=e HTTP/1.1")
    assert (request.method, request.uri, request.path) == (b"GET", b"/a%20b/c?d=e", b"/a%20b/c")
    assert (request.clientproto, request.prepath, request.postpath) == (b"HTTP/1.1", [], [b"a b", b"c"])
    assert request.client_address == IPv4Address("tcp", "127.0.0.1", 54321)
    assert not request.is_secure()
    assert isinstance(request.site, Site)
    assert request.channel.transport is request.transport


@pytest.mark.parametrize(
    ("query", "arguments"),
    [
        (b"a=1&b=2&a=3", {b"a": [b"1", b"3"], b"b": [b"2"]}),
        (b"a=x+y%26%3D%ff", {b"a": [b"x y&=\xff"]}),
        (b"a=&=b", {b"a": [b""], b"": [b"b"]}),
        (b"a&b=c=d", {b"b": [b"c=d"]}),
        (b"", {}),
    ],
)
def test_the_arguments_come_from_the_query(query: bytes, arguments: dict[bytes, list[bytes]]) -> None:
    assert asked(b"GET /?" + query + b" HTTP/1.1").args == arguments


def test_the_arguments_of_a_form_are_added_and_the_body_can_still_be_read() -> None:
    class Form(Resource):
        is_leaf = True

        def render_POST(self, request: Request) -> bytes:
            return repr((request.args, request.content.read())).encode()

    form = Form()
    kind = "Application/x-www-form-urlencoded; charset=utf-8"
    answer = Connection(form).ask(b"POST", b"/?a=0&q=9", b"a=1&b=%20", Content_Type=kind)
    assert answer.body == repr(({b"a": [b"1"], b"q": [b"9"], b"b": [b" "]}, b"a=1&b=%20")).encode()


def test_a_form_with_very_many_arguments_is_refused() -> None:
    kind = "application/x-www-form-urlencoded"
    assert Connection(Page()).ask(b"POST", b"/", b"a=1&" * 10_001, Content_Type=kind).code == 413


def test_a_header_is_found_in_any_spelling_and_the_last_value_counts() -> None:
    request = asked(b"GET / HTTP/1.1\r\nX-One: 1\r\nx-one: 2")
    assert (request.get_header(b"X-ONE"), request.get_header("x-one"), request.get_header("no")) == (
        b"2",
        "2",
        None,
    )


def test_cookies_and_credentials_are_parsed() -> None:
    request = asked(b"GET / HTTP/1.1\r\nCookie: a=1; b=x=y;c\r\nCookie: d=2\r\nAuthorization: Basic dTpwOnE=")
    assert [request.get_cookie(name) for name in (b"a", b"b", b"c", b"d")] == [b"1", b"x=y", None, b"2"]
    assert (request.get_user(), request.get_password()) == (b"u", b"p:q")


@pytest.mark.parametrize("value", ["Basic ???", "Basic dTpw", "Bearer dTpwOnE=", "Basic", "Basic dQ=="])
def test_credentials_that_are_malformed_are_empty(value: str) -> None:
    request = asked(b"GET / HTTP/1.1\r\nAuthorization: " + value.encode())
    expected = (b"u", b"p") if value == "Basic dTpw" else (b"", b"")
    assert (request.get_user(), request.get_password()) == expected


# --- the answer


def test_the_code_the_reason_and_the_headers_can_be_set() -> None:
    answer = answered(("set_response_code", 299, b"Fine\r\nEvil: 1"), ("set_header", "X", "é"), body=b"body")
    assert (answer.code, answer.reason) == (299, b"Fine Evil: 1")
    assert (answer.headers[b"x"], answer.headers[b"content-type"]) == ("é".encode(), b"text/html")
    assert answer.headers[b"content-length"] == b"4"


def test_a_reason_that_is_text_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        asked(b"GET / HTTP/1.1").set_response_code(200, "OK")  # type: ignore[arg-type]


def test_a_redirection_has_a_location() -> None:
    answer = answered(("redirect", b"/there"))
    assert (answer.code, answer.headers[b"location"]) == (302, b"/there")


@pytest.mark.parametrize("code", [204, 304])
def test_an_answer_without_a_body_has_neither_length_nor_body(code: int) -> None:
    answer = answered(("set_response_code", code), body=b"body")
    assert (answer.code, answer.body) == (code, b"")
    assert not {b"content-length", b"transfer-encoding", b"content-type"} & set(answer.headers)


def test_head_has_the_length_of_the_body_that_get_has() -> None:
    answer = answered(body=b"body", method=b"HEAD")
    assert (answer.body, answer.headers[b"content-length"]) == (b"", b"4")


def test_a_body_without_a_length_is_chunked() -> None:
    answer = answered(
        ("write", b"one "), ("write", bytearray(b"")), ("write", memoryview(b"two")), body=b" three"
    )
    assert answer.headers[b"transfer-encoding"] == b"chunked"
    assert answer.body == b"one two three"


def test_a_body_without_a_length_ends_with_the_connection_in_http_1_0() -> None:
    page = Page(NOT_DONE_YET)
    connection = Connection(page)
    connection.send(b"GET / HTTP/1.0\r\n\r\n")
    page.request.write(b"a")
    page.request.write(b"b")
    page.request.finish()
    sent = connection.transport.take()
    assert sent.endswith(b"\r\n\r\nab")
    assert b"Connection: close\r\n" in sent
    assert b"chunked" not in sent
    assert connection.is_closing()


def test_an_answer_without_a_write_has_the_length_0() -> None:
    page = Page(NOT_DONE_YET)
    connection = Connection(page)
    connection.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    page.request.finish()
    (answer,) = answers(connection.transport.take())
    assert (answer.headers[b"content-length"], answer.body) == (b"0", b"")


def test_a_page_that_asks_for_it_closes_the_connection() -> None:
    class Last(Resource):
        is_leaf = True

        def render_GET(self, request: Request) -> bytes:
            request.set_header(b"Connection", b"close")
            return b"last"

    connection = Connection(Last())
    assert len(answers(connection.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 2))) == 1
    assert connection.is_closing()


@pytest.mark.parametrize("data", ["text", None, 1])
def test_what_is_not_bytes_cannot_be_written(data: bytes) -> None:
    page = Page(NOT_DONE_YET)
    Connection(page).send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    with pytest.raises(TypeError):
        page.request.write(data)


def test_nothing_can_be_written_after_finish(caplog: pytest.LogCaptureFixture) -> None:
    request = asked(b"GET / HTTP/1.1")
    with pytest.raises(RuntimeError, match="after finish"):
        request.write(b"more")
    request.finish()
    assert "finish was called twice" in caplog.text


@pytest.mark.parametrize("result", ["text", None, 1])
def test_a_page_that_does_not_return_bytes_is_an_error(
    result: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    assert Connection(Page(result)).get(b"/").code == 500
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], TypeError)


@pytest.mark.parametrize("body", [b"too long", b"x"])
def test_an_answer_that_is_not_as_long_as_it_says_is_aborted(
    body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    page = Page(NOT_DONE_YET)
    connection = Connection(page)
    connection.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    page.request.set_header(b"Content-Length", b"2")
    page.request.write(body)
    page.request.finish()
    assert connection.transport.aborted
    assert len([record for record in caplog.records if record.levelno == logging.ERROR]) == 1


def test_a_page_that_fails_after_it_has_begun_is_aborted(caplog: pytest.LogCaptureFixture) -> None:
    class Half(Resource):
        is_leaf = True

        def render_GET(self, request: Request) -> bytes:
            request.write(b"half")
            raise ZeroDivisionError

    connection = Connection(Half())
    connection.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert connection.transport.aborted
    assert len(caplog.records) == 1


def test_a_length_that_is_no_number_is_an_error_of_the_page(caplog: pytest.LogCaptureFixture) -> None:
    class Wrong(Resource):
        is_leaf = True

        def render_GET(self, request: Request) -> RenderResult:
            request.set_header(b"Content-Length", b"much")
            request.write(b"text")
            return NOT_DONE_YET

    assert Connection(Wrong()).get(b"/").code == 500
    assert len(caplog.records) == 1


def test_the_headers_of_a_page_that_fails_are_not_sent() -> None:
    class Broken(Resource):
        is_leaf = True

        def render_GET(self, request: Request) -> bytes:
            request.set_header(b"Content-Type", b"image/png")
            request.add_cookie(b"a", b"b")
            raise ZeroDivisionError

    answer = Connection(Broken()).get(b"/")
    assert answer.headers[b"content-type"] == b"text/html; charset=utf-8"
    assert b"set-cookie" not in answer.headers


# --- later


def test_a_coroutine_and_a_deferred_answer_when_they_have_a_result() -> None:
    waiting = Deferred[bytes]()

    class Coroutine(Resource):
        is_leaf = True

        async def render_GET(self, request: Request) -> bytes:
            return b"<" + await waiting + b">"

    connection = Connection(Coroutine())
    assert connection.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n") == b""
    waiting.callback(b"text")
    assert answers(connection.transport.take())[0].body == b"<text>"
    later = Deferred[bytes]()
    connection = Connection(Page(later))
    connection.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    later.callback(b"later")
    assert answers(connection.transport.take())[0].body == b"later"


@pytest.mark.parametrize(
    ("error", "code"), [(ZeroDivisionError(), 500), (UnsupportedMethod([b"POST", b"PUT"]), 405)]
)
def test_a_deferred_that_fails_is_answered_as_an_exception(error: Exception, code: int) -> None:
    later = Deferred[bytes]()
    connection = Connection(Page(later))
    connection.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    later.errback(error)
    (answer,) = answers(connection.transport.take())
    assert answer.code == code
    assert answer.headers.get(b"allow") == (b"POST, PUT" if code == 405 else None)


def test_a_deferred_can_lead_to_an_answer_that_comes_later() -> None:
    later = Deferred[NotDoneYet]()
    page = Page(later)
    connection = Connection(page)
    connection.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    later.callback(NOT_DONE_YET)
    page.request.write(b"text")
    page.request.finish()
    assert answers(connection.transport.take())[0].body == b"text"


def test_the_end_of_an_answer_is_notified_also_afterwards() -> None:
    page = Page(NOT_DONE_YET)
    connection = Connection(page)
    connection.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    ends: list[object] = []
    page.request.notify_finish().add_both(ends.append)
    page.request.notify_finish().add_both(ends.append)
    assert not ends
    page.request.finish()
    page.request.notify_finish().add_both(ends.append)
    assert ends == [None, None, None]


def test_each_notification_has_the_reason_if_the_client_goes_first() -> None:
    page = Page(NOT_DONE_YET)
    connection = Connection(page)
    connection.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    ends: list[object] = []
    page.request.notify_finish().add_both(ends.append)
    page.request.write(b"begun")
    connection.transport.take()
    reason = ConnectionDone()
    connection.channel.connection_lost(reason)
    page.request.notify_finish().add_both(ends.append)
    assert ends == [reason, reason]
    page.request.write(b"late")
    assert connection.transport.take() == b""
    with pytest.raises(RuntimeError, match="the client had gone"):
        page.request.finish()


def test_a_page_that_fails_after_the_client_has_gone_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    later = Deferred[bytes](lambda deferred: deferred.errback(ZeroDivisionError()))
    connection = Connection(Page(later))
    connection.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    connection.channel.connection_lost(ConnectionDone())
    assert len(caplog.records) == 1


def test_only_one_producer_can_be_registered() -> None:
    class Silent(PushProducer):
        stopped = False

        def pause_producing(self) -> None: ...

        def resume_producing(self) -> None: ...

        def stop_producing(self) -> None:
            self.stopped = True

    page = Page(NOT_DONE_YET)
    connection = Connection(page)
    connection.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    page.request.register_producer(Silent(), True)
    with pytest.raises(ValueError, match="producer already"):
        page.request.register_producer(Silent(), True)
    page.request.unregister_producer()
    page.request.unregister_producer()
    connection.channel.connection_lost(ConnectionDone())
    late = Silent()
    page.request.register_producer(late, True)
    assert late.stopped


# --- cookies and conditions


@pytest.mark.parametrize(
    ("arguments", "cookie"),
    [
        ({}, b"k=v"),
        ({"expires": "Wed", "domain": b"a.b", "path": "/"}, b"k=v; Expires=Wed; Domain=a.b; Path=/"),
        ({"max_age": "5", "comment": "c", "secure": True}, b"k=v; Max-Age=5; Comment=c; Secure"),
        ({"http_only": True, "same_site": "LAX"}, b"k=v; HttpOnly; SameSite=lax"),
        ({"path": "/;\r\nEvil: 1"}, b"k=v; Path=/  Evil: 1"),
    ],
)
def test_a_cookie_has_its_attributes(arguments: dict[str, str], cookie: bytes) -> None:
    class Baker(Resource):
        is_leaf = True

        def render_GET(self, request: Request) -> bytes:
            request.add_cookie("k", b"v", **arguments)  # type: ignore[arg-type]
            return b""

    assert Connection(Baker()).get(b"/").headers[b"set-cookie"] == cookie


@pytest.mark.parametrize("policy", ["none", "sometimes"])
def test_a_policy_that_browsers_do_not_follow_is_a_value_error(policy: str) -> None:
    with pytest.raises(ValueError, match="same_site"):
        asked(b"GET / HTTP/1.1").add_cookie(b"k", b"v", same_site=policy)


@pytest.mark.parametrize(
    ("method", "fields", "code"),
    [
        (b"GET", b"If-None-Match: tag", 304),
        (b"GET", b'If-None-Match: "a", tag', 304),
        (b"GET", b'If-None-Match: "a"\r\nIf-None-Match: tag', 304),
        (b"GET", b"If-None-Match: W/tag", 304),
        (b"GET", b"If-None-Match: *", 304),
        (b"POST", b"If-None-Match: tag", 412),
        (b"GET", b"If-None-Match: tags", None),
        (b"GET", b"If-Match: tag", None),
        (b"GET", b"If-Match: *", None),
        (b"GET", b"If-Match: other", 412),
        (b"GET", b"X: y", None),
    ],
)
def test_the_tag_of_a_page_decides_whether_it_is_sent(method: bytes, fields: bytes, code: int | None) -> None:
    request = asked(method + b" / HTTP/1.1\r\n" + fields)
    assert request.set_etag(b"tag") is (None if code is None else CACHED)
    assert request.code == (code or 200)


@pytest.mark.parametrize(
    ("method", "fields", "code"),
    [
        (b"GET", b"If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT", 304),
        (b"GET", b"If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT", None),
        (b"GET", b"If-Modified-Since: Sun Nov  6 08:49:37 1994", 304),
        (b"GET", b"If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT; length=1", 304),
        (b"GET", b"If-Modified-Since: 784111777", None),
        (b"POST", b"If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT", None),
        (b"GET", b"If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT", 412),
        (b"GET", b"If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT", None),
    ],
)
def test_the_time_of_a_page_decides_whether_it_is_sent(
    method: bytes, fields: bytes, code: int | None
) -> None:
    request = asked(method + b" / HTTP/1.1\r\n" + fields)
    assert request.set_last_modified(784111776.5) is (None if code is None else CACHED)
    assert request.code == (code or 200)


def test_an_earlier_time_does_not_replace_a_later_one() -> None:
    answer = answered(("set_last_modified", 784111777), ("set_last_modified", 1))
    assert answer.headers[b"last-modified"] == b"Sun, 06 Nov 1994 08:49:37 GMT"
