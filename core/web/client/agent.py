"""Agent: sends requests to web servers. Other agents wrap it and add redirects, cookies or gzip."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial

from core.deferred import Deferred, fail
from core.interfaces import TLSContext
from core.mistakes.table import name_of
from core.reactor import Reactor
from core.transports.connector import OneTimeFactory
from core.web.client.connection import HTTP11ClientProtocol
from core.web.client.errors import SchemeNotSupported
from core.web.client.pool import HTTPConnectionPool
from core.web.client.producers import BodyProducer
from core.web.client.request import ClientRequest
from core.web.client.response import Response
from core.web.client.uri import DEFAULT_PORTS, URI, checked_method
from core.web.headers import Headers

CONNECT_TIMEOUT = 30.0


class AbstractAgent(ABC):
    """Sends requests, or has another agent send them."""

    @abstractmethod
    def request(
        self,
        method: bytes,
        uri: bytes,
        headers: Headers | None = None,
        body_producer: BodyProducer | None = None,
    ) -> Deferred[Response]:
        """Send a request. The Deferred gets the Response as soon as its head has arrived.

        Raises TypeError and ValueError for a method or URI that cannot be sent. `cancel()` aborts the
        connection.
        """


class Agent(AbstractAgent):
    """Sends requests by http and https. A page, fetched:

    from core import Reactor
    from core.web.client import Agent, read_body

    reactor = Reactor()

    async def fetch() -> None:
        response = await Agent(reactor).request(b"GET", b"http://127.0.0.1:8880/")
        print(response.code, len(await read_body(response)), "bytes")
        reactor.stop()

    `connect_timeout` is in seconds, 30 by default. `tls_context` is for https; by default the certificate
    authorities of the system are trusted, and the server's name is verified. Without a `pool` each request
    has a connection of its own.
    """

    def __init__(
        self,
        reactor: Reactor,
        connect_timeout: float | None = None,
        tls_context: TLSContext | None = None,
        pool: HTTPConnectionPool | None = None,
    ) -> None:
        self._reactor = reactor
        self._timeout = CONNECT_TIMEOUT if connect_timeout is None else connect_timeout
        self._tls_context = tls_context
        self._pool = pool or HTTPConnectionPool(reactor, persistent=False)

    def request(
        self,
        method: bytes,
        uri: bytes,
        headers: Headers | None = None,
        body_producer: BodyProducer | None = None,
    ) -> Deferred[Response]:
        if headers is not None and not isinstance(headers, Headers):
            raise TypeError(f"the headers of a request are Headers, not {name_of(headers)}")
        checked_method(method)
        parsed = URI.from_bytes(uri)
        if parsed.scheme not in DEFAULT_PORTS:
            return fail(
                SchemeNotSupported(
                    f"the scheme {parsed.scheme.decode()!r} is not supported: use http or https"
                )
            )
        headers = Headers() if headers is None else headers.copy()
        request = ClientRequest(method, parsed, headers, body_producer, self._pool.persistent)
        return self._pool.send(partial(self._connect, parsed), request)

    def _connect(self, uri: URI, build: Callable[[], HTTP11ClientProtocol]) -> Deferred[HTTP11ClientProtocol]:
        factory = OneTimeFactory(self._reactor, build)
        host = uri.host.decode("ascii")
        if uri.scheme == b"https":
            connector = self._reactor.connect_tls(host, uri.port, factory, self._tls_context, self._timeout)
        else:
            connector = self._reactor.connect_tcp(host, uri.port, factory, self._timeout)
        factory.connector = connector
        return factory.made
