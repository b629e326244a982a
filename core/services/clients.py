"""Services that connect: TCPClient once, ClientService again and again."""

import random
from collections.abc import Callable
from enum import Enum

from core.deferred import Deferred, fail, succeed
from core.endpoints import StreamEndpoint
from core.errors import CancelledError
from core.interfaces import AbstractConnector, Address
from core.protocols.protocol import ClientFactory, Factory, Protocol
from core.reactor import GRACE, Reactor
from core.services.service import Service
from core.timers import DelayedCall, cancel_if_active
from core.transports.connector import Connector

RetryPolicy = Callable[[int], float]
"""Returns the seconds to wait, given how many attempts in a row have failed: 1, 2, …"""


class TCPClient(Service):
    """Connects to a TCP port at its start, with the arguments of `Reactor.connect_tcp`, and disconnects."""

    _connector: Connector | None = None
    volatile = (*Service.volatile, "_connector")

    def __init__(
        self,
        host: str,
        port: int,
        factory: ClientFactory,
        timeout: float = 30,
        reactor: Reactor | None = None,
    ) -> None:
        self.host, self.port, self.factory, self.timeout = host, port, factory, timeout
        self.reactor = reactor

    def start_service(self) -> None:
        super().start_service()
        self._connector = self.find_reactor().connect_tcp(self.host, self.port, self.factory, self.timeout)

    def stop_service(self) -> None:
        super().stop_service()
        connector, self._connector = self._connector, None
        if connector is not None:
            connector.disconnect()


class ClientServiceState(Enum):
    """The state of a ClientService.

    NEW, STOPPED → CONNECTING               start_service
    CONNECTING → CONNECTED                  there is a connection
    CONNECTING, CONNECTED → WAITING         the attempt has failed, the connection has ended
    WAITING → CONNECTING                    after the delay of the retry policy
    CONNECTING, CONNECTED → DISCONNECTING   stop_service
    NEW, WAITING → STOPPED                  stop_service
    DISCONNECTING → RESTARTING              start_service
    RESTARTING → DISCONNECTING              stop_service
    DISCONNECTING → STOPPED                 the attempt or the connection has ended
    RESTARTING → CONNECTING                 the same
    """

    NEW = "new"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    WAITING = "waiting"
    DISCONNECTING = "disconnecting"
    RESTARTING = "restarting"
    STOPPED = "stopped"


def backoff_policy(
    initial_delay: float = 1.0,
    max_delay: float = 60.0,
    factor: float = 1.5,
    jitter: Callable[[], float] = random.random,
) -> RetryPolicy:
    """A retry policy: `initial_delay` at first, then `factor` times longer each time, and `jitter()` more.

    The delay without the jitter is `max_delay` at most.
    """
    return lambda failures: min(initial_delay * factor ** min(failures - 1, 100), max_delay) + jitter()


