"""One connection of the web client: requests out, responses in, whatever the server does."""

import logging
from collections.abc import AsyncGenerator, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.deferred import Deferred
from core.errors import CancelledError, ConnectionAborted, ConnectionDone, ConnectionLost
from core.web.client import (
    UNKNOWN_LENGTH,
    AsyncBodyProducer,
    BadHeaders,
    BodyProducer,
    DataLoss,
    ExcessWrite,
    ParseError,
    PotentialDataLoss,
    RequestGenerationFailed,
    RequestNotSent,
    RequestTransmissionFailed,
    ResponseDone,
    ResponseFailed,
    ResponseNeverReceived,
    StringProducer,
    WrongBodyLength,
    read_body,
)
from core.web.client.connection import MAX_HEAD, ConnectionState
from core.web.client.producers import BodyConsumer
from core.web.client.response import Discard
from core.web.headers import Headers
from tests.core.web.client.exchange import BodyRecorder, Connection, Outcome

OK = b"HTTP/1.1 200 OK\r\n"
FIVE = OK + b"Content-Length: 5\r\n\r\nhello"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nTrailer: t\r\n\r\n"


class ManualProducer(BodyProducer):
    """Writes what the test tells it to, and records what it is told."""

    def __init__(self, length: int | None = None) -> None:
        self.length = UNKNOWN_LENGTH if length is None else length
        self.calls: list[str] = []
        self.done = Deferred[None]()

    def start_producing(self, consumer: BodyConsumer) -> Deferred[None]:
        self.consumer = consumer
        return self.done

    def pause_producing(self) -> None:
        self.calls.append("pause")

    def resume_producing(self) -> None:
        self.calls.append("resume")

    def stop_producing(self) -> None:
        self.calls.append("stop")


# --- requests


def test_a_get_request_has_a_host_and_no_body() -> None:
    connection = Connection()
    connection.request(headers=Headers({"User-Agent": ["tests"]}))
    assert connection.transport.take() == b"GET /page HTTP/1.1\r\nHost: host\r\nUser-Agent: tests\r\n\r\n"
    assert connection.protocol.state is ConnectionState.WAITING


def test_a_request_that_is_not_persistent_asks_the_server_to_close() -> None:
    connection = Connection()
    connection.request(persistent=False)
    assert b"\r\nConnection: close\r\n" in connection.transport.take()


@pytest.mark.parametrize("method", [b"POST", b"PUT"])
def test_a_post_without_a_body_says_that_its_length_is_0(method: bytes) -> None:
    connection = Connection()
    connection.request(method)
    assert connection.transport.take().endswith(b"\r\nContent-Length: 0\r\n\r\n")


def test_a_body_of_known_length_follows_the_headers() -> None:
    connection = Connection()
    connection.request(b"POST", Headers({b"Host": [b"other"]}), StringProducer(b"a body"))
    sent = connection.transport.take()
    assert sent == b"POST /page HTTP/1.1\r\nHost: other\r\nContent-Length: 6\r\n\r\na body"
    assert connection.transport.producer is None


def test_a_body_of_unknown_length_goes_out_in_chunks() -> None:
    connection, producer = Connection(), ManualProducer()
    connection.request(b"PUT", producer=producer)
    producers = [connection.transport.producer]
    assert connection.transport.take().endswith(b"\r\nTransfer-Encoding: chunked\r\n\r\n")
    for piece in (b"hello", b"", b"you"):
        producer.consumer.write(piece)
    assert connection.transport.take() == b"5\r\nhello\r\n3\r\nyou\r\n"
    states = [connection.protocol.state]
    producer.done.callback(None)
    assert connection.transport.take() == b"0\r\n\r\n"
    assert [*producers, connection.transport.producer] == [producer, None]
    assert [*states, connection.protocol.state] == [ConnectionState.TRANSMITTING, ConnectionState.WAITING]


