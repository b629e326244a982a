"""Protocol and Factory: a protocol handles one connection; a factory makes the protocols.

So data of one connection is an attribute of the protocol. Data that connections share, or that must outlive
them, is an attribute of the factory.
"""

import logging
from abc import abstractmethod
from collections.abc import Callable
from random import gauss
from typing import Self

from core.errors import UserError, in_words
from core.interfaces import AbstractConnector, Address, DatagramTransport, ReactorTime, Transport
from core.mistakes.checks import check_class, no_handler, warn_of_result
from core.mistakes.table import Mistake, name_of, warn_once
from core.protocols.sessions import Session, SessionRegistry
from core.timers import DelayedCall, cancel_if_active

log = logging.getLogger(__name__)


class Protocol:
    """One end of a stream connection. Override the methods that you need.

    They are called in this order: `connection_made`, `data_received` any number of times,
    `read_connection_lost` if the peer ends its sending first, `connection_lost`.
    """

    transport: Transport = None  # type: ignore[assignment]  # before the connection: no handler is called then
    factory: "Factory"
    session: Session | None = None
    _handlers: tuple[str, ...] = (
        *("connection_made", "data_received", "connection_lost", "on_kick"),
        *("read_connection_lost", "write_connection_lost"),
    )

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        check_class(cls, log)

    lingers = False
    """Whether the peer may be sending when this protocol answers and closes in `connection_made`.

    With False such a connection is closed at once, which is cheap, but resets a peer that sends.
    """

    def make_connection(self, transport: Transport) -> None:
        """Set `transport` and call `connection_made`. The port or connector calls this once."""
        self.transport = transport
        handler: Callable[[], object] = self.connection_made
        if (result := handler()) is not None:
            warn_of_result(log, handler, result)

    def connection_made(self) -> None:
        """Called when the connection is open. A protocol in which this end speaks first writes here."""

    def data_received(self, data: bytes) -> None:
        """Called with at least one byte. TCP does not keep the boundaries of the peer's writes."""
        warn_once(log, type(self), Mistake.NO_HANDLER, **no_handler(self, "data_received", data))

    def read_connection_lost(self) -> None:
        """Called when the peer has ended its sending, after all its data. The default closes the connection.

        A protocol that has more to send overrides this, and calls `lose_connection` when it has sent it.
        """
        self.transport.lose_connection()

    def write_connection_lost(self) -> None:
        """Called when no more can be sent: after `lose_write_connection`, or because a send has failed."""

    def connection_lost(self, reason: Exception) -> None:
        """Called once, at the end. `reason` is ConnectionDone after a clean close, otherwise the error."""

    def discard_input(self) -> None:
        """Called by `start_tls`, and when its handshake is complete: drop what is not delivered yet.

        It came before the handshake, so an attacker may have sent it (CVE-2011-0411).
        """

    def on_kick(self, reason: str) -> None:
        """Called before `Session.kick` closes the connection: the last chance to write."""

    def report(self, state: str, user: str = "") -> None:
        """Set the state and the user that the monitor shows for this session."""
        if self.session is not None:
            self.session.report(state, user)


class Factory:
    """Makes a protocol for each connection, and keeps the data that the protocols share."""

    protocol: type[Protocol]
    """The class that `build_protocol` calls."""

    service = ""
    """The name of the service that its sessions belong to."""

    sessions: SessionRegistry | None = None
    """The registry that its sessions are added to, if any."""

    _users = 0
    _handlers: tuple[str, ...] = ("build_protocol", "start_factory", "stop_factory")

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        check_class(cls, log)

    @classmethod
    def for_protocol(cls, protocol: type[Protocol], *args: object, **kwargs: object) -> Self:
        """Return `cls(*args, **kwargs)`, which makes `protocol`, without a subclass that sets it."""
        factory = cls(*args, **kwargs)
        factory.protocol = protocol
        return factory

    def build_protocol(self, address: Address) -> Protocol | None:
        """A protocol for the peer at `address`. If this returns None, the connection is closed.

        Raises TypeError if the factory has no `protocol`.
        """
        if getattr(self, "protocol", None) is None:
            raise TypeError(Mistake.NO_FACTORY_PROTOCOL.sentence(owner=name_of(self)))
        protocol = self.protocol()
        protocol.factory = self
        return protocol

    def start_factory(self) -> None:
        """Called before the first port or connector uses this factory: open files and connections here."""

    def stop_factory(self) -> None:
        """Called when no port or connector uses this factory any more: close them here."""

    def do_start(self) -> None:
        """Count one more port or connector, for the first one after `start_factory`."""
        if self._users == 0:
            self.start_factory()
        self._users += 1

    def do_stop(self) -> None:
        """Count one port or connector less. The last one calls `stop_factory`."""
        self._users -= 1
        if self._users == 0:
            self.stop_factory()


ServerFactory = Factory


