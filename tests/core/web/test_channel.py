"""HTTPChannel: requests one after the other, bodies, back-pressure, timeouts, and the end of a connection."""

import logging
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.deferred import Deferred
from core.errors import ConnectionDone
from core.interfaces import IPv4Address, PushProducer
from core.protocols.sessions import SessionRegistry
from core.testing import Clock, StringTransport
from core.web import NOT_DONE_YET, HTTPChannel, Request, Resource, Site
from core.web.channel import MAX_AHEAD
from core.web.rendering import NotDoneYet
from tests.core.web.talking import Connection, answers

GET = b"GET %b HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Echo(Resource):
    """Answers with the path, or with the body that was sent."""

    is_leaf = True

    def render_GET(self, request: Request) -> bytes:
        return request.path

    def render_POST(self, request: Request) -> bytes:
        return request.content.read()


class Later(Resource):
    """Answers when the test says so. `waiting` has the requests without an answer."""

    is_leaf = True

    def __init__(self) -> None:
        self.waiting: list[Request] = []
        self.ends: list[object] = []

    def render_GET(self, request: Request) -> NotDoneYet:
        self.waiting.append(request)
        request.notify_finish().add_both(self.ends.append)
        return NOT_DONE_YET


class Producer(PushProducer):
    """Records the calls of its consumer."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def pause_producing(self) -> None:
        self.calls.append("pause")

    def resume_producing(self) -> None:
        self.calls.append("resume")

    def stop_producing(self) -> None:
        self.calls.append("stop")


@pytest.mark.parametrize("piece", [None, 1, 7])
def test_pipelined_requests_are_answered_in_order(piece: int | None) -> None:
    connection = Connection(Echo())
    sent = connection.send(b"".join(GET % b"/%d" % n for n in range(5)), piece)
    assert [answer.body for answer in answers(sent)] == [b"/0", b"/1", b"/2", b"/3", b"/4"]
    assert not connection.is_closing()


def test_a_request_waits_for_the_answer_to_the_one_before_it() -> None:
    page = Later()
    connection = Connection(page)
    assert connection.send(GET % b"/1" + GET % b"/2") == b""
    (first,) = page.waiting
    first.write(b"one")
    first.finish()
    assert [request.path for request in page.waiting] == [b"/1", b"/2"]
    page.waiting[1].finish()
    assert [answer.body for answer in answers(connection.transport.take())] == [b"one", b""]
    assert page.ends == [None, None]


def test_a_client_that_sends_far_ahead_is_not_read_from_until_the_answer() -> None:
    page = Later()
    connection = Connection(page)
    connection.send(GET % b"/")
    connection.send(GET % b"/" * (MAX_AHEAD // len(GET % b"/") + 1))
    assert connection.is_paused()
    page.waiting[0].finish()
    assert not connection.is_paused()


def test_no_request_is_processed_while_the_client_does_not_read_its_answers() -> None:
    connection = Connection(Echo())
    connection.channel.pause_producing()
    assert connection.send(GET % b"/a" + GET % b"/b") == b""
    assert connection.is_paused()
    connection.channel.resume_producing()
    assert [answer.body for answer in answers(connection.transport.take())] == [b"/a", b"/b"]
    assert not connection.is_paused()


def test_a_producer_of_an_answer_takes_the_place_of_the_channel() -> None:
    page = Later()
    connection = Connection(page)
    connection.send(GET % b"/")
    producer = Producer()
    (request,) = page.waiting
    producers = [connection.transport.producer]
    request.register_producer(producer, True)
    producers.append(connection.transport.producer)
    request.unregister_producer()
    producers.append(connection.transport.producer)
    assert producers == [connection.channel, producer, connection.channel]


@pytest.mark.parametrize("piece", [None, 1, 3])
def test_a_body_comes_by_its_length_or_in_chunks(piece: int | None) -> None:
    connection = Connection(Echo())
    post = b"POST / HTTP/1.1\r\nHost: localhost\r\n"
    by_length = post + b"Content-Length: 5\r\n\r\nhello"
    in_chunks = post + b"Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\nTrailer: x\r\n\r\n"
    sent = connection.send(by_length + in_chunks + GET % b"/next", piece)
    assert [answer.body for answer in answers(sent)] == [b"hello", b"hello", b"/next"]


def test_a_client_that_waits_for_it_is_sent_100_continue() -> None:
    connection = Connection(Echo())
    head = b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    assert connection.send(head) == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert answers(connection.send(b"ok"))[0].body == b"ok"


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
def test_the_connection_ends_after_the_answer_if_the_client_asks_for_it(version: bytes) -> None:
    connection = Connection(Echo())
    request = b"GET / HTTP/%b\r\nHost: a\r\nConnection: x, Close\r\n\r\n" % version
    (answer,) = answers(connection.send(request + GET % b"/never"))
    assert answer.headers[b"connection"] == b"close"
    assert connection.is_closing()


def test_a_body_over_the_limit_is_refused_before_it_comes() -> None:
    site = Site(Echo())
    site.max_body = 10
    connection = Connection(site)
    (answer,) = answers(connection.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n"))
    assert answer.code == 413
    assert answer.headers[b"connection"] == b"close"
    assert connection.is_closing()


def test_a_chunked_body_is_refused_when_it_gets_over_the_limit() -> None:
    site = Site(Echo())
    site.max_body = 10
    connection = Connection(site)
    head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert connection.send(head + b"a\r\n0123456789\r\n") == b""
    assert answers(connection.send(b"1\r\nx"))[0].code == 413


def test_an_unfinished_request_is_answered_with_408_after_a_minute() -> None:
    clock = Clock()
    connection = Connection(Echo(), clock=clock)
    connection.send(GET % b"/")
    clock.advance(30)
    connection.send(b"GET / HT")
    clock.advance(59)
    assert connection.transport.take() == b""
    clock.advance(1)
    assert answers(connection.transport.take())[0].code == 408
    assert connection.is_closing()


def test_a_head_that_comes_byte_by_byte_has_no_more_than_a_minute_either() -> None:
    clock = Clock()
    connection = Connection(Echo(), clock=clock)
    for byte in b"GET /" + bytes([97] * 54):
        connection.send(bytes([byte]))
        clock.advance(1)
    assert not connection.is_closing()
    clock.advance(1)
    assert answers(connection.transport.take())[0].code == 408


def test_an_idle_connection_ends_without_an_answer_after_a_minute() -> None:
    clock = Clock()
    connection = Connection(Echo(), clock=clock)
    clock.advance(30)
    connection.send(GET % b"/")
    clock.advance(59)
    assert not connection.is_closing()
    clock.advance(1)
    assert connection.is_closing()
    assert connection.transport.take() == b""


def test_an_answer_may_take_longer_than_the_timeout() -> None:
    clock = Clock()
    page = Later()
    connection = Connection(page, clock=clock)
    connection.send(GET % b"/")
    clock.advance(1000)
    assert not connection.is_closing()
    page.waiting[0].finish()
    clock.advance(60)
    assert connection.is_closing()


def test_a_body_may_take_longer_than_the_timeout_if_it_makes_progress() -> None:
    clock = Clock()
    connection = Connection(Echo(), clock=clock)
    connection.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n")
    for _ in range(2):
        connection.send(bytes(30000))
        clock.advance(60)
    assert not connection.is_closing()
    connection.send(bytes(29999))
    clock.advance(60)
    assert answers(connection.transport.take())[0].code == 408


def test_no_timer_is_left_when_the_connection_is_lost() -> None:
    clock = Clock()
    connection = Connection(Echo(), clock=clock)
    connection.channel.connection_lost(ConnectionDone())
    assert clock.pending() == 0


def test_a_page_is_told_that_its_client_has_gone() -> None:
    page = Later()
    connection = Connection(page)
    connection.send(GET % b"/")
    connection.channel.read_connection_lost()
    assert connection.is_closing()
    reason = ConnectionDone()
    connection.channel.connection_lost(reason)
    assert page.ends == [reason]
    page.waiting[0].write(b"too late")
    with pytest.raises(RuntimeError, match="client had gone"):
        page.waiting[0].finish()
    assert connection.transport.take() == b""


def test_the_monitor_shows_the_request_that_waits_for_an_answer() -> None:
    page = Later()
    connection = Connection(page)
    session = SessionRegistry().open("web", connection.transport)  # type: ignore[arg-type]  # no counters
    connection.channel.session = session
    connection.send(GET % b"/slow?secret")
    assert session.state == "GET /slow"
    page.waiting[0].finish()
    assert session.state == "idle"


def test_a_deferred_answer_is_cancelled_when_the_client_goes(caplog: pytest.LogCaptureFixture) -> None:
    cancelled: list[object] = []
    waiting = Deferred[bytes](cancelled.append)

    class Slow(Resource):
        is_leaf = True

        async def render_GET(self, request: Request) -> bytes:
            return await waiting

    connection = Connection(Slow())
    connection.send(GET % b"/")
    connection.channel.connection_lost(ConnectionDone())
    assert cancelled == [waiting]
    assert not caplog.records


def test_an_incomplete_request_is_refused_at_the_end_of_the_stream() -> None:
    connection = Connection(Echo())
    connection.send(b"GET / HTTP/1.1\r\nHo")
    connection.channel.read_connection_lost()
    assert answers(connection.transport.take())[0].code == 400


def test_an_exception_is_answered_with_500_and_logged_once_and_the_connection_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken(Resource):
        def render_GET(self, request: Request) -> bytes:
            raise ZeroDivisionError("secret")

    root = Resource()
    root.put_child(b"broken", Broken())
    root.put_child(b"echo", Echo())
    connection = Connection(root)
    broken, echo = answers(connection.send(GET % b"/broken" + GET % b"/echo"))
    assert (broken.code, echo.body) == (500, b"/echo")
    assert b"secret" not in broken.body
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], ZeroDivisionError)


def test_a_channel_can_be_used_without_a_site() -> None:
    class Upper(Request):
        def process(self) -> None:
            self.write(self.method + b" " + self.uri.upper())
            self.finish()

    channel = HTTPChannel()
    channel.request_factory = Upper
    transport = StringTransport()
    channel.make_connection(transport)
    for byte in GET % b"/a":
        channel.data_received(bytes([byte]))
    (answer,) = answers(transport.take())
    assert answer.body == b"GET /A"
    assert answer.headers[b"transfer-encoding"] == b"chunked"


@pytest.mark.parametrize(("kind", "secure"), [("tcp", b"plain"), ("tls", b"secure")])
def test_a_page_knows_whether_its_connection_is_encrypted(kind: str, secure: bytes) -> None:
    class Page(Resource):
        is_leaf = True

        def render_GET(self, request: Request) -> bytes:
            return b"secure" if request.is_secure() else b"plain"

    assert Connection(Page(), IPv4Address(kind, "127.0.0.1", 50000)).get(b"/").body == secure


# --- random requests


PARTS = [
    *(b"GET / HTTP/1.1\r\n", b"POST /a HTTP/1.1\r\n", b"PUT / HTTP/1.0\r\n", b"Host: a\r\n", b"\r\n"),
    *(b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n", b"X: y\r\n"),
    *(b"3\r\nabc\r\n", b"0\r\n", b"abc", b"\0", b"\n", b"\r", b" ", b"Expect: 100-continue\r\n", b"\xff"),
    *(b"GET * HTTP/2.0\r\n", b"Content-Length: 99999999999\r\n", b"5;a=b\r\n", b"Range: bytes=0-1\r\n"),
]


def sent_for(pieces: list[bytes]) -> tuple[bytes, bool]:
    """The answer of a site to these pieces, without the dates, and whether it closes the connection."""
    connection = Connection(Echo())
    sent = b"".join([connection.send(piece) for piece in pieces])
    return re.sub(rb"Date: [^\r]*", b"Date:", sent), connection.is_closing()


@given(st.data())
@settings(max_examples=300)
def test_the_answers_are_the_same_however_the_bytes_are_split(data: st.DataObject) -> None:
    text = b"".join(
        data.draw(st.lists(st.one_of(st.sampled_from(PARTS), st.binary(max_size=5)), max_size=12))
    )
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=5)))
    ends = [*cuts, len(text)]
    pieces = [text[start:end] for start, end in zip([0, *cuts], ends, strict=True)]
    interim = b"HTTP/1.1 100 Continue\r\n\r\n"  # is sent only if the body has not come with the head
    (whole, closes), (split, also) = sent_for([text]), sent_for([piece for piece in pieces if piece])
    assert (whole.replace(interim, b""), closes) == (split.replace(interim, b""), also)


@given(st.lists(st.one_of(st.sampled_from(PARTS), st.binary(max_size=50)), max_size=12))
@settings(max_examples=300)
def test_whatever_comes_is_answered_refused_or_waited_for(pieces: list[bytes]) -> None:
    connection = Connection(Echo())
    for piece in pieces:
        if piece:
            connection.send(piece)
    connection.channel.read_connection_lost()
    assert connection.is_closing()
    connection.channel.connection_lost(ConnectionDone())
