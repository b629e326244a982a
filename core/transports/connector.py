"""A connector reaches out: it looks the name up, tries each address, and tells its factory how it went.

It outlives its connection, and can be told to connect again: reconnecting is no more than that.
"""

import socket
from collections import deque
from collections.abc import Callable
from enum import Enum
from functools import partial
from typing import Generic, TypeVar

from core.deferred import Deferred, succeed
from core.errors import DNSLookupError, NotConnectingError, UserError
from core.interfaces import AbstractConnector, Address, IPv4Address, IPv6Address, ReactorCore, UnixAddress
from core.mistakes import check_host, check_port
from core.protocols.protocol import ClientFactory, Protocol
from core.threads import defer_to_thread
from core.timers import DelayedCall
from core.transports.attempt import Attempt
from core.transports.sockets import Target, look_up
from core.transports.stream import StreamTransport

Resolve = Callable[[], Deferred[list[Target]]]
"""Finds out what a connector connects to, anew for each time that it does."""


class ConnectorState(Enum):
    """Where a connector is."""

    DISCONNECTED = "disconnected"
    CONNECTING = "connecting"
    FAILING = "failing"  # its factory is about to be told
    CONNECTED = "connected"


class Connector(AbstractConnector):
    """Connects to what `resolve` finds, within `timeout` seconds in all."""

    def __init__(
        self,
        reactor: ReactorCore,
        factory: ClientFactory,
        destination: Address,
        resolve: Resolve,
        timeout: float,
    ) -> None:
        self.reactor = reactor
        self.factory = factory
        self.state = ConnectorState.DISCONNECTED
        self.transport: StreamTransport | None = None
        self.destination = destination
        self._resolve = resolve
        self._timeout = timeout
        self._timer: DelayedCall | None = None
        self._lookup: Deferred[None] | None = None
        self._targets: deque[Target] = deque()
        self._attempt: Attempt | None = None
        self._factory_runs = False

    def is_open(self) -> bool:
        """Whether an attempt is running."""
        return self._is_connecting()

    def __repr__(self) -> str:
        return f"<Connector of {type(self.factory).__qualname__} to {self.destination}, {self.state.value}>"

    def connect(self) -> None:
        """Begin an attempt. RuntimeError while one is under way or a connection stands."""
        if self.state is not ConnectorState.DISCONNECTED:
            raise RuntimeError(f"cannot connect while {self.state.value}")
        self.state = ConnectorState.CONNECTING
        if not self._factory_runs:
            self._factory_runs = True
            self.factory.do_start()
        self._timer = self.reactor.call_later(self._timeout, self._on_timeout)
        self.factory.started_connecting(self)
        if self._is_connecting():  # unless the factory has just thought better of it
            self._lookup = self._resolve().add_callbacks(self._on_resolved, self._fail)

    def stop_connecting(self) -> None:
        """Give the attempt up: it fails with UserError. NotConnectingError if there is none."""
        if not self._is_connecting():
            raise NotConnectingError(f"no attempt to stop: {self.state.value}")
        self._fail(UserError())

    def disconnect(self) -> None:
        """Give the attempt up, or close the connection, whichever there is."""
        if self._is_connecting():
            self.stop_connecting()
        elif self.transport is not None:
            self.transport.lose_connection()

    def _is_connecting(self) -> bool:
        return self.state is ConnectorState.CONNECTING

    def _on_resolved(self, targets: list[Target]) -> None:
        self._targets = deque(targets)
        self._try_next(DNSLookupError("the name has no address"))

    def _try_next(self, error: Exception) -> None:
        """Try the next address; without one, `error` is what came of the last."""
        self._attempt = None
        if not self._is_connecting():
            return
        if not self._targets or isinstance(error, UserError):
            self._fail(error)
            return
        family, name = self._targets.popleft()
        try:
            self._attempt = Attempt(self.reactor, family, name, self._on_connected, self._try_next)
        except OSError as problem:  # no descriptor left, or a family that this machine lacks
            self._try_next(problem)

    def _on_timeout(self) -> None:
        self._fail(TimeoutError(f"no connection within {self._timeout:g} seconds"))

    def _fail(self, reason: Exception) -> None:
        if self._is_connecting():
            self.state = ConnectorState.FAILING
            self._stop_trying()
            self.reactor.call_soon(self._deliver_failure, reason)

    def _stop_trying(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        if self._lookup is not None:  # otherwise a late answer would meet the next attempt
            self._lookup.cancel()
        if self._attempt is not None:
            self._attempt.close()
            self._attempt = None
        self._targets.clear()

    def _deliver_failure(self, reason: Exception) -> None:
        self.state = ConnectorState.DISCONNECTED
        self.factory.client_connection_failed(self, reason)
        self._release_factory()

    def _on_connected(self, sock: socket.socket) -> None:
        try:
            name = sock.getpeername()
        except OSError as error:  # made, and reset at once
            sock.close()
            self._try_next(error)
            return
        self._attempt = None
        self._stop_trying()
        self.state = ConnectorState.CONNECTED
        self.transport = StreamTransport(self.reactor, sock, name)
        self.transport.when_lost = self._on_lost
        self.transport.start(self.factory)

    def _on_lost(self, reason: Exception) -> None:
        self.state = ConnectorState.DISCONNECTED
        self.transport = None
        self.factory.client_connection_lost(self, reason)
        self._release_factory()

    def _release_factory(self) -> None:
        """Unless the factory has begun another attempt, it is done with this connector for now."""
        if self.state is ConnectorState.DISCONNECTED:
            self._factory_runs = False
            self.factory.do_stop()


def check_address(name: str, host: str, port: int) -> Address:
    """The TCP address of a host, by name or number, and a port. Raises TypeError and ValueError in words."""
    check_host(name, host)
    check_port(name, port)
    return (IPv6Address if ":" in host else IPv4Address)("tcp", host, port)


def resolve_tcp(reactor: ReactorCore, host: str, port: int) -> Deferred[list[Target]]:
    """All addresses of `host`, in the system's order; a name is looked up off the loop. DNSLookupError."""
    try:
        return succeed(_look_up(host, port, socket.AI_NUMERICHOST))
    except DNSLookupError:
        return defer_to_thread(reactor, _look_up, host, port, 0)


def resolve_unix(path: str) -> Deferred[list[Target]]:
    """A path is its own address."""
    return succeed([(socket.AF_UNIX, path)])


def _look_up(host: str, port: int, flags: int) -> list[Target]:
    try:
        return look_up(host, port, socket.SOCK_STREAM, flags)
    except OSError as error:
        raise DNSLookupError(f"no address found for {host!r}: {error}") from None


Made = TypeVar("Made", bound=Protocol)


class ClientCreator(Generic[Made]):
    """For a client that connects once: no factory to write, the protocol comes as a Deferred's result."""

    def __init__(self, reactor: ReactorCore, protocol: Callable[[], Made]) -> None:
        self._reactor = reactor
        self._protocol = protocol

    def connect_tcp(self, host: str, port: int, timeout: float = 30) -> Deferred[Made]:
        """The connected protocol, or why there is none. Cancel it to give the attempt up."""
        target = check_address("connect_tcp", host, port)
        return self._connect(target, partial(resolve_tcp, self._reactor, host, port), timeout)

    def connect_unix(self, path: str, timeout: float = 30) -> Deferred[Made]:
        """As `connect_tcp`, with whoever listens at a path."""
        return self._connect(UnixAddress(path), partial(resolve_unix, path), timeout)

    def _connect(self, destination: Address, resolve: Resolve, timeout: float) -> Deferred[Made]:
        factory = _OneTimeFactory(self._reactor, self._protocol)
        factory.connector = Connector(self._reactor, factory, destination, resolve, timeout)
        factory.connector.connect()
        return factory.made


class _OneTimeFactory(ClientFactory, Generic[Made]):
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

    client_connection_lost = client_connection_failed  # before there was a protocol to hand over
