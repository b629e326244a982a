"""A connector makes a connection: it looks up the name, tries each address, and notifies its factory.

An address that does not answer must not use up the time of the others. So each address has a head start, and
then the next one is tried beside it (RFC 8305, "Happy Eyeballs"). The first connection counts.

A connector outlives its connection: to reconnect is to call `connect()` again.
"""

import socket
from collections import deque
from collections.abc import Callable
from enum import Enum
from functools import partial
from typing import Generic, TypeVar

from core.deferred import Deferred, succeed
from core.errors import DNSLookupError, NotConnectingError, ServerBusyError, UserError, in_words
from core.interfaces import AbstractConnector, Address, ReactorCore, TLSContext, UnixAddress, address_of
from core.mistakes.checks import check_host, check_port, check_seconds
from core.protocols.protocol import ClientFactory, Protocol
from core.threads import defer_to_thread
from core.timers import DelayedCall, cancel_if_active
from core.transports.attempt import Attempt
from core.transports.sockets import Name, Target, look_up, pending_error
from core.transports.stream import StreamTransport

HEAD_START = 0.25
"""Seconds after which the next address is tried beside one that does not answer (RFC 8305, section 5)."""


class ConnectorState(Enum):
    """The state of a connector.

    DISCONNECTED → CONNECTING   connect
    CONNECTING → CONNECTED      an attempt has succeeded
    CONNECTING → FAILING        no address left, timeout, stop_connecting
    FAILING → DISCONNECTED      client_connection_failed, on the next turn
    CONNECTED → DISCONNECTED    client_connection_lost
    """

    DISCONNECTED = "disconnected"
    CONNECTING = "connecting"
    FAILING = "failing"
    CONNECTED = "connected"


class Connector(AbstractConnector):
    """Connects to one of the addresses of `destination`, within `timeout` seconds in all."""

    def __init__(
        self, reactor: ReactorCore, factory: ClientFactory, destination: Address, timeout: float
    ) -> None:
        self.reactor = reactor
        self.factory = factory
        self.state = ConnectorState.DISCONNECTED
        self.transport: StreamTransport | None = None
        self.destination = destination
        check_seconds("connect", timeout)
        self._resolve: Callable[[], Deferred[list[Target]]] = partial(resolve, reactor, destination)
        self._timeout = timeout
        self._timer: DelayedCall | None = None
        self._lookup: Deferred[None] | None = None
        self._targets: deque[Target] = deque()
        self._attempts: list[Attempt] = []
        self._next_try: DelayedCall | None = None

    def is_open(self) -> bool:
        """Whether an attempt is running."""
        return self.state is ConnectorState.CONNECTING

    def __repr__(self) -> str:
        return f"<Connector of {type(self.factory).__qualname__} to {self.destination}, {self.state.value}>"

    def connect(self) -> None:
        if self.state is not ConnectorState.DISCONNECTED:
            raise RuntimeError(f"cannot connect while {self.state.value}")
        self.factory.do_start()
        self.state = ConnectorState.CONNECTING
        self._timer = self.reactor.call_later(self._timeout, self._on_timeout)
        try:
            self.factory.started_connecting(self)
        except Exception as error:
            self._fail(error)
            raise
        if self.is_open():  # unless the factory has called stop_connecting()
            self._lookup = self._resolve().add_callbacks(self._on_resolved, self._fail)

    def stop_connecting(self) -> None:
        if not self.is_open():
            raise NotConnectingError(f"cannot stop connecting: the connector is {self.state.value}")
        self._fail(UserError())

    def disconnect(self) -> None:
        if self.is_open():
            self.stop_connecting()
        elif self.transport is not None:
            self.transport.shut_down()

    def _on_resolved(self, targets: list[Target]) -> None:
        self._targets = deque(targets)
        self._try_next(DNSLookupError("the name has no address"))

    def _try_next(self, error: Exception) -> None:
        """Try the next address. If none is left, fail with `error`, the reason of the last failure."""
        if not self.is_open():
            return
        cancel_if_active(self._next_try)
        self._attempts = [each for each in self._attempts if not each.closed]
        if isinstance(error, UserError) or not (self._targets or self._attempts):
            self._fail(error)
        elif self._targets:
            self._start_attempt(*self._targets.popleft())

    def _start_attempt(self, family: int, name: Name) -> None:
        try:
            attempt = Attempt(self.reactor, family, name, self._on_connected, self._try_next)
        except OSError as problem:  # no descriptor left, or a family that this machine lacks
            self._try_next(problem)
        else:
            self._attempts.append(attempt)
            if self._targets:
                self._next_try = self.reactor.call_later(HEAD_START, self._try_next, TimeoutError())

    def _on_timeout(self) -> None:
        if any(attempt.busy for attempt in self._attempts):
            self._fail(ServerBusyError(f"the server is busy: no connection within {self._timeout:g} seconds"))
        else:
            self._fail(TimeoutError(f"no connection within {self._timeout:g} seconds"))

    def _fail(self, reason: Exception) -> None:
        if self.is_open():
            self.state = ConnectorState.FAILING
            self._stop_trying()
            self.reactor.call_soon(self._deliver_failure, reason)

    def _stop_trying(self) -> None:
        cancel_if_active(self._timer)
        cancel_if_active(self._next_try)
        if self._lookup is not None:  # a late answer must not start an attempt
            self._lookup.cancel()
        for attempt in self._attempts:
            if not attempt.closed:
                attempt.close()
        self._attempts.clear()
        self._targets.clear()

    def _deliver_failure(self, reason: Exception) -> None:
        self.state = ConnectorState.DISCONNECTED
        try:
            self.factory.client_connection_failed(self, reason)
        finally:
            self.factory.do_stop()  # last: a factory that connects again in the notification is not stopped

    def _on_connected(self, sock: socket.socket) -> None:
        try:
            peer = sock.getpeername()
        except OSError as error:  # connected, and reset at once: the kernel keeps the reset as an error
            reset = pending_error(sock)
            sock.close()
            self._try_next(reset or error)
            return
        self._stop_trying()
        self.state = ConnectorState.CONNECTED
        self.transport = StreamTransport(self.reactor, sock, peer)
        self.transport.when_lost = self._on_lost
        self.transport.start(self.factory)

    def _on_lost(self, reason: Exception) -> None:
        self.state = ConnectorState.DISCONNECTED
        self.transport = None
        try:
            self.factory.client_connection_lost(self, reason)
        finally:
            self.factory.do_stop()