def test_a_producer_that_writes_after_its_end_is_refused() -> None:
    connection, producer = Connection(), ManualProducer()
    connection.request(b"PUT", producer=producer)
    producer.done.callback(None)
    with pytest.raises(ExcessWrite):
        producer.consumer.write(b"more")


@pytest.mark.parametrize("written", [b"abc", b"abcde"])
def test_a_body_that_is_shorter_or_longer_than_its_length_aborts(written: bytes) -> None:
    connection, producer = Connection(), ManualProducer(4)
    outcome = connection.request(b"POST", producer=producer)
    producer.consumer.write(written)
    if len(written) < 4:
        producer.done.callback(None)
    else:
        assert producer.calls == ["stop"]
    assert isinstance(outcome.error, RequestGenerationFailed)
    assert [type(reason) for reason in outcome.error.reasons] == [WrongBodyLength]
    assert connection.transport.aborted


def test_an_error_of_the_producer_fails_the_request() -> None:
    connection, producer = Connection(), ManualProducer()
    outcome = connection.request(b"POST", producer=producer)
    error = OSError("the disk is gone")
    producer.done.errback(error)
    assert isinstance(outcome.error, RequestGenerationFailed)
    assert outcome.error.reasons == [error]
    assert str(outcome.error) == "the disk is gone"
    assert connection.transport.aborted


def test_a_producer_that_writes_text_fails_the_request_with_a_hint() -> None:
    class Texts(StringProducer):
        def start_producing(self, consumer: BodyConsumer) -> Deferred[None]:
            consumer.write("text")  # type: ignore[arg-type]
            return super().start_producing(consumer)

    outcome = Connection().request(b"POST", producer=Texts(b""))
    assert isinstance(outcome.error, RequestGenerationFailed)
    assert isinstance(outcome.error.reasons[0], TypeError)


@pytest.mark.parametrize(
    "headers",
    [
        {b"Host": [b"one", b"two"]},
        {b"Transfer-Encoding": [b"gzip"]},
        {b"Transfer-Encoding": [b"chunked"]},
        {b"Content-Length": [b"1", b"2"]},
    ],
)
def test_headers_that_cannot_be_sent_fail_the_request(headers: dict[bytes, list[bytes]]) -> None:
    connection = Connection()
    outcome = connection.request(headers=Headers(headers))
    assert isinstance(outcome.error, RequestGenerationFailed)
    assert isinstance(outcome.error.reasons[0], BadHeaders)
    assert connection.transport.take() == b""


def test_a_line_break_in_a_header_starts_no_other_header() -> None:
    connection = Connection()
    connection.request(headers=Headers({b"X": [b"a\r\nHost: evil\r\n"]}))
    assert b"\r\nX: a Host: evil\r\n" in connection.transport.take()


def test_a_second_request_at_the_same_time_is_not_sent() -> None:
    connection = Connection()
    connection.request()
    assert isinstance(connection.request().error, RequestNotSent)


# --- responses


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
@pytest.mark.parametrize("answer", [FIVE, CHUNKED])
def test_a_response_is_the_same_whatever_the_chunks(answer: bytes, size: int) -> None:
    connection, recorder = Connection(), BodyRecorder()
    outcome = connection.request()
    outcome.deferred.add_callback(lambda _: outcome.value.deliver_body(recorder))
    connection.receive(answer, size)
    assert (outcome.value.version, outcome.value.code, outcome.value.phrase) == ((b"HTTP", 1, 1), 200, b"OK")
    assert recorder.body == b"hello"
    assert isinstance(recorder.reason, ResponseDone)
    assert connection.quiet == [connection.protocol]
    assert not connection.transport.paused


def test_a_response_has_its_headers_but_not_those_of_the_connection() -> None:
    answer = OK + b"x-one: 1\r\nX-One: 2\r\nConnection: x\r\nKeep-Alive: 5\r\nContent-Length: 0\r\n\r\n"
    response, _ = Connection().answered(answer)
    assert response.headers == Headers({b"X-One": [b"1", b"2"]})
    assert response.length == 0
    assert response.request.absolute_uri == b"http://host/page"
    assert repr(response) == "<Response 200 to GET http://host/page>"


