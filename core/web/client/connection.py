"""HTTP11ClientProtocol: one connection to a server, for one request at a time.

h11 turns requests into bytes and bytes into events. This protocol sends the body of the request while the
producer makes it, and passes the events to the Response. An answer may come before the request is complete.
"""

import logging
from collections.abc import Callable
from enum import Enum

import h11

from core.deferred import Deferred, fail, maybe_deferred, succeed
from core.errors import CancelledError, ConnectionDone
from core.interfaces import as_bytes
from core.mistakes.hints import log_failure
from core.protocols.protocol import Protocol
from core.web.client.errors import (
    UNKNOWN_LENGTH,
    BadHeaders,
    DataLoss,
    ExcessWrite,
    Length,
    ParseError,
    PotentialDataLoss,
    RequestGenerationFailed,
    RequestNotSent,
    RequestTransmissionFailed,
    ResponseDone,
    ResponseFailed,
    ResponseNeverReceived,
    WrapperException,
    WrongBodyLength,
)
from core.web.client.request import ClientRequest
from core.web.client.response import Response
from core.web.headers import Headers

log = logging.getLogger(__name__)

MAX_HEAD = 65536
"""Bytes of a status line and headers that are not complete yet. More is an error."""

CONNECTION_CONTROL = {
    *(b"connection", b"content-length", b"keep-alive", b"proxy-connection"),
    *(b"te", b"trailers", b"transfer-encoding", b"upgrade"),
}
"""The headers of the connection, not of the page. A Response does not have them."""

HAS_NO_BODY = (204, 304)


class ConnectionState(Enum):
    """The state of a connection.

    QUIESCENT → TRANSMITTING      request
    TRANSMITTING → WAITING        the whole request is written
    WAITING → QUIESCENT           the response is complete, and the server keeps the connection
    any other → CLOSING           this end closes: after a last response, an error, a cancellation, abort
    any → CONNECTION_LOST         connection_lost
    """

    QUIESCENT = "quiescent"
    TRANSMITTING = "transmitting"
    WAITING = "waiting"
    CLOSING = "closing"
    CONNECTION_LOST = "connection lost"


BUSY = (ConnectionState.TRANSMITTING, ConnectionState.WAITING)


