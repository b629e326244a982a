"""Response: the answer to a request. Its body goes to a protocol, no faster than that protocol takes it.

The head of a response arrives before its body. So `Agent.request` gives a Response as soon as the head is
there, the connection pauses, and the program says where the body goes: `deliver_body(protocol)`, or
`read_body(response)` for a body that fits into memory.
"""

import logging
from collections import deque
from collections.abc import Callable, Iterator
from enum import Enum

from core.deferred import Deferred
from core.interfaces import Address, Bytes, PushProducer, Transport
from core.mistakes.hints import log_failure
from core.protocols.protocol import Protocol
from core.web.client.errors import (
    UNKNOWN_LENGTH,
    DataLoss,
    Length,
    PartialDownloadError,
    PotentialDataLoss,
    ResponseDone,
    ResponseFailed,
)
from core.web.client.request import ClientRequest
from core.web.headers import Headers

log = logging.getLogger(__name__)

Decode = Callable[[Iterator[bytes]], Iterator[bytes]]
"""Decodes a body piece by piece. It passes on b"", which means that no more has arrived yet."""


class BodyState(Enum):
    """The state of a response's body.

    INITIAL → CONNECTED        deliver_body, and bytes may still come
    INITIAL → DEFERRED_CLOSE   the last byte arrived before deliver_body
    DEFERRED_CLOSE → CONNECTED deliver_body
    CONNECTED → FINISHED       the protocol got connection_lost
    """

    INITIAL = "initial"
    CONNECTED = "connected"
    DEFERRED_CLOSE = "deferred close"
    FINISHED = "finished"


class Response:
    """The answer to a request.

    version            (b"HTTP", 1, 1)
    code, phrase       200, b"OK"
    headers            without those that frame the message, such as Content-Length and Connection
    length             of the body, or UNKNOWN_LENGTH; 0 for a body that HTTP forbids (HEAD, 204, 304)
    request            what was asked: `method`, `headers`, `absolute_uri`
    previous_response  the redirect that led here, if any
    """

    def __init__(
        self,
        version: tuple[bytes, int, int],
        code: int,
        phrase: bytes,
        headers: Headers,
        transport: Transport,
        request: ClientRequest,
        length: Length = UNKNOWN_LENGTH,
    ) -> None:
        self.version = version
        self.code = code
        self.phrase = phrase
        self.headers = headers
        self.length = length
        self.request = request
        self.previous_response: Response | None = None
        self._transport = BodyTransport(transport, self._deliver)
        self._state = BodyState.INITIAL
        self._protocol = Protocol()
        self._pieces: deque[bytes] = deque()  # received, and not yet delivered
        self._reason: Exception | None = None  # of the end, once it is known
        self._stream = self._received()

    def __repr__(self) -> str:
        return f"<Response {self.code} to {self.request.method.decode()} {self.request.shown_uri}>"

    def set_previous_response(self, response: "Response") -> None:
        """Set the redirect that led to this response."""
        self.previous_response = response

    def deliver_body(self, protocol: Protocol) -> None:
        """Deliver the body to `protocol`, and its end as `connection_lost`. RuntimeError the second time.

        The reason of the end is ResponseDone, PotentialDataLoss or ResponseFailed. The protocol's transport
        can pause and resume the body, lose or abort the connection, and cannot write.
        """
        if self._state not in (BodyState.INITIAL, BodyState.DEFERRED_CLOSE):
            raise RuntimeError("the body of this response was delivered to another protocol already")
        self._state = BodyState.CONNECTED
        self._protocol = protocol
        protocol.make_connection(self._transport)
        if self._transport.is_paused:
            self._deliver()
        else:
            self._transport.resume_producing()

    def add_decoder(self, decode: Decode) -> None:
        """Deliver what `decode` makes of the body. Its length is unknown then, unless there is no body."""
        self._stream = decode(self._stream)
        if self.length:
            self.length = UNKNOWN_LENGTH

    def body_data_received(self, data: bytes) -> None:
        """The connection has received a piece of the body."""
        self._pieces.append(data)
        self._deliver()

    def body_data_finished(self, reason: Exception) -> None:
        """The connection has received the last piece, or has failed for `reason`."""
        self._reason = reason
        self._transport.detach()
        if self._state is BodyState.INITIAL:
            self._state = BodyState.DEFERRED_CLOSE
        self._deliver()

    def _received(self) -> Iterator[bytes]:
        """The received pieces in order; b"" while the next one has not arrived."""
        while self._pieces or self._reason is None:
            yield self._pieces.popleft() if self._pieces else b""

    def _deliver(self) -> None:
        """Pass on what was received, until the protocol pauses it."""
        if self._state is not BodyState.CONNECTED or self._transport.is_delivering:
            return
        self._transport.is_delivering = True
        piece: bytes | None = b""
        try:
            while self._transport.is_wanted() and (piece := next(self._stream, None)):
                self._protocol.data_received(piece)
        except DataLoss as error:  # of a decoder
            self._break(error)
        except Exception as error:
            shown = self.request.shown_uri
            log_failure(log, error, "a protocol failed to receive the body of %s", shown)
            self._break(error)
        self._transport.is_delivering = False
        if self._reason is not None and (piece is None or self._transport.disconnecting):
            self._state = BodyState.FINISHED
            self._transport.disconnecting = True
            self._protocol.connection_lost(self._reason)

    def _break(self, error: Exception) -> None:
        """The rest of the body cannot be delivered. An earlier error stays the reason."""
        if not isinstance(self._reason, ResponseFailed):
            self._reason = ResponseFailed([error], self)
        self._transport.abort_connection()