def test_a_response_to_head_has_no_body_and_keeps_its_content_length() -> None:
    connection = Connection()
    response, recorder = connection.answered(OK + b"Content-Length: 5\r\n\r\n", b"HEAD")
    assert response.headers.get_raw_headers("Content-Length") == ["5"]
    assert (response.length, recorder.body) == (0, b"")
    assert isinstance(recorder.reason, ResponseDone)
    assert connection.quiet


@pytest.mark.parametrize("code", [204, 304])
def test_some_codes_have_no_body_whatever_the_headers_say(code: int) -> None:
    answer = b"HTTP/1.1 %d \r\nContent-Length: 5\r\n\r\n" % code
    connection = Connection()
    response, recorder = connection.answered(answer)
    assert (response.code, response.phrase, response.length) == (code, b"", 0)
    assert isinstance(recorder.reason, ResponseDone)
    assert connection.quiet


def test_a_status_line_without_a_phrase_is_accepted() -> None:
    response, _ = Connection().answered(b"HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n")
    assert (response.code, response.phrase) == (404, b"")


def test_interim_responses_are_skipped() -> None:
    interim = b"HTTP/1.1 100 Continue\r\n\r\n" + b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    response, recorder = Connection().answered(interim + interim + FIVE)
    assert (response.code, recorder.body) == (200, b"hello")


def test_a_body_up_to_the_end_of_the_connection_may_be_incomplete() -> None:
    connection = Connection()
    response, recorder = connection.answered(OK + b"\r\nhel")
    assert response.length is UNKNOWN_LENGTH
    connection.receive(b"lo")
    connection.protocol.read_connection_lost()
    assert recorder.body == b"hello"
    assert isinstance(recorder.reason, PotentialDataLoss)
    assert connection.transport.disconnecting
    assert not connection.quiet


def test_a_body_up_to_the_end_of_the_connection_fails_if_that_is_an_error() -> None:
    connection = Connection()
    _, recorder = connection.answered(OK + b"\r\nhel")
    lost = ConnectionLost()
    connection.protocol.connection_lost(lost)
    assert isinstance(recorder.reason, ResponseFailed)
    assert recorder.reason.reasons == [lost]


@pytest.mark.parametrize("answer", [FIVE[:-1], CHUNKED[:-2], CHUNKED[:-20]])
def test_a_body_that_is_cut_short_fails(answer: bytes) -> None:
    connection = Connection()
    response, recorder = connection.answered(answer)
    connection.protocol.connection_lost(ConnectionDone())
    assert isinstance(recorder.reason, ResponseFailed)
    assert recorder.reason.response is response
    assert [type(reason) for reason in recorder.reason.reasons] == [ConnectionDone, DataLoss]


def test_a_kept_connection_that_the_server_ends_is_closed() -> None:
    connection = Connection()
    connection.answered(FIVE)
    assert not connection.transport.disconnecting
    connection.protocol.read_connection_lost()
    assert connection.transport.disconnecting


MALFORMED = [
    b"SSH-2.0-server\r\n\r\n",
    b"HTTP/1.1 OK\r\n\r\n",
    b"HTTP/1.1 2000 OK\r\n\r\n",
    b"HTTP/1.1 +20 OK\r\n\r\n",
    b"HTTP/1.1  200 OK\r\n\r\n",
    b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/0.9 200 OK\r\nContent-Length: 0\r\n\r\n",
    b"http/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    b"\r\n\r\n",
    OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    OK + b"Content-Length: 5, 6\r\n\r\nhello",
    OK + b"Content-Length: -5\r\n\r\nhello",
    OK + b"Content-Length: +5\r\n\r\nhello",
    OK + b"Content-Length: 5.0\r\n\r\nhello",
    OK + b"Content-Length: 99999999999999999999999\r\n\r\nhello",
    OK + b"Content-Length:\r\n\r\nhello",
    OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    OK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    OK + b"No colon\r\n\r\n",
    OK + b"Blank : before the colon\r\n\r\n",
    OK + b": no name\r\n\r\n",
    OK + b"X: a\0b\r\n\r\n",
    OK + b"X: a\rb\r\n\r\n",
    OK + b" folded: first\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    OK + b"X: " + b"x" * (MAX_HEAD + 1),
]


