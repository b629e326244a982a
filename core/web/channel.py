"""HTTPChannel: one connection of a web server. It reads requests, and has them answered one after the other.

    received bytes → HeadReader → RequestHead → Request ← Body ← received bytes
                                                   ↓
                                          process() → a page → write, finish → transport

A client may send several requests without waiting (pipelining). A request is parsed when the one before it
is answered, so the answers are in order, and no more than one request is in memory.
"""

import logging
from collections.abc import Callable
from enum import Enum
from http import HTTPStatus

from core.formats.text import decode
from core.interfaces import PushProducer, ReactorTime, UnixAddress
from core.protocols.protocol import Protocol
from core.transports.attach import Connection
from core.web import answers
from core.web.answers import Refusal
from core.web.bodies import Body, BodyOfLength, ChunkedBody
from core.web.contracts import AbstractSite
from core.web.heads import HeadReader, RequestHead
from core.web.request import Request
from core.web.strictness import bad
from core.web.timeouts import Timeout

log = logging.getLogger(__name__)

MAX_AHEAD = 65536
"""Bytes that a client may send before an earlier request is answered; then reading is paused."""

MIN_RATE = 500
"""Bytes per second: a body that comes more slowly must be complete within the timeout."""

MAX_BODY = 16 * 1024 * 1024
"""The size of the largest body, if the site does not set another one."""


class ChannelState(Enum):
    """The state of a channel.

    from        to          when
    HEAD        BODY        the head of a request is complete, and it has a body
    HEAD        PROCESSING  the head of a request without a body is complete
    BODY        PROCESSING  the body is complete
    PROCESSING  HEAD        the request is answered before `process` returns
    PROCESSING  ANSWERING   `process` has returned before the request is answered
    ANSWERING   HEAD        the request is answered
    any         CLOSED      a request is refused, the last answer is complete, or the connection is lost
    """

    HEAD = "head"
    BODY = "body"
    PROCESSING = "processing"
    ANSWERING = "answering"
    CLOSED = "closed"


HEAD, BODY, PROCESSING, ANSWERING, CLOSED = ChannelState