class HTTP11ClientProtocol(Protocol):
    """Sends a request, and gives its response. Calls `quiescent_callback` when it can take another one."""

    def __init__(self, quiescent_callback: "Callable[[HTTP11ClientProtocol], object] | None" = None) -> None:
        self.state = ConnectionState.QUIESCENT
        self._quiescent_callback = quiescent_callback
        self._wire = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD)
        self._response: Response | None = None
        self._ends_with_connection = False
        self._abort_deferreds: list[Deferred[None]] = []

    # --- the request

    def request(self, request: ClientRequest) -> Deferred[Response]:
        """Send `request`. The Deferred gets the Response as soon as its head has arrived.

        It fails with RequestNotSent, RequestGenerationFailed (the headers or the producer are wrong),
        RequestTransmissionFailed, ResponseNeverReceived or ResponseFailed. `cancel()` aborts the connection.
        """
        if self.state is not ConnectionState.QUIESCENT or self.transport.disconnecting:
            return fail(RequestNotSent(f"the connection cannot send a request: it is {self.state.value}"))
        self.state = ConnectionState.TRANSMITTING
        self._request = request
        self._response = None
        self._has_received = False
        self._body = _BodyWriter(self._write_body)
        self._answer = answer = Deferred[Response](lambda _: self._abort(CancelledError()))
        try:
            self.transport.write(self._wire.send(request.event()))
        except BadHeaders as error:
            self._abort(error)
        else:
            self._send_body()
        return answer

    def _send_body(self) -> None:
        producer = self._request.body_producer
        if producer is None:
            self._on_produced(None, self._body)
        else:
            self.transport.register_producer(producer, streaming=True)
            sent = maybe_deferred(producer.start_producing, self._body)
            sent.add_callback(self._on_produced, self._body).add_errback(self._on_failed_body, self._body)

    def _write_body(self, data: bytes) -> None:
        try:
            self.transport.write(self._wire.send(h11.Data(data=as_bytes(data))))
        except h11.LocalProtocolError:
            self._abort(WrongBodyLength("the body producer wrote more bytes than its length"))

    def _on_produced(self, _: object, body: "_BodyWriter") -> None:
        if body.is_closed:
            return
        if self._request.body_producer is not None:
            self.transport.unregister_producer()
        body.is_closed = True
        try:
            self.transport.write(self._wire.send(h11.EndOfMessage()))
        except h11.LocalProtocolError as error:
            self._abort(WrongBodyLength(f"the body is shorter than announced: {error}"))
        else:
            self.state = ConnectionState.WAITING

    def _on_failed_body(self, error: Exception, body: "_BodyWriter") -> None:
        if not body.is_closed:
            self._abort(error)

    def _stop_body(self) -> None:
        """The rest of the request's body is not wanted any more."""
        producer = self._request.body_producer
        if producer is None or self._body.is_closed:
            return
        self._body.is_closed = True
        self.transport.unregister_producer()
        try:
            producer.stop_producing()
        except Exception as error:
            log_failure(log, error, "%s failed to stop", type(producer).__name__)

    # --- the response

    def data_received(self, data: bytes) -> None:
        if self.state is ConnectionState.QUIESCENT:  # nothing was asked
            self._close()
        elif self.state in BUSY:
            self._has_received = True
            self._wire.receive_data(data)
            self._advance()

    def _advance(self) -> None:
        """Handle the events that the received bytes contain."""
        try:
            while self.state in BUSY and self._on_event():
                pass
        except (h11.RemoteProtocolError, ParseError) as error:
            self._abort(ParseError(str(error)), ResponseFailed)

    def _on_event(self) -> bool:
        """Handle one event. False if more bytes are needed."""
        match event := self._wire.next_event():
            case h11.Response():
                self._on_head(event)
            case h11.Data() if self._response is not None:
                self._response.body_data_received(bytes(event.data))
            case h11.EndOfMessage():
                self._on_complete(PotentialDataLoss() if self._ends_with_connection else ResponseDone())
            case h11.InformationalResponse():
                pass  # RFC 9110, section 15.2: a client may ignore it
            case h11.PAUSED:
                raise ParseError("the server has switched to another protocol")
        return event is not h11.NEED_DATA

    def _on_head(self, event: h11.Response) -> None:
        major, minor = event.http_version.split(b".")
        if major != b"1":
            raise ParseError(f"the server answered in HTTP/{event.http_version.decode()}")
        length = self._body_length(event)
        headers = Headers()
        for name, value in event.headers.raw_items():
            is_entity = self._request.method == b"HEAD" and name.lower() == b"content-length"
            if is_entity or name.lower() not in CONNECTION_CONTROL:
                headers.add_raw_header(name, value)
        version = (b"HTTP", int(major), int(minor))
        head = version, event.status_code, bytes(event.reason), headers
        self._response = Response(*head, self.transport, self._request, length)
        if length == 0:
            self._on_event()  # the end of the message, so that the connection can be used again
        else:
            self.transport.pause_producing()  # until the program says where the body goes
        self._answer.callback(self._response)

    def _body_length(self, event: h11.Response) -> Length:
        """The length of the body (RFC 9112, section 6.3)."""
        fields = dict(event.headers)
        self._ends_with_connection = False
        if self._request.method == b"HEAD" or event.status_code in HAS_NO_BODY:
            return 0
        if b"transfer-encoding" in fields:
            return UNKNOWN_LENGTH
        if b"content-length" in fields:
            return int(fields[b"content-length"])
        self._ends_with_connection = True
        return UNKNOWN_LENGTH

    def _on_complete(self, reason: Exception) -> None:
        """The response is complete: keep the connection if both ends want that and no byte is left over."""
        response = self._response
        is_sent = self.state is ConnectionState.WAITING
        is_kept = self._wire.our_state is self._wire.their_state is h11.DONE
        if is_sent and is_kept and self._wire.trailing_data == (b"", False):
            self._wire.start_next_cycle()
            self.state = ConnectionState.QUIESCENT
            self.transport.resume_producing()
            if self._quiescent_callback is not None:
                self._quiescent_callback(self)
        else:
            self._stop_body()
            self._close(gently=is_sent)
        if response is not None:
            response.body_data_finished(reason)

    # --- the end

    def abort(self) -> Deferred[None]:
        """Close the connection; a request on it fails. The Deferred gets None when it is closed."""
        if self.state is ConnectionState.CONNECTION_LOST:
            return succeed(None)
        closed = Deferred[None]()
        self._abort_deferreds.append(closed)
        if self.state in BUSY:
            self.transport.abort_connection()
        else:
            self._close()
        return closed

    def read_connection_lost(self) -> None:
        self._on_end(ConnectionDone())
        self.transport.lose_connection()

    def connection_lost(self, reason: Exception) -> None:
        self._on_end(reason)
        self.state = ConnectionState.CONNECTION_LOST
        closed, self._abort_deferreds = self._abort_deferreds, []
        for each in closed:
            each.callback(None)

    def _on_end(self, reason: Exception) -> None:
        """The peer sends no more. That is the end of a body that has no other end."""
        if self.state not in BUSY:
            return
        if isinstance(reason, ConnectionDone) and self._response is not None:
            self._wire.receive_data(b"")
            try:
                self._on_event()
            except h11.RemoteProtocolError as error:
                self._fail([reason, DataLoss(str(error))], ResponseFailed)
        else:
            self._fail([reason], RequestTransmissionFailed)

    def _abort(
        self, reason: Exception, sending_error: type[WrapperException] = RequestGenerationFailed
    ) -> None:
        """Fail for `reason`, and abort the connection."""
        if self.state in BUSY:
            self._fail([reason], sending_error)

    def _fail(self, reasons: list[Exception], sending_error: type[WrapperException]) -> None:
        """End the exchange with an error, which is a `sending_error` while the request is being sent."""
        kind = sending_error
        if self.state is ConnectionState.WAITING:
            kind = ResponseFailed if self._has_received else ResponseNeverReceived
        self._stop_body()
        self._close(gently=False)
        if self._response is not None:
            self._response.body_data_finished(ResponseFailed(reasons, self._response))
        else:
            self._answer.errback(kind(reasons))

    def _close(self, gently: bool = True) -> None:
        self.state = ConnectionState.CLOSING
        if gently:
            self.transport.lose_connection()
        else:
            self.transport.abort_connection()


class _BodyWriter:
    """The consumer that a body producer writes to. Closed, it refuses with ExcessWrite."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self.is_closed = False
        self._write = write

    def write(self, data: bytes) -> None:
        """Send `data` as a part of the body."""
        if self.is_closed:
            raise ExcessWrite("the body of this request has ended: write no more")
        self._write(data)
