"""HTTPConnectionPool: which connections it keeps, and for how long."""

from collections.abc import Callable

from core.deferred import Deferred, succeed
from core.testing import Clock, StringTransport
from core.web.client import URI, HTTP11ClientProtocol, HTTPConnectionPool, Response
from core.web.client.request import ClientRequest
from core.web.headers import Headers
from tests.core.web.client.exchange import Outcome

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Servers:
    """A pool, and its connections in memory."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.pool = HTTPConnectionPool(self.clock)
        self.connections: list[HTTP11ClientProtocol] = []
        self.transports: list[StringTransport] = []

    def connect(self, make: Callable[[], HTTP11ClientProtocol]) -> Deferred[HTTP11ClientProtocol]:
        self.connections.append(make())
        self.transports.append(StringTransport())
        self.connections[-1].make_connection(self.transports[-1])
        return succeed(self.connections[-1])

    def ask(self, uri: bytes = b"http://host/") -> Outcome[Response]:
        request = ClientRequest(b"GET", URI.from_bytes(uri), Headers(), None, persistent=True)
        return Outcome(self.pool.send(self.connect, request))

    def closed(self) -> list[bool]:
        """Whether the pool has closed each connection."""
        return [transport.disconnecting for transport in self.transports]


def test_each_connection_is_closed_when_its_own_time_is_over() -> None:
    servers = Servers()
    outcomes = [servers.ask(), servers.ask()]
    for connection in servers.connections:
        connection.data_received(ANSWER)
        servers.clock.advance(1.0)
    assert [outcome.value.code for outcome in outcomes] == [200, 200]
    servers.clock.advance(servers.pool.cached_connection_timeout - 2.0)
    assert servers.closed() == [True, False]
    servers.clock.advance(1.0)
    assert servers.closed() == [True, True]
    assert servers.clock.pending() == 0


def test_the_oldest_connection_gives_way_and_the_longest_kept_one_is_used_next() -> None:
    servers = Servers()
    for outcome in [servers.ask() for _ in range(3)]:
        assert outcome.is_pending()
    for connection in servers.connections:
        connection.data_received(ANSWER)
    assert servers.closed() == [True, False, False]
    servers.transports[1].take()
    assert servers.ask().is_pending()
    assert servers.transports[1].take().startswith(b"GET / ")
    servers.ask(b"http://other/")
    assert len(servers.connections) == 4