class ClientService(Service):
    """Keeps a connection with `endpoint`: connects again after each failure and each loss.

    `factory` makes the protocols; `retry_policy` says how long to wait before the next attempt.
    """

    def __init__(
        self,
        endpoint: StreamEndpoint,
        factory: Factory,
        retry_policy: RetryPolicy | None = None,
        reactor: Reactor | None = None,
    ) -> None:
        self.endpoint, self.factory = endpoint, factory
        self.reactor = reactor
        self.state = ClientServiceState.NEW
        self._retry_policy = retry_policy or backoff_policy()
        self._failures = 0
        self._protocol: Protocol | None = None
        self._connector: Connector | None = None
        self._call: DelayedCall | None = None  # the next attempt, or the end of a slow stop
        self._connecting = _ConnectingFactory(factory, self._on_connected, self._on_end)
        self._waiters: list[tuple[Deferred[Protocol], int | None]] = []
        self._stopped: list[Deferred[None]] = []

    def when_connected(self, fail_after_failures: int | None = None) -> Deferred[Protocol]:
        """The protocol that is connected, now or next. Fails with CancelledError when the service stops.

        With `fail_after_failures` it fails with the reason of that many failed attempts in a row.
        """
        if self.state is ClientServiceState.CONNECTED and self._protocol is not None:
            return succeed(self._protocol)
        if self.state is ClientServiceState.STOPPED:
            return fail(CancelledError())
        waiter = Deferred[Protocol]()
        self._waiters.append((waiter, fail_after_failures))
        return waiter

    def start_service(self) -> None:
        """Begin to connect, unless there is a connection or an attempt already."""
        super().start_service()
        if self.state is ClientServiceState.DISCONNECTING:
            self.state = ClientServiceState.RESTARTING
        elif self.state in (ClientServiceState.NEW, ClientServiceState.STOPPED):
            self._connect()

    def stop_service(self) -> Deferred[None]:
        """Close the connection, or end the attempts. The Deferred fires when that is done.

        A connection whose pending data is not received within GRACE seconds is aborted.
        """
        super().stop_service()
        if self.state in (ClientServiceState.NEW, ClientServiceState.WAITING, ClientServiceState.STOPPED):
            self._cancel_call()
            self._finish_stop()
            return succeed(None)
        stopped = Deferred[None]()
        self._stopped.append(stopped)
        if self.state is not ClientServiceState.DISCONNECTING and self._connector is not None:
            self.state = ClientServiceState.DISCONNECTING
            self._connector.disconnect()
            self._cancel_call()
            self._call = self.find_reactor().call_later(GRACE, self._abort, self._connector)
        return stopped

    def _abort(self, connector: Connector) -> None:
        if connector.transport is not None:
            connector.transport.abort_connection()

    def _cancel_call(self) -> None:
        cancel_if_active(self._call)

    def _connect(self) -> None:
        self.state = ClientServiceState.CONNECTING
        self._connector = self.endpoint.connect(self.find_reactor(), self._connecting)

    def _on_connected(self, protocol: Protocol) -> None:
        if self.state is ClientServiceState.CONNECTING:
            self.state, self._failures, self._protocol = ClientServiceState.CONNECTED, 0, protocol
            waiters, self._waiters = self._waiters, []
            for waiter, _ in waiters:
                waiter.callback(protocol)

    def _on_end(self, reason: Exception) -> None:
        """The connection has ended, or an attempt has failed."""
        state, self._connector, self._protocol = self.state, None, None
        self._cancel_call()
        if state is ClientServiceState.DISCONNECTING:
            self._finish_stop()
        elif state is ClientServiceState.RESTARTING:
            self._fire_stopped()
            self._connect()
        else:
            self.state = ClientServiceState.WAITING
            self._failures += 1
            self._call = self.find_reactor().call_later(self._retry_policy(self._failures), self._connect)
            if state is ClientServiceState.CONNECTING:
                self._count_failure(reason)

    def _count_failure(self, reason: Exception) -> None:
        waiters = [(waiter, None if left is None else left - 1) for waiter, left in self._waiters]
        self._waiters = [(waiter, left) for waiter, left in waiters if left is None or left > 0]
        for waiter, left in waiters:
            if left is not None and left <= 0:
                waiter.errback(reason)

    def _finish_stop(self) -> None:
        self.state = ClientServiceState.STOPPED
        waiters, self._waiters = self._waiters, []
        for waiter, _ in waiters:
            waiter.errback(CancelledError())
        self._fire_stopped()

    def _fire_stopped(self) -> None:
        stopped, self._stopped = self._stopped, []
        for each in stopped:
            each.callback(None)


class _ConnectingFactory(ClientFactory):
    """Wraps the factory of a ClientService, and reports its connections and their ends."""

    def __init__(
        self, factory: Factory, on_connected: Callable[[Protocol], None], on_end: Callable[[Exception], None]
    ) -> None:
        self.service, self.sessions = factory.service, factory.sessions
        self.__wrapped__ = factory  # a warning names its methods, not ours
        self._on_connected, self._on_end = on_connected, on_end

    def started_connecting(self, connector: AbstractConnector) -> None:
        self._reactor = connector.reactor

    def build_protocol(self, address: Address) -> Protocol | None:
        protocol = self.__wrapped__.build_protocol(address)
        if protocol is not None:  # it is connected when this turn's handlers have returned
            self._reactor.call_soon(self._on_connected, protocol)
        return protocol

    def client_connection_failed(self, connector: AbstractConnector, reason: Exception) -> None:
        self._on_end(reason)

    def client_connection_lost(self, connector: AbstractConnector, reason: Exception) -> None:
        self._on_end(reason)

    def start_factory(self) -> None:
        self.__wrapped__.do_start()

    def stop_factory(self) -> None:
        self.__wrapped__.do_stop()
