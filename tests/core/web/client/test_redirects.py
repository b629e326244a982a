"""Agents that follow redirects and keep cookies; on one engine, because only requests are made here."""

import gzip
from collections.abc import Iterator
from http.cookiejar import CookieJar

import pytest

from core.reactor import Reactor
from core.web.client import (
    Agent,
    BrowserLikeRedirectAgent,
    ContentDecoderAgent,
    CookieAgent,
    GzipDecoder,
    InfiniteRedirection,
    PageRedirect,
    RedirectAgent,
    RedirectWithNoLocation,
    ResponseFailed,
    StringProducer,
    read_body,
)
from core.web.headers import Headers
from tests.conftest import turn_until
from tests.core.web.client.exchange import Outcome
from tests.core.web.client.server import WebServer, error, page, result


@pytest.fixture
def reactor() -> Iterator[Reactor]:
    reactor = Reactor()
    yield reactor
    reactor.clear()
    reactor.close()


def redirecting(
    reactor: Reactor, location: bytes = b"/target", code: int = 302, body: bytes = b"gone"
) -> WebServer:
    """A server that redirects /start."""

    def answer(request: bytes) -> bytes:
        if b" /start " in request:
            return page(body, b"Location: " + location, code=code)
        return page(b"hello")

    return WebServer(reactor, answer)


@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_of_get_and_head_is_followed(reactor: Reactor, method: bytes, code: int) -> None:
    server = redirecting(reactor, code=code)
    response = result(reactor, Outcome(RedirectAgent(Agent(reactor)).request(method, server.url + b"start")))
    assert response.code == 200
    assert response.request.absolute_uri == server.url + b"target"
    assert response.previous_response is not None
    assert response.previous_response.code == code
    assert server.targets == [method + b" /start", method + b" /target"]


@pytest.mark.parametrize(
    ("agent", "code", "method"),
    [
        (RedirectAgent, 303, b"GET"),
        (RedirectAgent, 301, None),
        (RedirectAgent, 302, None),
        (RedirectAgent, 307, None),
        (RedirectAgent, 308, None),
        (BrowserLikeRedirectAgent, 301, b"GET"),
        (BrowserLikeRedirectAgent, 302, b"GET"),
        (BrowserLikeRedirectAgent, 303, b"GET"),
        (BrowserLikeRedirectAgent, 307, None),
        (BrowserLikeRedirectAgent, 308, None),
    ],
)
def test_a_redirect_of_post_becomes_get_or_is_an_error(
    reactor: Reactor, agent: type[RedirectAgent], code: int, method: bytes | None
) -> None:
    server = redirecting(reactor, code=code)
    headers = Headers({"Content-Type": ["text/plain"], "X": ["y"]})
    asked = agent(Agent(reactor)).request(b"POST", server.url + b"start", headers, StringProducer(b"body"))
    if method is None:
        failed = error(reactor, Outcome(asked))
        assert isinstance(failed, ResponseFailed)
        reason = failed.reasons[0]
        assert isinstance(reason, PageRedirect)
        assert (reason.status, reason.location) == (code, server.url + b"start")
    else:
        assert result(reactor, Outcome(asked)).code == 200
        assert server.targets[1] == method + b" /target"
        assert b"Content-" not in server.requests[1]
        assert b"\r\nX: y\r\n" in server.requests[1]


def test_other_codes_are_no_redirects(reactor: Reactor) -> None:
    server = redirecting(reactor, code=304)
    response = result(reactor, Outcome(RedirectAgent(Agent(reactor)).request(b"GET", server.url + b"start")))
    assert response.code == 304


def test_redirects_have_a_limit(reactor: Reactor) -> None:
    server = redirecting(reactor, b"/start")
    agent = RedirectAgent(Agent(reactor), redirect_limit=3)
    failed = error(reactor, Outcome(agent.request(b"GET", server.url + b"start")))
    assert isinstance(failed, ResponseFailed)
    assert isinstance(failed.reasons[0], InfiniteRedirection)
    assert len(server.requests) == 4
    turn_until(reactor, lambda: not server.count_open())


@pytest.mark.parametrize(
    ("location", "kind"),
    [(None, RedirectWithNoLocation), (b"http://[::1/", ValueError), (b"http://ann:x@host/", ValueError)],
)
def test_a_redirect_to_nowhere_is_an_error(
    reactor: Reactor, location: bytes | None, kind: type[Exception]
) -> None:
    headers = [b"Location: " + location] if location else []
    server = WebServer(reactor, lambda _: page(b"gone", *headers, code=302))
    failed = error(reactor, Outcome(RedirectAgent(Agent(reactor)).request(b"GET", server.url)))
    assert isinstance(failed, ResponseFailed)
    assert isinstance(failed.reasons[0], kind)