@pytest.mark.parametrize("answer", MALFORMED)
def test_what_is_no_response_fails_the_request_and_aborts(answer: bytes) -> None:
    connection = Connection()
    outcome = connection.request()
    connection.receive(answer)
    assert isinstance(outcome.error, ResponseFailed)
    assert [type(reason) for reason in outcome.error.reasons] == [ParseError]
    assert connection.transport.aborted
    connection.protocol.connection_lost(ConnectionAborted())


@pytest.mark.parametrize(
    "body",
    [
        b"x\r\n",
        b"-1\r\n",
        b"5 x\r\nhello\r\n",
        b"5\r\nhelloX\r\n",
        b"0x5\r\n",
        b"5" * 21,
        b"\r\n",
        b"5\nhello",
    ],
)
def test_a_malformed_chunk_fails_the_body_and_aborts(body: bytes) -> None:
    connection = Connection()
    _, recorder = connection.answered(OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n")
    connection.receive(body + b"\r\n")
    assert recorder.body.startswith(b"ok")
    assert isinstance(recorder.reason, ResponseFailed)
    assert [type(reason) for reason in recorder.reason.reasons] == [ParseError]
    assert connection.transport.aborted


def test_equal_content_lengths_are_one() -> None:
    _, recorder = Connection().answered(OK + b"Content-Length: 5, 5\r\nContent-Length: 5\r\n\r\nhello")
    assert recorder.body == b"hello"


# --- the end of the connection


def test_a_connection_that_ends_without_an_answer_fails_the_request() -> None:
    connection = Connection()
    outcome = connection.request()
    done = ConnectionDone()
    connection.protocol.connection_lost(done)
    assert isinstance(outcome.error, ResponseNeverReceived)
    assert isinstance(outcome.error, ResponseFailed)
    assert outcome.error.reasons == [done]


def test_a_connection_that_ends_within_the_head_fails_the_request() -> None:
    connection = Connection()
    outcome = connection.request()
    connection.receive(b"HTTP/1.1 2")
    connection.protocol.read_connection_lost()
    assert type(outcome.error) is ResponseFailed
    assert [type(reason) for reason in outcome.error.reasons] == [ConnectionDone]


def test_a_connection_that_ends_while_the_body_is_sent_stops_the_producer() -> None:
    connection, producer = Connection(), ManualProducer()
    outcome = connection.request(b"POST", producer=producer)
    connection.protocol.connection_lost(ConnectionLost())
    assert isinstance(outcome.error, RequestTransmissionFailed)
    assert producer.calls == ["stop"]


def test_a_producer_that_fails_to_stop_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    class Stubborn(ManualProducer):
        def stop_producing(self) -> None:
            raise OSError("no")

    connection = Connection()
    outcome = connection.request(b"POST", producer=Stubborn())
    connection.protocol.connection_lost(ConnectionLost())
    assert isinstance(outcome.error, RequestTransmissionFailed)
    assert caplog.messages == [f"{Stubborn.__name__} failed to stop"]


def test_an_answer_may_come_before_the_request_is_sent() -> None:
    connection, producer, recorder = Connection(), ManualProducer(), BodyRecorder()
    outcome = connection.request(b"POST", producer=producer)
    connection.receive(b"HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\n\r\n")
    outcome.value.deliver_body(recorder)
    producer.consumer.write(b"still sending")
    connection.receive(b"full")
    assert (outcome.value.code, recorder.body) == (413, b"full")
    assert isinstance(recorder.reason, ResponseDone)
    assert producer.calls == ["stop"]
    assert connection.transport.aborted
    assert not connection.quiet
    producer.done.callback(None)  # too late, and ignored


def test_a_request_can_be_complete_before_the_rest_of_an_early_answer() -> None:
    connection, producer, recorder = Connection(), ManualProducer(), BodyRecorder()
    outcome = connection.request(b"POST", producer=producer)
    connection.receive(FIVE[:-2])
    outcome.value.deliver_body(recorder)
    producer.done.callback(None)
    connection.receive(FIVE[-2:])
    assert recorder.body == b"hello"
    assert connection.quiet


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"Connection: close\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        FIVE + b"HTTP/1.1 200 smuggled",
    ],
)
def test_a_connection_that_cannot_be_kept_is_closed(answer: bytes) -> None:
    connection = Connection()
    _, recorder = connection.answered(answer)
    assert isinstance(recorder.reason, ResponseDone)
    assert connection.transport.disconnecting
    assert not connection.quiet