class BodyTransport(Transport):
    """The transport of a body's protocol: it pauses, resumes and ends the connection until the body ends."""

    def __init__(self, transport: Transport, deliver: Callable[[], None]) -> None:
        self.disconnecting = False
        self.waiting = 0
        self.is_paused = False
        self.is_delivering = False
        self._addresses = transport.host, transport.peer
        self._transport: Transport | None = transport
        self._deliver = deliver

    @property
    def peer(self) -> Address:
        return self._addresses[1]

    @property
    def host(self) -> Address:
        return self._addresses[0]

    def is_wanted(self) -> bool:
        """Whether the protocol takes more of the body now."""
        return not (self.is_paused or self.disconnecting)

    def detach(self) -> None:
        """The body has ended: the connection may serve another request now."""
        self._transport = None

    def pause_producing(self) -> None:
        self.is_paused = True
        if self._transport is not None:
            self._transport.pause_producing()

    def resume_producing(self) -> None:
        """Deliver what was received during the pause, then read on."""
        self.is_paused = False
        self._deliver()
        if self._transport is not None and not self.is_paused:
            self._transport.resume_producing()

    def lose_connection(self) -> None:
        """The rest of the body is not wanted: close the connection, unless all of it was received."""
        self.disconnecting = True
        if self._transport is not None:
            self._transport.lose_connection()
        else:
            self._deliver()

    def abort_connection(self) -> None:
        """As `lose_connection`, at once."""
        self.disconnecting = True
        if self._transport is not None:
            self._transport.abort_connection()
        else:
            self._deliver()

    def write(self, data: Bytes) -> None:
        """RuntimeError: the body of a response can only be read."""
        raise RuntimeError("a response can only be read. Send data as the body of a request")

    def lose_write_connection(self) -> None:
        """Nothing to do: nothing is written here."""

    def register_producer(self, producer: PushProducer, streaming: bool) -> None:
        """RuntimeError, as for `write`."""
        self.write(b"")

    def unregister_producer(self) -> None:
        """Nothing to do: there is no producer."""


class _BodyReader(Protocol):
    """Collects a body for `read_body`."""

    def __init__(self, response: Response) -> None:
        self.body: Deferred[bytes] = Deferred(lambda _: self.transport.abort_connection())
        self._response = response
        self._pieces: list[bytes] = []

    def data_received(self, data: bytes) -> None:
        self._pieces.append(data)

    def connection_lost(self, reason: Exception) -> None:
        body = b"".join(self._pieces)
        if isinstance(reason, PotentialDataLoss):
            reason = PartialDownloadError(self._response.code, self._response.phrase, body)
        if not self.body.called:
            self.body.callback(body if isinstance(reason, ResponseDone) else reason)


def read_body(response: Response) -> Deferred[bytes]:
    """A Deferred of the whole body. `cancel()` closes the connection.

    It fails with ResponseFailed if the body is incomplete. It fails with PartialDownloadError, which has the
    received bytes, if the body ended with the connection: nothing else says whether it is complete.
    """
    reader = _BodyReader(response)
    response.deliver_body(reader)
    return reader.body


class Discard(Protocol):
    """Ignores a body. After `limit` bytes it aborts the connection, because the rest would take long."""

    def __init__(self, limit: int = 65536) -> None:
        self._left = limit

    def data_received(self, data: bytes) -> None:
        self._left -= len(data)
        if self._left < 0:
            self.transport.abort_connection()
