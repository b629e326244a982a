"""Our web client works with Twisted's Site and with Python's own server, on every engine."""

import threading
from collections.abc import Iterator
from http.cookiejar import CookieJar
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO

import pytest

from core.reactor import Reactor
from core.web import (
    Agent,
    BodyProducer,
    ContentDecoderAgent,
    CookieAgent,
    FileBodyProducer,
    GzipDecoder,
    Headers,
    HTTPConnectionPool,
    RedirectAgent,
    Response,
    ResponseFailed,
    StringProducer,
    read_body,
)
from core.web.client import PartialDownloadError
from tests.core.web.client.exchange import Outcome
from tests.core.web.client.server import error, result
from tests.program import endpoints, port, twisted

LARGE = bytes(range(256)) * 20_000


@pytest.fixture(scope="module")
def site() -> Iterator[bytes]:
    """The URL of a Twisted server."""
    with twisted("web_server") as server:
        yield f"http://127.0.0.1:{port(endpoints(server)['web'])}/".encode()
        assert server.stop() == 0, server.errors()


def fetch(
    reactor: Reactor, url: bytes, method: bytes = b"GET", body: BodyProducer | None = None
) -> tuple[Response, bytes]:
    """The response of all our agents together, and its body."""
    agent = ContentDecoderAgent(Agent(reactor), [(b"gzip", GzipDecoder)])
    headers = Headers({"Content-Type": ["x/y"]})
    response = result(reactor, Outcome(RedirectAgent(agent).request(method, url, headers, body)))
    return response, result(reactor, Outcome(read_body(response)))


@pytest.mark.parametrize(
    ("page", "body"),
    [
        (b"hello", b"hello"),
        (b"large", LARGE),
        (b"packed", b"pack me" * 1000),
        (b"moved", b"hello"),
        (b"pieces", b"piece 0\npiece 1\npiece 2\n"),
    ],
)
def test_the_pages_of_a_twisted_site(reactor: Reactor, site: bytes, page: bytes, body: bytes) -> None:
    response, received = fetch(reactor, site + page)
    assert (response.code, received) == (200, body)


def test_a_twisted_site_answers_head_and_errors(reactor: Reactor, site: bytes) -> None:
    response, body = fetch(reactor, site + b"hello", b"HEAD")
    assert (response.code, body, response.headers.get_raw_headers("Content-Length")) == (200, b"", ["5"])
    assert fetch(reactor, site + b"none")[0].code == 404
    assert fetch(reactor, site + b"hello", b"DELETE")[0].code == 501


@pytest.mark.parametrize("kind", ["string", "file"])
def test_a_twisted_site_gets_what_is_posted(reactor: Reactor, site: bytes, kind: str) -> None:
    producer = StringProducer(LARGE) if kind == "string" else FileBodyProducer(BytesIO(LARGE))
    response, body = fetch(reactor, site + b"echo", b"POST", producer)
    assert body == LARGE
    assert response.headers.get_raw_headers("X-Type") == ["x/y"]


def test_a_page_of_a_twisted_site_that_is_cut_short_fails(reactor: Reactor, site: bytes) -> None:
    asked = Agent(reactor).request(b"GET", site + b"cut").add_callback(read_body)
    assert isinstance(error(reactor, Outcome(asked)), ResponseFailed)


def test_a_twisted_site_counts_visits_over_one_kept_connection(reactor: Reactor, site: bytes) -> None:
    pool = HTTPConnectionPool(reactor)
    agent = CookieAgent(Agent(reactor, pool=pool), CookieJar())
    for visit in (b"1", b"2", b"3"):
        asked = agent.request(b"GET", site + b"cookie").add_callback(read_body)
        assert result(reactor, Outcome(asked)) == visit
    result(reactor, Outcome(pool.close_cached_connections()))


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"until the end")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def test_the_server_of_python_itself(reactor: Reactor) -> None:
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        url = b"http://127.0.0.1:%d/" % server.server_port
        assert fetch(reactor, url, b"POST", StringProducer(LARGE))[1] == LARGE
        response = result(reactor, Outcome(Agent(reactor).request(b"GET", url)))
        assert response.version == (b"HTTP", 1, 0)
        failed = error(reactor, Outcome(read_body(response)))
        assert isinstance(failed, PartialDownloadError)
        assert failed.response == b"until the end"
        server.shutdown()
        thread.join()