def test_two_requests_share_a_connection_one_after_the_other() -> None:
    connection = Connection()
    for _ in range(2):
        _, recorder = connection.answered(FIVE)
        assert recorder.body == b"hello"
    assert connection.quiet == [connection.protocol] * 2


def test_a_server_that_speaks_unasked_is_disconnected() -> None:
    connection = Connection()
    connection.receive(b"HTTP/1.1 408 Timeout\r\n\r\n")
    assert connection.transport.disconnecting
    assert isinstance(connection.request().error, RequestNotSent)
    connection.receive(b"more")


@pytest.mark.parametrize("received", [b"", b"HTTP/1.1 200"])
def test_cancelling_a_request_aborts_the_connection(received: bytes) -> None:
    connection = Connection()
    outcome = connection.request()
    if received:
        connection.receive(received)
    outcome.deferred.cancel()
    assert type(outcome.error) is (ResponseFailed if received else ResponseNeverReceived)
    assert [type(reason) for reason in outcome.error.reasons] == [CancelledError]
    assert connection.transport.aborted
    connection.protocol.connection_lost(ConnectionAborted())


def test_cancelling_a_request_stops_its_producer() -> None:
    connection, producer = Connection(), ManualProducer()
    outcome = connection.request(b"POST", producer=producer)
    outcome.deferred.cancel()
    assert isinstance(outcome.error, RequestGenerationFailed)
    assert producer.calls == ["stop"]
    with pytest.raises(ExcessWrite):
        producer.consumer.write(b"more")


def test_cancelling_a_request_closes_the_generator_of_its_body() -> None:
    steps: list[str] = []

    async def pieces() -> AsyncGenerator[bytes, None]:
        try:
            yield b"one"
            await Deferred[None]()
        finally:
            steps.append("closed")

    connection = Connection()
    outcome = connection.request(b"POST", producer=AsyncBodyProducer(pieces()))
    assert connection.transport.take().endswith(b"3\r\none\r\n")
    outcome.deferred.cancel()
    assert steps == ["closed"]
    assert outcome.errors


def test_abort_fails_the_request_and_tells_when_the_connection_is_closed() -> None:
    connection = Connection()
    outcome, closed = connection.request(), Outcome(connection.protocol.abort())
    assert connection.transport.aborted
    assert closed.is_pending()
    connection.protocol.connection_lost(ConnectionAborted())
    assert isinstance(outcome.error, ResponseNeverReceived)
    assert closed.values == [None]
    assert Outcome(connection.protocol.abort()).values == [None]


# --- the body


def test_the_connection_pauses_until_the_body_has_a_protocol() -> None:
    connection = Connection()
    outcome = connection.request()
    connection.receive(OK + b"Content-Length: 9\r\n\r\none")
    assert connection.transport.paused
    recorder = BodyRecorder()
    outcome.value.deliver_body(recorder)
    assert recorder.body == b"one"
    assert not connection.transport.paused


