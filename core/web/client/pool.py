"""HTTPConnectionPool: connections that are kept open for the next request to the same server."""

from collections.abc import Callable

from core.deferred import Deferred, gather_results
from core.errors import CancelledError
from core.interfaces import ReactorTime
from core.timers import DelayedCall
from core.web.client.connection import ConnectionState, HTTP11ClientProtocol
from core.web.client.errors import (
    RequestNotSent,
    RequestTransmissionFailed,
    ResponseNeverReceived,
    WrapperException,
)
from core.web.client.request import ClientRequest
from core.web.client.response import Response

IDEMPOTENT = (b"GET", b"HEAD", b"OPTIONS", b"DELETE", b"TRACE")
"""The methods of requests that may be sent twice, if they have no body (RFC 9110, section 9.2.2)."""

Origin = tuple[bytes, bytes, int]
Connect = Callable[[Callable[[], HTTP11ClientProtocol]], Deferred[HTTP11ClientProtocol]]
"""Connects a protocol that the given function makes."""


class HTTPConnectionPool:
    """Keeps connections for other requests, unless it is made with `persistent` False.

    A server may close a kept connection just when a request is sent. Such a request is sent again once, on a
    new connection, if no byte of the response came and the request is IDEMPOTENT.
    """

    max_persistent_per_host = 2
    """The most connections that are kept for one scheme, host and port. One more closes the oldest."""

    cached_connection_timeout = 240.0
    """Seconds after which a connection that is not used is closed."""

    retry_automatically = True
    """Whether requests are sent again as described."""

    def __init__(self, reactor: ReactorTime, persistent: bool = True) -> None:
        self.persistent = persistent
        self._reactor = reactor
        self._kept: dict[Origin, list[tuple[HTTP11ClientProtocol, DelayedCall]]] = {}

    def send(self, connect: Connect, request: ClientRequest) -> Deferred[Response]:
        """Send `request` on a kept connection, or on a new one that `connect` makes."""
        connection = self._pop(request.parsed_uri.origin)
        if connection is None:
            return self._send_anew(connect, request)
        return connection.request(request).add_errback(self._retry, connect, request)

    def close_cached_connections(self) -> Deferred[None]:
        """Close all connections that are kept. The Deferred gets None when they are closed."""
        kept = [each for connections in self._kept.values() for each in connections]
        self._kept.clear()
        for _, timeout in kept:
            timeout.cancel()
        return gather_results([connection.abort() for connection, _ in kept]).add_callback(lambda _: None)

    def _send_anew(self, connect: Connect, request: ClientRequest) -> Deferred[Response]:
        def keep(connection: HTTP11ClientProtocol) -> None:
            self._put(request.parsed_uri.origin, connection)

        made = connect(lambda: HTTP11ClientProtocol(keep))
        return made.add_callback(lambda connection: connection.request(request))

    def _retry(
        self, error: Exception, connect: Connect, request: ClientRequest
    ) -> Exception | Deferred[Response]:
        was_lost = isinstance(error, RequestNotSent | RequestTransmissionFailed | ResponseNeverReceived)
        is_harmless = request.method in IDEMPOTENT and request.body_producer is None
        if not (self.retry_automatically and was_lost and is_harmless) or _was_cancelled(error):
            return error
        return self._send_anew(connect, request)

    def _pop(self, origin: Origin) -> HTTP11ClientProtocol | None:
        """The connection that has been kept longest, if it is still open."""
        kept = self._kept.get(origin, [])
        while kept:
            connection, timeout = kept.pop(0)
            timeout.cancel()
            if connection.state is ConnectionState.QUIESCENT:
                return connection
        return None

    def _put(self, origin: Origin, connection: HTTP11ClientProtocol) -> None:
        kept = self._kept.setdefault(origin, [])
        if len(kept) >= self.max_persistent_per_host:
            oldest, timeout = kept.pop(0)
            timeout.cancel()
            oldest.abort()
        timeout = self._reactor.call_later(self.cached_connection_timeout, self._drop, origin, connection)
        kept.append((connection, timeout))

    def _drop(self, origin: Origin, connection: HTTP11ClientProtocol) -> None:
        self._kept[origin] = [each for each in self._kept[origin] if each[0] is not connection]
        if not self._kept[origin]:
            del self._kept[origin]
        connection.abort()


def _was_cancelled(error: Exception) -> bool:
    reasons = error.reasons if isinstance(error, WrapperException) else []
    return any(isinstance(reason, CancelledError) for reason in reasons)