def tcp_address(name: str, host: str, port: int, kind: str = "tcp") -> Address:
    """The address for a host (name or number) and a port. TypeError or ValueError, with a hint."""
    check_host(name, host)
    check_port(name, port)
    return address_of((host, port), kind)


def resolve(reactor: ReactorCore, destination: Address) -> Deferred[list[Target]]:
    """The addresses to try, in the system's order. A name is looked up in a thread.

    Fails with DNSLookupError if there is none.
    """
    if isinstance(destination, UnixAddress):
        return succeed([(socket.AF_UNIX, destination.path)])
    host, port = destination.host, destination.port
    kind = socket.SOCK_DGRAM if destination.kind == "udp" else socket.SOCK_STREAM
    try:
        return succeed(_look_up(host, port, kind, socket.AI_NUMERICHOST))
    except DNSLookupError:
        return defer_to_thread(reactor, _look_up, host, port, kind, 0)


def _look_up(host: str, port: int, kind: socket.SocketKind, flags: int) -> list[Target]:
    try:
        return look_up(host, port, kind, flags)
    except OSError as error:
        raise DNSLookupError(f"no address found for {host!r}: {in_words(error)}") from None


Made = TypeVar("Made", bound=Protocol)


class ClientCreator(Generic[Made]):
    """Connects once, without a factory: the result of the Deferred is the connected protocol."""

    def __init__(self, reactor: ReactorCore, protocol: Callable[[], Made]) -> None:
        self._reactor = reactor
        self._protocol = protocol

    def connect_tcp(self, host: str, port: int, timeout: float = 30) -> Deferred[Made]:
        """Connect to a host. The Deferred fails with the reason; `cancel()` stops the attempt."""
        return self._connect(tcp_address("connect_tcp", host, port), timeout)

    def connect_tls(
        self, host: str, port: int, context: TLSContext | None = None, timeout: float = 30
    ) -> Deferred[Made]:
        """As `connect_tcp`, with TLS. Without a `context` the system's authorities are trusted."""
        from core.transports.tls import TLSClientFactory  # which imports ssl

        factory = OneTimeFactory(self._reactor, self._protocol)
        secure = TLSClientFactory(self._reactor, factory, context, host)
        return self._run(factory, secure, tcp_address("connect_tls", host, port, "tls"), timeout)

    def connect_unix(self, path: str, timeout: float = 30) -> Deferred[Made]:
        """As `connect_tcp`, to the Unix socket at `path`."""
        return self._connect(UnixAddress(path), timeout)

    def _connect(self, destination: Address, timeout: float) -> Deferred[Made]:
        factory = OneTimeFactory(self._reactor, self._protocol)
        return self._run(factory, factory, destination, timeout)

    def _run(
        self, factory: "OneTimeFactory[Made]", outer: ClientFactory, destination: Address, timeout: float
    ) -> Deferred[Made]:
        factory.connector = Connector(self._reactor, outer, destination, timeout)
        factory.connector.connect()
        return factory.made


class OneTimeFactory(ClientFactory, Generic[Made]):
    """Gives the protocol of its one connection, or the reason of the failure, to the Deferred `made`.

    Set `connector` to the connector that uses this factory.
    """

    connector: Connector

    def __init__(self, reactor: ReactorCore, build: Callable[[], Made]) -> None:
        self.made: Deferred[Made] = Deferred(lambda _: self.connector.disconnect())
        self._reactor = reactor
        self._build = build

    def build_protocol(self, address: Address) -> Protocol:
        protocol = self._build()
        protocol.factory = self
        self._reactor.call_soon(self._hand_over, protocol)
        return protocol

    def _hand_over(self, protocol: Made) -> None:
        if not self.made.called:
            self.made.callback(protocol)

    def client_connection_failed(self, connector: AbstractConnector, reason: Exception) -> None:
        if not self.made.called:
            self.made.errback(reason)

    client_connection_lost = client_connection_failed  # lost before the protocol was handed over
