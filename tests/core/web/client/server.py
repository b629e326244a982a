"""A web server for tests of the client, on the same reactor: the test says what it answers, byte by byte."""

from collections.abc import Callable
from typing import TypeVar

from core.interfaces import IPv4Address, TLSContext
from core.protocols.protocol import Factory, Protocol
from core.reactor import Reactor
from tests.conftest import turn_until
from tests.core.web.client.exchange import Outcome

R = TypeVar("R")
Answer = Callable[[bytes], bytes | None]
"""Returns the answer to a request. The server ends the connection after an answer that has no length."""


def page(body: bytes, *headers: bytes, code: int = 200) -> bytes:
    """A response with `body`."""
    lines = [b"HTTP/1.1 %d Phrase" % code, *headers, b"Content-Length: %d" % len(body)]
    return b"\r\n".join([*lines, b"", body])


class ServerConnection(Protocol):
    """Answers each request when it is complete, and records it."""

    factory: "WebServer"

    def connection_made(self) -> None:
        self.data = b""  # received, and no complete request
        self.is_open = True
        self.requests = 0
        self._is_chunked = False
        self.factory.connections.append(self)

    def data_received(self, data: bytes) -> None:
        self.data += data
        while b"\r\n\r\n" in self.data and not self._is_chunked:
            head, _, rest = self.data.partition(b"\r\n\r\n")
            lengths = [line for line in head.split(b"\r\n") if line.startswith(b"Content-Length: ")]
            length = int(lengths[0].partition(b": ")[2]) if lengths else 0
            if len(rest) < length:
                break
            self.data = rest[length:]
            self._is_chunked = b"\r\nTransfer-Encoding" in head  # such a body is only collected
            self._answer(head + b"\r\n\r\n" + rest[:length])

    def _answer(self, request: bytes) -> None:
        self.factory.requests.append(request)
        self.factory.asked, self.requests = self, self.requests + 1
        answer = self.factory.answer(request)
        if answer is not None:
            self.transport.write(answer)
            if b"Content-Length" not in answer or b"\r\nConnection: close" in request:
                self.transport.lose_connection()

    def connection_lost(self, reason: Exception) -> None:
        self.is_open = False


class WebServer(Factory):
    """Listens on `reactor`. `answer` may be replaced."""

    protocol = ServerConnection
    asked: ServerConnection

    def __init__(
        self,
        reactor: Reactor,
        answer: Answer = lambda _: page(b"hello"),
        tls_context: TLSContext | None = None,
    ) -> None:
        self.answer = answer
        self.requests: list[bytes] = []
        self.connections: list[ServerConnection] = []
        if tls_context is None:
            self.port = reactor.listen_tcp(0, self)
        else:
            self.port = reactor.listen_tls(0, self, tls_context)
        host = self.port.host
        assert isinstance(host, IPv4Address)
        scheme = b"http" if tls_context is None else b"https"
        self.url = b"%b://127.0.0.1:%d/" % (scheme, host.port)

    @property
    def targets(self) -> list[bytes]:
        """The method and the path of each request."""
        return [request.partition(b" HTTP/1.1\r\n")[0] for request in self.requests]

    def asked_before(self) -> bool:
        """Whether the connection that asks now has asked before."""
        return self.asked.requests > 1

    def count_open(self) -> int:
        """The number of open connections."""
        return sum(connection.is_open for connection in self.connections)


def result(reactor: Reactor, outcome: Outcome[R]) -> R:
    """Turn the reactor until there is a value."""
    turn_until(reactor, lambda: not outcome.is_pending())
    return outcome.value


def error(reactor: Reactor, outcome: Outcome[R]) -> Exception:
    """Turn the reactor until there is an error."""
    turn_until(reactor, lambda: not outcome.is_pending())
    return outcome.error