class DatagramProtocol:
    """Handles a UDP socket. There are no connections, so one object serves all peers. An echo server:

    from core import DatagramProtocol, Reactor

    class Echo(DatagramProtocol):
        def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
            self.transport.write(data, address)

    reactor = Reactor()
    port = reactor.listen_udp(9999, Echo())
    print("listening on", port.host)
    reactor.run()
    """

    transport: DatagramTransport
    _handlers = ("start_protocol", "datagram_received", "connection_refused", "stop_protocol")

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        check_class(cls, log)

    def make_connection(self, transport: DatagramTransport) -> None:
        """Set `transport` and call `start_protocol`."""
        self.transport = transport
        self.start_protocol()

    def start_protocol(self) -> None:
        """Called when the socket is bound."""

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        """Called with each datagram, perhaps an empty one, and the sender's host and port."""
        facts = no_handler(self, "datagram_received", data, "data, address")
        warn_once(log, type(self), Mistake.NO_HANDLER, **facts)

    def connection_refused(self) -> None:
        """Called when the peer of a connected socket reports by ICMP that its port is closed."""

    def stop_protocol(self) -> None:
        """Called when the socket is closed."""


class ClientFactory(Factory):
    """A factory for connections that a connector makes. It is notified of each attempt. A client:

    from core import ClientFactory, Protocol, Reactor

    class Quote(Protocol):
        def data_received(self, data: bytes) -> None:
            print(data.decode())

    reactor = Reactor()
    reactor.connect_tcp("127.0.0.1", 8007, ClientFactory.for_protocol(Quote))
    reactor.run()
    """

    _handlers = ("started_connecting", "client_connection_failed", "client_connection_lost")

    def started_connecting(self, connector: AbstractConnector) -> None:
        """Called when an attempt begins."""

    def client_connection_failed(self, connector: AbstractConnector, reason: Exception) -> None:
        """Called when an attempt has failed. Call `connector.connect()` to try again."""
        if not isinstance(reason, UserError):
            facts = {"address": connector.destination, "reason": in_words(reason)}
            log.warning("%s", Mistake.CANNOT_CONNECT.sentence(**facts))

    def client_connection_lost(self, connector: AbstractConnector, reason: Exception) -> None:
        """Called when a connection has ended. Call `connector.connect()` to connect again."""


class ReactorTCP(ReactorTime):
    """A reactor that makes TCP connections, for a client that chooses its server itself."""

    @abstractmethod
    def connect_tcp(
        self, host: str, port: int, factory: ClientFactory, timeout: float = 30
    ) -> AbstractConnector:
        """Connect to a host, by name or address. `factory` is notified of success and failure."""


class ReconnectingClientFactory(ClientFactory):
    """Connects again after a failure or a loss, with exponential back-off.

    The first retry comes after `initial_delay` seconds. Each further delay is `factor` times longer, up to
    `max_delay`, and varies by `jitter` (None, or a standard deviation as a share of the delay), so that many
    clients do not reconnect at the same moment. `build_protocol` calls `reset_delay()`. A subclass that
    overrides it must call that too, at once or when the connection has proved to work.
    """

    initial_delay = 1.0
    max_delay = 3600.0
    factor = 2.7182818284590451
    jitter: float | None = 0.11962656472
    continue_trying = True
    delay = 0.0
    """The seconds before the next attempt. 0 means `initial_delay`."""

    _call: DelayedCall | None = None

    def __init__(self) -> None:
        self.delay = self.initial_delay

    def build_protocol(self, address: Address) -> Protocol | None:
        self.reset_delay()
        return super().build_protocol(address)

    def client_connection_failed(self, connector: AbstractConnector, reason: Exception) -> None:
        self._warn("cannot connect to", connector, reason)
        self.retry(connector)

    def client_connection_lost(self, connector: AbstractConnector, reason: Exception) -> None:
        self._warn("lost the connection with", connector, reason)
        self.retry(connector)

    def _warn(self, failure: str, connector: AbstractConnector, reason: Exception) -> None:
        if self.continue_trying and not (connector.reactor.stopping or isinstance(reason, UserError)):
            facts = {"failure": failure, "address": connector.destination, "reason": in_words(reason)}
            log.warning("%s", Mistake.TRYING_AGAIN.sentence(seconds=self._next_delay(), **facts))

    def _next_delay(self) -> float:
        return min(self.delay or self.initial_delay, self.max_delay)

    def retry(self, connector: AbstractConnector) -> None:
        """Call `connector.connect()` after the delay, unless `stop_trying()` was called."""
        if self.continue_trying:
            self._call = connector.reactor.call_later(self.take_delay(), connector.connect)

    def take_delay(self) -> float:
        """Return the seconds before the next attempt, and make the delay after that one longer."""
        delay = self._next_delay()
        grown = delay * self.factor
        self.delay = min(self.max_delay, max(self.initial_delay, gauss(grown, grown * (self.jitter or 0))))
        return delay

    def reset_delay(self) -> None:
        """Set the delay to `initial_delay`."""
        self.delay = self.initial_delay

    def stop_trying(self) -> None:
        """Cancel the next attempt and make no other. `connector.stop_connecting()` ends a running attempt."""
        self.continue_trying = False
        cancel_if_active(self._call)
