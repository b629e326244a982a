"""The agent, over real connections, on each engine."""

from collections.abc import AsyncGenerator
from io import BytesIO
from pathlib import Path

import pytest

from core.errors import CancelledError, ConnectionDone, VerifyError
from core.interfaces import IPv4Address
from core.reactor import Reactor
from core.task import defer_later
from core.transports.certificates import server_context
from core.web import Data, Request, Resource, Site
from core.web.client import (
    Agent,
    AsyncBodyProducer,
    FileBodyProducer,
    HTTPConnectionPool,
    PartialDownloadError,
    ResponseFailed,
    ResponseNeverReceived,
    SchemeNotSupported,
    StringProducer,
    read_body,
)
from core.web.headers import Headers
from tests.certificates import Certificates
from tests.conftest import turn_until
from tests.core.helpers import SteppedReactor
from tests.core.web.client.exchange import BodyRecorder, Outcome
from tests.core.web.client.server import WebServer, error, page, result


def fetch(reactor: Reactor, agent: Agent, url: bytes) -> bytes:
    """The body at `url`."""
    return result(reactor, Outcome(agent.request(b"GET", url).add_callback(read_body)))


def test_a_page_is_fetched(reactor: Reactor) -> None:
    server = WebServer(reactor, lambda _: page(b"hello", b"X: y"))
    outcome = Outcome(Agent(reactor).request(b"GET", server.url + b"a?b#c", Headers({"User-Agent": ["x"]})))
    response = result(reactor, outcome)
    assert (response.code, response.phrase, response.length) == (200, b"Phrase", 5)
    assert response.headers.get_raw_headers(b"x") == [b"y"]
    assert result(reactor, Outcome(read_body(response))) == b"hello"
    host = server.url.split(b"/")[2]
    assert server.requests == [
        b"GET /a?b HTTP/1.1\r\nHost: %b\r\nUser-Agent: x\r\nConnection: close\r\n\r\n" % host
    ]
    turn_until(reactor, lambda: not server.count_open())


def test_the_headers_of_the_caller_are_not_changed(reactor: Reactor) -> None:
    server, headers = WebServer(reactor), Headers({b"X": [b"y"]})
    result(reactor, Outcome(Agent(reactor).request(b"GET", server.url, headers)))
    assert headers == Headers({b"X": [b"y"]})


def test_a_body_is_posted(reactor: Reactor) -> None:
    server = WebServer(reactor)
    result(reactor, Outcome(Agent(reactor).request(b"POST", server.url, None, StringProducer(b"a body"))))
    assert server.requests[0].endswith(b"\r\nContent-Length: 6\r\n\r\na body")


@pytest.mark.parametrize("size", [0, 1, 1_000_000])
def test_a_large_file_is_posted_as_fast_as_the_server_reads(
    reactor: Reactor, tmp_path: Path, size: int
) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(size))
    server = WebServer(reactor, lambda request: page(b"%d" % len(request.partition(b"\r\n\r\n")[2])))
    asked = Agent(reactor).request(b"PUT", server.url, None, FileBodyProducer(path.open("rb")))
    assert result(reactor, Outcome(asked.add_callback(read_body))) == b"%d" % size


def test_the_body_of_a_generator_is_chunked(reactor: Reactor) -> None:
    async def pieces() -> AsyncGenerator[bytes, None]:
        for piece in (b"one", b"two"):
            yield piece
            await defer_later(reactor, 0, int)

    server = WebServer(reactor, lambda _: None)
    Outcome(Agent(reactor).request(b"POST", server.url, None, AsyncBodyProducer(pieces())))
    turn_until(reactor, lambda: server.connections and server.connections[0].data.endswith(b"0\r\n\r\n"))
    assert server.connections[0].data == b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"


def test_wrong_arguments_are_errors_at_the_call(reactor: Reactor) -> None:
    agent = Agent(reactor)
    for method, uri, kind in (
        ("GET", b"http://host/", TypeError),
        (b"GET", "http://host/", TypeError),
        (b"GE T", b"http://host/", ValueError),
        (b"GET", b"http://host/a b", ValueError),
        (b"GET", b"http://h\xc3\xb6st/", ValueError),
        (b"GET", b"http:///", ValueError),
    ):
        with pytest.raises(kind):
            agent.request(method, uri)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="Headers"):
        agent.request(b"GET", b"http://host/", {b"X": [b"y"]})  # type: ignore[arg-type]


