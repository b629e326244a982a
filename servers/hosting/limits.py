"""Connection limits: a client over the limit receives the reason, and is disconnected.

The lesson: a factory can wrap another factory. The limit works for every server, without any code in it.
"""

from collections import Counter
from collections.abc import Callable

from core.interfaces import Address, Transport, UnixAddress
from core.protocols.protocol import Factory, Protocol
from core.protocols.sessions import Observer, Session
from servers.hosting.server_spec import as_line


class Refusal(Protocol):
    """Sends the reason and closes the connection. The client may be sending: it does not know yet."""

    lingers = True

    def __init__(self, reason: bytes) -> None:
        self.reason = reason

    def connection_made(self) -> None:
        self.transport.write(self.reason)
        self.transport.lose_connection()


class LimitedFactory(Factory, Observer):
    """Wraps `factory` and allows `limit` connections, and `limit_per_address` from one address. 0: no limit.

    `encode_refusal` encodes the reason for a client over a limit, by default as a line.
    The session registry reports the connections that open and close. A client that leaves may connect again
    at once: the loop reports an end before it accepts.
    """

    def __init__(
        self,
        factory: Factory,
        limit: int,
        limit_per_address: int,
        encode_refusal: Callable[[str], bytes] = as_line,
    ) -> None:
        self.service, self.sessions = factory.service, factory.sessions
        self.__wrapped__ = factory  # a warning names its methods, not ours
        self._limit, self._limit_per_address = limit, limit_per_address
        self._encode_refusal = encode_refusal
        self._open: dict[int, str] = {}
        self._per_address: Counter[str] = Counter()
        if self.sessions is not None:
            self.sessions.observers.append(self)

    def build_protocol(self, address: Address) -> Protocol | None:
        """Build a protocol with the wrapped factory or, over the limit, a Refusal."""
        if reason := self._refusal(address):
            return Refusal(self._encode_refusal(reason))
        return self.__wrapped__.build_protocol(address)

    def _refusal(self, address: Address) -> str:
        """The reason why no connection from `address` is allowed, or ""."""
        if self._limit and len(self._open) >= self._limit:
            return f"Sorry, too many connections: this server takes at most {self._limit}."
        if self._limit_per_address and self._per_address[host_of(address)] >= self._limit_per_address:
            limit = self._limit_per_address
            return f"Sorry, too many connections from your address: it may have at most {limit}."
        return ""

    def session_opened(self, session: Session) -> None:
        """Count the connection. The peer of a UDP socket is a session, but not a connection."""
        if session.service == self.service and isinstance(session.traffic, Transport):
            self._open[session.id] = host = host_of(session.traffic.peer)
            self._per_address[host] += 1

    def session_closed(self, session: Session, reason: str) -> None:
        host = self._open.pop(session.id, None)
        if host is not None:
            self._per_address[host] -= 1
            if not self._per_address[host]:
                del self._per_address[host]

    def start_factory(self) -> None:
        self.__wrapped__.do_start()

    def stop_factory(self) -> None:
        self.__wrapped__.do_stop()


def host_of(address: object) -> str:
    """The part of `address` that is counted. Clients of Unix sockets have no address and count as one."""
    return "" if isinstance(address, UnixAddress) else getattr(address, "host", "")