class HTTPChannel(Protocol, PushProducer):
    """The server's end of an HTTP connection. It makes each request with `request_factory(channel)`."""

    site: AbstractSite[Request] | None = None
    request_factory: Callable[["HTTPChannel"], Request] = Request
    max_body: int | None = MAX_BODY
    """The size of the largest body; None: no limit."""

    timeout: float | None = 60.0
    """Seconds for a head or a body to come, and for the next request to begin; None: no limit."""

    clock: ReactorTime | None = None
    """The clock for the timeout. By default it is the reactor of the transport."""

    _timeout: Timeout | None = None

    def __init__(self) -> None:
        self._state = HEAD
        self._buffer = bytearray()
        self._heads = HeadReader()
        self._body: Body = BodyOfLength(0, None)
        self._received = 0  # bytes of this body
        self._received_in_time = 0  # those before the timeout was restarted
        self._request: Request | None = None
        self._is_ended = False  # the client sends no more
        self._is_paused = False  # by the transport: the client does not read its answers

    # --- the connection

    def connection_made(self) -> None:
        self.transport.register_producer(self, True)
        clock = self.clock
        if clock is None and isinstance(self.transport, Connection):
            clock = self.transport.reactor
        if clock is not None and self.timeout is not None:
            self._timeout = Timeout(clock, self.timeout, self._expire)

    def data_received(self, data: bytes) -> None:
        if self._state is CLOSED:
            return
        begins = self._state is HEAD and not self._buffer
        self._buffer += data
        self._advance()
        if begins and self._state is HEAD and self._buffer and self._timeout is not None:
            self._timeout.restart()  # the head is not complete

    def read_connection_lost(self) -> None:
        """The client sends no more. An answer that a producer sends goes on; another one is given up.

        A browser that was closed looks the same as a client that ends only its sending.
        """
        self._is_ended = True
        self._advance()

    def _end(self) -> None:
        """No more bytes will come, and those that came are parsed as far as the answers allow."""
        if self._state is BODY or (self._state is HEAD and self._buffer):
            self._refuse(bad("the request is not complete"))
        elif self._request is None or self._request.producer is None:
            self.transport.lose_connection()

    def connection_lost(self, reason: Exception) -> None:
        self._state = CLOSED
        if self._timeout is not None:
            self._timeout.cancel()
        if self._request is not None:
            self._request.connection_lost(reason)

    def is_secure(self) -> bool:
        """Whether the connection is encrypted."""
        peer = self.transport.peer
        return not isinstance(peer, UnixAddress) and peer.kind == "tls"

    def _expire(self) -> None:
        """The timeout has passed. An answer may take longer, and so may a body that comes at MIN_RATE."""
        if self._state in (PROCESSING, ANSWERING):
            return
        if self._state is BODY:
            progress = self._received - self._received_in_time
            self._received_in_time = self._received
            if progress >= MIN_RATE * (self.timeout or 0):
                return
        if self._state is BODY or self._buffer:
            self._refuse(bad("the request did not come in time", HTTPStatus.REQUEST_TIMEOUT))
        else:
            self._close()

    # --- requests

    def _advance(self) -> None:
        """Read and process requests until more bytes are needed, or an answer."""
        try:
            while not self._is_paused and self._step():
                pass
        except Refusal as error:
            self._refuse(error)
        if self._is_ended and not self._is_paused:
            self._end()

    def _step(self) -> bool:
        """Read a head or a piece of a body, and process a complete request. False if more is needed."""
        if self._state is HEAD:
            return self._read_head()
        if self._state is BODY:
            return self._read_body()
        if self._state is ANSWERING and len(self._buffer) > MAX_AHEAD:
            self.transport.pause_producing()
        return False

    def _read_head(self) -> bool:
        head = self._heads.read(self._buffer) if self._buffer else None
        if head is None:
            return False
        request = self._request = self.request_factory(self)
        request.begin(head)
        if head.length == 0:
            self._process(request)
        else:
            self._begin_body(request, head)
        return True

    def _begin_body(self, request: Request, head: RequestHead) -> None:
        self._state = BODY
        limit = self.max_body if request.open_content() else None
        self._body = ChunkedBody(limit) if head.length is None else BodyOfLength(head.length, limit)
        self._received = self._received_in_time = 0
        if self._timeout is not None:
            self._timeout.restart()
        if head.expects_continue and not self._buffer:
            self.transport.write(answers.CONTINUE)

    def _read_body(self) -> bool:
        request = self._request
        assert request is not None
        if data := self._body.take(self._buffer):
            self._received += len(data)
            try:
                request.content.write(data)
            except Exception as error:
                self._state = ANSWERING
                request.keeps_alive = False
                request.processing_failed(error)
                return False
        if self._body.finished:
            request.content_received()
            self._process(request)
        return self._body.finished

    def _process(self, request: Request) -> None:
        self._state = PROCESSING
        try:
            request.process()
        except Exception as error:
            request.processing_failed(error)
        if self._state is PROCESSING:
            self._state = ANSWERING
            self.report(decode(request.method + b" " + request.path))

    def request_done(self, request: Request) -> None:
        """The answer is complete: go on with the next request, or close the connection."""
        self._request = None
        if not request.keeps_alive:
            self._close()
            return
        was_answering = self._state is ANSWERING
        self._state = HEAD
        if self._timeout is not None:
            self._timeout.restart()
        if was_answering:
            self.report("idle")
            if not self._is_paused:
                self.transport.resume_producing()
            self._advance()

    def _refuse(self, error: Refusal) -> None:
        log.debug("%s: %s", self.transport.peer, error)
        request, self._request = self._request, None
        if request is not None:
            request.connection_lost(error)
        if self.site is not None:
            self.site.log_refusal(self.transport.peer, error)
        self.transport.write(answers.refusal(error))
        self._close()

    def _close(self) -> None:
        self._state = CLOSED
        self._buffer.clear()
        self.transport.lose_connection()

    # --- back-pressure

    def pause_producing(self) -> None:
        """The client does not read its answers: process no more requests."""
        self._is_paused = True
        self.transport.pause_producing()

    def resume_producing(self) -> None:
        """The client reads again."""
        self._is_paused = False
        self.transport.resume_producing()
        self._advance()

    def register_producer(self, producer: PushProducer, streaming: bool) -> None:
        """Let the transport pause and resume `producer`, which sends an answer, in place of this channel."""
        self.transport.unregister_producer()
        self.transport.register_producer(producer, streaming)

    def unregister_producer(self) -> None:
        """The producer has no more data."""
        self.transport.unregister_producer()
        self.transport.register_producer(self, True)