@pytest.mark.parametrize("uri", [b"ftp://host/", b"/path", b"mailto:ann@host"])
def test_another_scheme_fails(reactor: Reactor, uri: bytes) -> None:
    assert isinstance(Outcome(Agent(reactor).request(b"GET", uri)).error, SchemeNotSupported)


def test_a_server_that_is_not_there_fails_with_the_reason(reactor: Reactor) -> None:
    server = WebServer(reactor)
    server.port.stop_listening()
    assert isinstance(
        error(reactor, Outcome(Agent(reactor).request(b"GET", server.url))), ConnectionRefusedError
    )


def test_a_server_that_ends_the_connection_fails_with_the_reason(reactor: Reactor) -> None:
    server = WebServer(reactor, lambda _: b"")
    failed = error(reactor, Outcome(Agent(reactor).request(b"GET", server.url)))
    assert isinstance(failed, ResponseNeverReceived)
    assert [type(reason) for reason in failed.reasons] == [ConnectionDone]


def test_connecting_has_a_timeout(silent: tuple[str, int]) -> None:
    reactor = SteppedReactor()
    url = b"http://127.0.0.1:%d/" % silent[1]
    outcome = Outcome(Agent(reactor, connect_timeout=3).request(b"GET", url))
    reactor.advance(2.9)
    assert outcome.is_pending()
    reactor.advance(0.2, turns=3)
    assert isinstance(outcome.error, TimeoutError)
    reactor.clear()
    reactor.close()


def test_cancelling_while_connecting_stops_the_attempt(reactor: Reactor) -> None:
    server = WebServer(reactor)
    outcome = Outcome(Agent(reactor).request(b"GET", server.url))
    outcome.deferred.cancel()
    assert isinstance(outcome.error, CancelledError)
    assert not server.requests


def test_cancelling_while_waiting_closes_the_connection(reactor: Reactor) -> None:
    server = WebServer(reactor, lambda _: None)
    outcome = Outcome(Agent(reactor).request(b"GET", server.url))
    turn_until(reactor, lambda: server.requests)
    outcome.deferred.cancel()
    assert isinstance(outcome.error, ResponseFailed)
    turn_until(reactor, lambda: not server.count_open())


def test_a_body_up_to_the_end_of_the_connection_is_a_partial_download(reactor: Reactor) -> None:
    server = WebServer(reactor, lambda _: b"HTTP/1.0 200 OK\r\n\r\nhello")
    asked = Agent(reactor).request(b"GET", server.url)
    failed = error(reactor, Outcome(asked.add_callback(read_body)))
    assert isinstance(failed, PartialDownloadError)
    assert (failed.status, failed.message, failed.response) == (200, b"OK", b"hello")


def test_a_slow_protocol_slows_the_server(reactor: Reactor) -> None:
    size = 20_000_000
    server, recorder = WebServer(reactor, lambda _: page(bytes(size))), BodyRecorder(pauses=True)
    response = result(reactor, Outcome(Agent(reactor).request(b"GET", server.url)))
    response.deliver_body(recorder)
    for _ in range(100):
        reactor.call_later(0, int)
        reactor.turn()
    assert len(recorder.pieces) == 1
    assert server.connections[0].transport.waiting > size // 2
    recorder.pauses = False
    recorder.transport.resume_producing()
    turn_until(reactor, lambda: recorder.reasons)
    assert recorder.body == bytes(size)


# --- https


def test_a_page_is_fetched_by_https(reactor: Reactor, certificates: Certificates) -> None:
    server = WebServer(reactor, tls_context=certificates.for_server())
    agent = Agent(reactor, tls_context=certificates.for_client(), pool=HTTPConnectionPool(reactor))
    assert [fetch(reactor, agent, server.url) for _ in range(2)] == [b"hello"] * 2
    assert len(server.connections) == 1