def test_another_origin_does_not_get_the_secrets(reactor: Reactor) -> None:
    target = WebServer(reactor)
    server = redirecting(reactor, target.url)
    secrets = [b"Authorization", b"Cookie", b"Proxy-Authorization", b"X-Token", b"Host"]
    headers = Headers({**{name: [b"secret"] for name in secrets}, b"X-Other": [b"open"]})
    agent = RedirectAgent(Agent(reactor), sensitive_header_names=[b"x-token"])
    result(reactor, Outcome(agent.request(b"GET", server.url + b"start", headers)))
    assert server.requests[0].count(b": secret\r\n") == len(secrets)
    assert b"secret" not in target.requests[0]
    assert b"\r\nX-Other: open\r\n" in target.requests[0]
    assert headers.has_header("Authorization")


def test_the_same_origin_gets_all_headers(reactor: Reactor) -> None:
    server, headers = redirecting(reactor), Headers({"Authorization": ["secret"]})
    result(reactor, Outcome(RedirectAgent(Agent(reactor)).request(b"GET", server.url + b"start", headers)))
    assert [b"secret" in request for request in server.requests] == [True, True]


@pytest.mark.parametrize("size", [10, 10_000_000])
def test_the_body_of_a_redirect_holds_no_connection(reactor: Reactor, size: int) -> None:
    server = redirecting(reactor, body=bytes(size))
    asked = RedirectAgent(Agent(reactor)).request(b"GET", server.url + b"start").add_callback(read_body)
    assert result(reactor, Outcome(asked)) == b"hello"
    turn_until(reactor, lambda: not server.count_open())


# --- cookies


def test_cookies_come_back_to_the_site_that_has_set_them(reactor: Reactor) -> None:
    site = WebServer(reactor, lambda _: page(b"", b"Set-Cookie: a=1; Path=/", b"Set-Cookie: b=2; Path=/deep"))
    jar = CookieJar()
    agent = CookieAgent(Agent(reactor), jar)
    for path in (b"", b"", b"deep/page"):
        result(reactor, Outcome(agent.request(b"GET", site.url + path)))
    lines = [[line for line in request.split(b"\r\n") if b"Cookie" in line] for request in site.requests]
    assert lines == [[], [b"Cookie: a=1"], [b"Cookie: b=2; a=1"]] or lines[1:] == [[b"Cookie: a=1"]] * 2
    assert {cookie.name for cookie in agent.cookie_jar} >= {"a"}


def test_a_cookie_of_the_request_replaces_those_of_the_jar(reactor: Reactor) -> None:
    site = WebServer(reactor, lambda _: page(b"", b"Set-Cookie: a=1; Path=/"))
    agent = CookieAgent(Agent(reactor), CookieJar())
    result(reactor, Outcome(agent.request(b"GET", site.url)))
    result(reactor, Outcome(agent.request(b"GET", site.url, Headers({"Cookie": ["mine=2"]}))))
    assert b"\r\nCookie: mine=2\r\n" in site.requests[1]
    assert b"a=1" not in site.requests[1]


# --- encodings


def test_a_packed_page_is_unpacked(reactor: Reactor) -> None:
    packed = gzip.compress(b"hello" * 1000)
    server = WebServer(reactor, lambda _: page(packed, b"Content-Encoding: gzip", b"X: y"))
    agent = ContentDecoderAgent(Agent(reactor), [(b"gzip", GzipDecoder)])
    response = result(reactor, Outcome(agent.request(b"GET", server.url)))
    assert response.headers == Headers({"X": ["y"]})
    assert result(reactor, Outcome(read_body(response))) == b"hello" * 1000
    assert b"\r\nAccept-Encoding: gzip\r\n" in server.requests[0]


@pytest.mark.parametrize(
    ("encoding", "left", "times"),
    [(b"gzip, gzip", None, 2), (b"br, gzip", b"br", 1), (b"gzip, br", b"gzip,br", 0), (b"GZIP", None, 1)],
)
def test_encodings_are_undone_from_the_last_one_as_far_as_they_are_known(
    reactor: Reactor, encoding: bytes, left: bytes | None, times: int
) -> None:
    body = b"hello"
    for _ in range(times):
        body = gzip.compress(body)
    server = WebServer(reactor, lambda _: page(body, b"Content-Encoding: " + encoding))
    agent = ContentDecoderAgent(Agent(reactor), [(b"gzip", GzipDecoder)])
    response = result(reactor, Outcome(agent.request(b"GET", server.url)))
    assert response.headers.get_raw_headers(b"Content-Encoding") == (None if left is None else [left])
    assert result(reactor, Outcome(read_body(response))) == b"hello"


def test_all_agents_work_together(reactor: Reactor) -> None:
    def answer(request: bytes) -> bytes:
        if b" /start " in request:
            return page(b"", b"Location: /", b"Set-Cookie: a=1", code=302)
        return page(gzip.compress(request), b"Content-Encoding: gzip")

    server = WebServer(reactor, answer)
    decoding = ContentDecoderAgent(CookieAgent(Agent(reactor), CookieJar()), [(b"gzip", GzipDecoder)])
    asked = RedirectAgent(decoding).request(b"GET", server.url + b"start").add_callback(read_body)
    assert b"\r\nCookie: a=1\r\n" in result(reactor, Outcome(asked))
