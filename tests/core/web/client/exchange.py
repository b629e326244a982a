"""A client's connection in memory, and a protocol that records the body of a response."""

from typing import Generic, TypeVar

from core.deferred import Deferred
from core.protocols.protocol import Protocol
from core.testing import StringTransport
from core.web.client import URI, BodyProducer, HTTP11ClientProtocol, Response
from core.web.client.request import ClientRequest
from core.web.headers import Headers

T = TypeVar("T")


class Outcome(Generic[T]):
    """The result of a Deferred, once there is one."""

    def __init__(self, deferred: Deferred[T]) -> None:
        self.deferred = deferred
        self.values: list[T] = []
        self.errors: list[Exception] = []
        deferred.add_callbacks(self.values.append, self.errors.append)

    @property
    def value(self) -> T:
        assert self.values, self.errors
        return self.values[0]

    @property
    def error(self) -> Exception:
        assert self.errors, self.values
        return self.errors[0]

    def is_pending(self) -> bool:
        return not (self.values or self.errors)


class BodyRecorder(Protocol):
    """Records a body and the reason of its end. `pauses`: it pauses before each further piece."""

    def __init__(self, pauses: bool = False) -> None:
        self.pieces: list[bytes] = []
        self.reasons: list[Exception] = []
        self.pauses = pauses

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)

    def data_received(self, data: bytes) -> None:
        self.pieces.append(data)
        if self.pauses:
            self.transport.pause_producing()

    def connection_lost(self, reason: Exception) -> None:
        self.reasons.append(reason)

    @property
    def reason(self) -> Exception:
        assert len(self.reasons) == 1
        return self.reasons[0]


class Connection:
    """A client's connection, whose server is the test."""

    def __init__(self) -> None:
        self.quiet: list[HTTP11ClientProtocol] = []
        self.protocol = HTTP11ClientProtocol(self.quiet.append)
        self.transport = StringTransport()
        self.protocol.make_connection(self.transport)

    def request(
        self,
        method: bytes = b"GET",
        headers: Headers | None = None,
        producer: BodyProducer | None = None,
        persistent: bool = True,
    ) -> Outcome[Response]:
        """Send a request for http://host/page."""
        uri = URI.from_bytes(b"http://host/page")
        request = ClientRequest(method, uri, headers or Headers(), producer, persistent)
        return Outcome(self.protocol.request(request))

    def receive(self, data: bytes, size: int | None = None) -> None:
        """The server sends `data`, `size` bytes at a time."""
        for start in range(0, len(data), size or len(data)):
            self.protocol.data_received(data[start : start + (size or len(data))])

    def answered(self, data: bytes, method: bytes = b"GET") -> tuple[Response, BodyRecorder]:
        """The response to a request that the server answers with `data`."""
        outcome = self.request(method)
        self.receive(data)
        recorder = BodyRecorder()
        outcome.value.deliver_body(recorder)
        return outcome.value, recorder