def test_only_the_systems_authorities_are_trusted_by_default(
    reactor: Reactor, certificates: Certificates
) -> None:
    server = WebServer(reactor, tls_context=certificates.for_server())
    failed = error(reactor, Outcome(Agent(reactor).request(b"GET", server.url)))
    assert isinstance(failed, VerifyError)
    assert not server.requests


def test_another_name_is_not_trusted(reactor: Reactor, certificates: Certificates) -> None:
    server = WebServer(reactor, tls_context=server_context(str(certificates.other_name)))
    agent = Agent(reactor, tls_context=certificates.for_client())
    assert isinstance(error(reactor, Outcome(agent.request(b"GET", server.url))), VerifyError)


def test_a_body_that_the_end_of_tls_has_not_ended_fails(reactor: Reactor, certificates: Certificates) -> None:
    """An end of the connection without close_notify may be an attack (RFC 9112, section 9.8)."""
    server = WebServer(reactor, lambda _: None, certificates.for_server())
    agent = Agent(reactor, tls_context=certificates.for_client())
    outcome, recorder = Outcome(agent.request(b"GET", server.url)), BodyRecorder()
    turn_until(reactor, lambda: server.requests)
    server.connections[0].transport.write(b"HTTP/1.0 200 OK\r\n\r\nhello")
    result(reactor, outcome).deliver_body(recorder)
    turn_until(reactor, lambda: recorder.body == b"hello")
    server.connections[0].transport.abort_connection()
    turn_until(reactor, lambda: recorder.reasons)
    assert isinstance(recorder.reason, ResponseFailed)


# --- the pool


def test_requests_share_a_kept_connection(reactor: Reactor) -> None:
    server, pool = WebServer(reactor), HTTPConnectionPool(reactor)
    agent = Agent(reactor, pool=pool)
    assert [fetch(reactor, agent, server.url) for _ in range(3)] == [b"hello"] * 3
    assert len(server.connections) == 1
    assert b"Connection" not in server.requests[0]
    closed = Outcome(pool.close_cached_connections())
    assert result(reactor, closed) is None
    turn_until(reactor, lambda: not server.count_open())


def test_a_connection_is_free_before_the_program_learns_that_the_body_is_complete(reactor: Reactor) -> None:
    server = WebServer(reactor)
    agent = Agent(reactor, pool=HTTPConnectionPool(reactor))
    again = agent.request(b"GET", server.url).add_callback(read_body)
    again = again.add_callback(lambda _: agent.request(b"GET", server.url)).add_callback(read_body)
    assert result(reactor, Outcome(again)) == b"hello"
    assert len(server.connections) == 1


def test_no_more_connections_are_kept_than_the_limit(reactor: Reactor) -> None:
    server, pool = WebServer(reactor, lambda _: None), HTTPConnectionPool(reactor)
    agent = Agent(reactor, pool=pool)
    outcomes = [Outcome(agent.request(b"GET", server.url)) for _ in range(4)]
    turn_until(reactor, lambda: len(server.requests) == 4)
    for connection in server.connections:
        connection.transport.write(page(b""))
    for outcome in outcomes:
        result(reactor, outcome)
    turn_until(reactor, lambda: server.count_open() == pool.max_persistent_per_host == 2)


def test_other_origins_have_other_connections(reactor: Reactor) -> None:
    servers, agent = (
        [WebServer(reactor), WebServer(reactor)],
        Agent(reactor, pool=HTTPConnectionPool(reactor)),
    )
    for server in servers:
        fetch(reactor, agent, server.url)
    assert [len(server.connections) for server in servers] == [1, 1]


def test_a_kept_connection_is_closed_after_a_time() -> None:
    reactor = SteppedReactor()
    server, pool = WebServer(reactor), HTTPConnectionPool(reactor)
    pool.cached_connection_timeout = 5
    fetch(reactor, Agent(reactor, pool=pool), server.url)
    reactor.advance(4.9)
    assert server.count_open() == 1
    reactor.advance(0.2)
    turn_until(reactor, lambda: not server.count_open())
    reactor.clear()
    reactor.close()