def test_a_short_body_that_is_not_read_does_not_hold_the_connection() -> None:
    connection = Connection()
    connection.request()
    connection.receive(FIVE)
    assert connection.quiet


def test_a_paused_body_comes_piece_by_piece() -> None:
    connection, recorder = Connection(), BodyRecorder(pauses=True)
    outcome = connection.request()
    connection.receive(CHUNKED)
    outcome.value.deliver_body(recorder)
    assert recorder.pieces == [b"hel"]
    recorder.transport.resume_producing()
    assert recorder.pieces == [b"hel", b"lo"]
    assert recorder.reasons == []
    recorder.transport.resume_producing()
    assert isinstance(recorder.reason, ResponseDone)


def test_a_paused_body_pauses_the_connection() -> None:
    connection, recorder = Connection(), BodyRecorder(pauses=True)
    outcome = connection.request()
    connection.receive(OK + b"Content-Length: 9\r\n\r\none")
    outcome.value.deliver_body(recorder)
    assert connection.transport.paused
    recorder.transport.resume_producing()
    assert not connection.transport.paused


def test_the_end_of_the_connection_waits_for_a_paused_body() -> None:
    connection, recorder = Connection(), BodyRecorder(pauses=True)
    outcome = connection.request()
    connection.receive(OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n")
    outcome.value.deliver_body(recorder)
    connection.protocol.connection_lost(ConnectionLost())
    for _ in range(2):
        assert recorder.reasons == []
        recorder.transport.resume_producing()
    assert recorder.body == b"ab"
    assert isinstance(recorder.reason, ResponseFailed)


def test_a_body_is_delivered_once() -> None:
    response, _ = Connection().answered(FIVE)
    with pytest.raises(RuntimeError, match="delivered to another protocol already"):
        response.deliver_body(BodyRecorder())


@pytest.mark.parametrize("name", ["lose_connection", "abort_connection", "stop_producing"])
def test_a_protocol_that_has_enough_closes_the_connection(name: str) -> None:
    class Enough(BodyRecorder):
        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            method: Callable[[], None] = getattr(self.transport, name)
            method()

    connection, recorder = Connection(), Enough()
    outcome = connection.request()
    connection.receive(CHUNKED[:-5])
    outcome.value.deliver_body(recorder)
    assert recorder.pieces == [b"hel"]
    assert connection.transport.disconnecting
    connection.protocol.connection_lost(ConnectionDone())
    assert isinstance(recorder.reason, ResponseFailed)


def test_a_protocol_that_pauses_later_pauses_the_connection_until_it_resumes() -> None:
    connection, recorder = Connection(), BodyRecorder()
    outcome = connection.request()
    connection.receive(CHUNKED[:-5])
    outcome.value.deliver_body(recorder)
    states = [connection.transport.paused]
    for call in (recorder.transport.pause_producing, recorder.transport.resume_producing):
        call()
        states.append(connection.transport.paused)
    assert states == [False, True, False]


def test_a_body_that_was_received_can_be_dropped_during_a_pause() -> None:
    connection, recorder = Connection(), BodyRecorder(pauses=True)
    outcome = connection.request()
    connection.receive(CHUNKED)
    outcome.value.deliver_body(recorder)
    recorder.transport.lose_connection()
    assert (recorder.body, len(recorder.reasons)) == (b"hel", 1)
    assert connection.quiet
    assert not connection.transport.disconnecting


@pytest.mark.parametrize(("limit", "is_aborted"), [(3, False), (2, True)])
def test_a_discarded_body_aborts_the_connection_when_it_is_longer_than_the_limit(
    limit: int, is_aborted: bool
) -> None:
    connection = Connection()
    outcome = connection.request()
    connection.receive(CHUNKED[: CHUNKED.index(b"2;x=y")])
    outcome.value.deliver_body(Discard(limit))
    assert connection.transport.aborted is is_aborted


def test_nothing_can_be_written_to_a_response() -> None:
    _, recorder = Connection().answered(OK + b"\r\n")
    with pytest.raises(RuntimeError, match="can only be read"):
        recorder.transport.write(b"no")


def test_a_protocol_that_fails_loses_the_connection_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    class Failing(BodyRecorder):
        def data_received(self, data: bytes) -> None:
            raise ZeroDivisionError

    connection, recorder = Connection(), Failing()
    outcome = connection.request()
    connection.receive(CHUNKED[:-5])
    outcome.value.deliver_body(recorder)
    assert connection.transport.aborted
    assert isinstance(recorder.reason, ResponseFailed)
    assert isinstance(recorder.reason.reasons[0], ZeroDivisionError)
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    connection.protocol.connection_lost(ConnectionAborted())


def test_cancelling_read_body_aborts_the_connection() -> None:
    connection = Connection()
    outcome = connection.request()
    connection.receive(OK + b"Content-Length: 9\r\n\r\none")
    body = Outcome(read_body(outcome.value))
    body.deferred.cancel()
    assert connection.transport.aborted
    assert isinstance(body.error, CancelledError)
    connection.protocol.connection_lost(ConnectionAborted())


# --- random responses

Fields = st.lists(
    st.tuples(st.from_regex(r"X-[a-z]{1,5}", fullmatch=True), st.text("abc ", max_size=5)), max_size=3
)


@given(
    code=st.integers(200, 599),
    fields=Fields,
    pieces=st.lists(st.binary(min_size=1, max_size=40), max_size=5),
    framing=st.sampled_from(["length", "chunks", "close"]),
    cuts=st.lists(st.integers(0, 400), max_size=10),
)
def test_any_chunking_of_a_valid_response_gives_the_same_response(
    code: int, fields: list[tuple[str, str]], pieces: list[bytes], framing: str, cuts: list[int]
) -> None:
    lines = [f"HTTP/1.1 {code} Phrase", *[f"{name}: {value}" for name, value in fields]]
    body = b"".join(pieces)
    sent = body
    if framing == "length":
        lines.append(f"Content-Length: {len(body)}")
    elif framing == "chunks":
        lines.append("Transfer-Encoding: chunked")
        sent = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    has_body = code not in (204, 304)
    answer = "\r\n".join([*lines, "\r\n"]).encode() + sent * has_body
    connection, recorder = Connection(), BodyRecorder()
    outcome = connection.request()
    outcome.deferred.add_callback(lambda _: outcome.value.deliver_body(recorder))
    at = 0
    for cut in [*sorted(cuts), len(answer)]:
        if at < cut and answer[at:cut]:
            connection.receive(answer[at:cut])
            at = cut
    if framing == "close":
        connection.protocol.read_connection_lost()
    expected = Headers()
    for name, value in fields:
        expected.add_raw_header(name, value.strip())
    assert (outcome.value.code, outcome.value.headers) == (code, expected)
    assert recorder.body == body * has_body
    assert type(recorder.reason) is (PotentialDataLoss if framing == "close" and has_body else ResponseDone)


@given(st.lists(st.one_of(st.binary(max_size=60), st.sampled_from([OK, FIVE, CHUNKED, b"\r\n", b"5\r\n"]))))
def test_random_bytes_raise_nothing_and_the_request_ends_once(chunks: list[bytes]) -> None:
    connection, recorder = Connection(), BodyRecorder()
    outcome = connection.request()
    outcome.deferred.add_callback(lambda _: outcome.value.deliver_body(recorder) if outcome.values else None)
    for chunk in filter(None, chunks):
        connection.protocol.data_received(chunk)
    connection.protocol.read_connection_lost()
    connection.protocol.connection_lost(ConnectionDone())
    assert len(outcome.values) + len(outcome.errors) == 1
    assert len(recorder.reasons) == len(outcome.values)