def test_a_connection_in_use_is_not_closed_after_that_time() -> None:
    reactor = SteppedReactor()
    server, pool = WebServer(reactor), HTTPConnectionPool(reactor)
    pool.cached_connection_timeout = 5
    agent = Agent(reactor, pool=pool)
    fetch(reactor, agent, server.url)
    server.answer = lambda _: None
    outcome = Outcome(agent.request(b"GET", server.url))
    turn_until(reactor, lambda: len(server.requests) == 2)
    reactor.advance(6, turns=3)
    server.connections[0].transport.write(page(b""))
    assert result(reactor, outcome).code == 200
    reactor.clear()
    reactor.close()


def test_a_kept_connection_that_the_server_has_closed_is_not_used(reactor: Reactor) -> None:
    server, agent = WebServer(reactor), Agent(reactor, pool=HTTPConnectionPool(reactor))
    fetch(reactor, agent, server.url)
    server.connections[0].transport.lose_connection()
    turn_until(reactor, lambda: not server.count_open())
    response = result(reactor, Outcome(agent.request(b"POST", server.url)))  # which is not sent again
    assert response.code == 200


def dying(server: WebServer) -> None:
    """Let `server` close each connection that has answered once, when the next request comes."""
    server.answer = lambda _: b"" if server.asked_before() else page(b"hello")


@pytest.mark.parametrize("method", [b"GET", b"HEAD", b"DELETE", b"OPTIONS"])
def test_a_harmless_request_is_sent_again_if_the_kept_connection_closes(
    reactor: Reactor, method: bytes
) -> None:
    server, agent = WebServer(reactor), Agent(reactor, pool=HTTPConnectionPool(reactor))
    dying(server)
    fetch(reactor, agent, server.url)
    assert result(reactor, Outcome(agent.request(method, server.url))).code == 200
    assert server.targets == [b"GET /", method + b" /", method + b" /"]


@pytest.mark.parametrize(
    ("method", "body"), [(b"POST", None), (b"GET", StringProducer(b"x")), (b"LOCK", None)]
)
def test_another_request_is_not_sent_again(
    reactor: Reactor, method: bytes, body: StringProducer | None
) -> None:
    server, agent = WebServer(reactor), Agent(reactor, pool=HTTPConnectionPool(reactor))
    dying(server)
    fetch(reactor, agent, server.url)
    failed = error(reactor, Outcome(agent.request(method, server.url, None, body)))
    assert isinstance(failed, ResponseNeverReceived)
    assert len(server.requests) == 2


def test_nothing_is_sent_again_if_the_pool_says_so_or_the_caller_has_cancelled(reactor: Reactor) -> None:
    server, pool = WebServer(reactor), HTTPConnectionPool(reactor)
    agent = Agent(reactor, pool=pool)
    fetch(reactor, agent, server.url)
    server.answer = lambda _: None
    outcome = Outcome(agent.request(b"GET", server.url))
    turn_until(reactor, lambda: len(server.requests) == 2)
    outcome.deferred.cancel()
    assert outcome.errors
    dying(server)
    fetch(reactor, agent, server.url)
    pool.retry_automatically = False
    assert isinstance(error(reactor, Outcome(agent.request(b"GET", server.url))), ResponseNeverReceived)
    assert len(server.requests) == 4


# --- our own server


def test_our_own_site_and_agent_understand_each_other(reactor: Reactor) -> None:
    class Echo(Resource):
        is_leaf = True

        def render_POST(self, request: Request) -> bytes:
            return request.content.read()

    root = Resource()
    root.put_child(b"page", Data(b"hello", "text/plain"))
    root.put_child(b"echo", Echo())
    host = reactor.listen_tcp(0, Site(root)).host
    assert isinstance(host, IPv4Address)
    url = b"http://127.0.0.1:%d/" % host.port
    agent = Agent(reactor, pool=HTTPConnectionPool(reactor))
    assert fetch(reactor, agent, url + b"page") == b"hello"
    assert result(reactor, Outcome(agent.request(b"GET", url + b"none"))).code == 404
    for producer in (StringProducer(b"posted" * 10_000), FileBodyProducer(BytesIO(b"posted" * 10_000))):
        asked = agent.request(b"POST", url + b"echo", None, producer).add_callback(read_body)
        assert result(reactor, Outcome(asked)) == b"posted" * 10_000
