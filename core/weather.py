"""A program in a simulated bad network, for `--weather`: wrappers for a factory and for a datagram protocol.

A program that works only in calm weather depends on luck. The rules are in `core/formats/weather.py`; here
they are applied, in both directions, between a protocol and its transport.
"""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from core.endpoints import StreamEndpoint
from core.errors import ConnectionAborted, ConnectionLost
from core.formats.weather import Datagrams, Stream, Weather
from core.interfaces import (
    AbstractConnector,
    Address,
    Bytes,
    DatagramTransport,
    PushProducer,
    ReactorTime,
    Transport,
    as_bytes,
)
from core.mistakes.hints import log_failure
from core.protocols.protocol import ClientFactory, DatagramProtocol, Factory, Protocol
from core.reactor import Reactor
from core.timers import DelayedCall
from core.transports.back_pressure import HIGH_WATER
from core.transports.connector import Connector

log = logging.getLogger(__name__)

MAX_PEERS = 1000
"""With more UDP peers the oldest is forgotten. If it sends again it counts as a new one."""


@dataclass
class Delivery:
    """The call `call(data)`, due at a time. `block` is that of the data, -1 for a call without data."""

    due: float
    block: int
    data: bytes
    call: Callable[[bytes], object]


class Channel:
    """One direction of a connection: passes the pieces of a stream on in their order, each when it is due.

    It holds at most HIGH_WATER bytes. When there are more, the first ones are passed on before their time.
    """

    def __init__(self, stream: Stream, clock: ReactorTime, deliver: Callable[[bytes], object]) -> None:
        self.waiting = 0
        self._stream, self._clock, self._deliver = stream, clock, deliver
        self._held = b""
        self._queue: deque[Delivery] = deque()
        self._calls: dict[Callable[[], None], DelayedCall] = {}
        self._is_paused = False

    def feed(self, data: bytes) -> None:
        """Pass on `data`, which continues the stream."""
        self.waiting += len(data)
        self._held += data
        if hold := self._stream.hold():
            self._schedule(self._release, hold)
        else:
            self._release()
        while self.waiting > HIGH_WATER and self._queue and not self._is_paused:
            self._deliver_next()

    def end(self, call: Callable[[], object]) -> None:
        """Call `call` when all that was fed has been passed on."""
        self._release()
        self._append(Delivery(self._clock.seconds(), -1, b"", lambda _: call()))

    def flush(self) -> None:
        """Pass on at once all that is waiting."""
        self._release()
        while self._queue:
            self._deliver_next()

    def clear(self) -> None:
        """Drop all that is waiting."""
        self.waiting, self._held = 0, b""
        self._queue.clear()

    def pause(self, is_paused: bool) -> None:
        """Pass nothing on until `pause(False)`."""
        self._is_paused = is_paused
        self._schedule_next()

    def _release(self) -> None:
        """Cut what was held back, and queue the pieces. Bytes of a block that is still waiting join it."""
        held, self._held = self._held, b""
        for delay, data, block in self._stream.feed(held):
            if self._queue and self._queue[-1].block == block != -1:
                self._queue[-1].data += data
            else:
                self._append(Delivery(self._clock.seconds() + delay, block, data, self._deliver))

    def _append(self, delivery: Delivery) -> None:
        if self._queue:
            delivery.due = max(delivery.due, self._queue[-1].due)
        self._queue.append(delivery)
        self._schedule_next()

    def _schedule_next(self) -> None:
        if self._queue and not self._is_paused:
            self._schedule(self._on_due, max(self._queue[0].due - self._clock.seconds(), 0.0))

    def _schedule(self, call: Callable[[], None], delay: float) -> None:
        """Make `call` after `delay` seconds, unless it is due already."""
        if call not in self._calls or not self._calls[call].active():
            self._calls[call] = self._clock.call_later(delay, call)

    def _on_due(self) -> None:
        if self._queue and not self._is_paused:
            self._deliver_next()
            self._schedule_next()

    def _deliver_next(self) -> None:
        delivery = self._queue.popleft()
        self.waiting -= len(delivery.data)
        delivery.call(delivery.data)


class WeatherConnection(Protocol, Transport):
    """Wraps `protocol`: as the protocol of its connection and as its transport it stands between the two."""

    def __init__(self, protocol: Protocol, weather: Weather, connection: int, clock: ReactorTime) -> None:
        self.protocol = protocol
        self.lingers = protocol.lingers
        self.disconnecting = self._was_reset = False
        self._received = Channel(Stream(weather, connection, "in"), clock, self._receive)
        self._sent = Channel(Stream(weather, connection, "out"), clock, self._send)
        self._accepts_writes = True

    # --- as the protocol of the connection

    def connection_made(self) -> None:
        self.protocol.session = self.session
        self.protocol.make_connection(self)

    def data_received(self, data: bytes) -> None:
        if not self.disconnecting:
            self._received.feed(data)

    def read_connection_lost(self) -> None:
        if not self.disconnecting:
            self._received.end(partial(self._call, self.protocol.read_connection_lost))

    def write_connection_lost(self) -> None:
        self.protocol.write_connection_lost()

    def connection_lost(self, reason: Exception) -> None:
        """Pass on what has arrived before, then the end. A reset of ours looks like one by the peer."""
        self._sent.clear()
        if not self.disconnecting:
            self._received.flush()
        self._received.clear()
        self.disconnecting, self._accepts_writes = True, False
        is_ours = self._was_reset and isinstance(reason, ConnectionAborted)
        self.protocol.connection_lost(ConnectionLost("connection reset by peer") if is_ours else reason)

    def on_kick(self, reason: str) -> None:
        self.protocol.on_kick(reason)

    # --- as the transport of the protocol

    @property
    def peer(self) -> Address:
        return self.transport.peer

    @property
    def host(self) -> Address:
        return self.transport.host

    @property
    def waiting(self) -> int:  # type: ignore[override]  # a sum
        """The pending bytes, those in the weather among them."""
        return self._sent.waiting + self.transport.waiting

    def write(self, data: Bytes) -> None:
        data = as_bytes(data)
        if self._accepts_writes:
            self._sent.feed(data)

    def lose_connection(self) -> None:
        if not self.disconnecting:
            self.disconnecting = True
            self._received.clear()
            self._end(self.transport.lose_connection)

    def lose_write_connection(self) -> None:
        self._end(self.transport.lose_write_connection)

    def _end(self, call: Callable[[], object]) -> None:
        self._accepts_writes = False
        self._sent.end(call)

    def abort_connection(self) -> None:
        self.disconnecting, self._accepts_writes = True, False
        self.transport.abort_connection()

    def pause_producing(self) -> None:
        self._received.pause(True)
        self.transport.pause_producing()

    def resume_producing(self) -> None:
        self._received.pause(False)
        self.transport.resume_producing()

    def register_producer(self, producer: PushProducer, streaming: bool) -> None:
        self.transport.register_producer(producer, streaming)

    def unregister_producer(self) -> None:
        self.transport.unregister_producer()

    # --- as the end of the channels

    def _receive(self, data: bytes) -> None:
        if data:
            self._call(partial(self.protocol.data_received, data))
        else:
            self._reset()

    def _call(self, handler: Callable[[], object]) -> None:
        """Call a handler of the protocol. If it raises, the connection is aborted."""
        try:
            handler()
        except Exception as error:
            log_failure(log, error, "a handler of %s failed", type(self.protocol).__name__)
            self.transport.abort_connection()

    def _send(self, data: bytes) -> None:
        if data:
            self.transport.write(data)
        else:
            self._reset()

    def _reset(self) -> None:
        self._was_reset = True
        self.transport.abort_connection()


class WeatherFactory(ClientFactory):
    """Wraps `factory`, of a server or a client: its connections, numbered from 1, have this weather."""

    def __init__(self, factory: Factory, weather: Weather, clock: ReactorTime) -> None:
        self.service, self.sessions = factory.service, factory.sessions
        self.__wrapped__ = factory  # a warning names its methods, not ours
        self._client = factory if isinstance(factory, ClientFactory) else ClientFactory()
        self._weather, self._clock = weather, clock
        self._connections = 0

    def build_protocol(self, address: Address) -> Protocol | None:
        protocol = self.__wrapped__.build_protocol(address)
        self._connections += 1
        return protocol and WeatherConnection(protocol, self._weather, self._connections, self._clock)

    def start_factory(self) -> None:
        self.__wrapped__.do_start()

    def stop_factory(self) -> None:
        self.__wrapped__.do_stop()

    def started_connecting(self, connector: AbstractConnector) -> None:
        self._client.started_connecting(connector)

    def client_connection_failed(self, connector: AbstractConnector, reason: Exception) -> None:
        self._client.client_connection_failed(connector, reason)

    def client_connection_lost(self, connector: AbstractConnector, reason: Exception) -> None:
        self._client.client_connection_lost(connector, reason)


@dataclass(frozen=True)
class WeatherEndpoint:
    """An endpoint to which a client connects, with weather on the way."""

    endpoint: StreamEndpoint
    weather: Weather

    def connect(self, reactor: Reactor, factory: ClientFactory, timeout: float = 30) -> Connector:
        """As the endpoint's `connect`."""
        return self.endpoint.connect(reactor, WeatherFactory(factory, self.weather, reactor), timeout)

    def __str__(self) -> str:
        return str(self.endpoint)


class WeatherDatagrams(DatagramProtocol, DatagramTransport):
    """Wraps `protocol`, whose datagrams travel in `weather`. Its peers are numbered as they appear."""

    def __init__(self, protocol: DatagramProtocol, weather: Weather, clock: ReactorTime) -> None:
        self.protocol, self._weather, self._clock = protocol, weather, clock
        self._rules: dict[tuple[str, int] | None, dict[str, Datagrams]] = {}
        self._peers = 0
        self._is_open = False

    def start_protocol(self) -> None:
        self.host, self._is_open = self.transport.host, True
        self.protocol.make_connection(self)

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        self._pass_on("in", address, partial(self.protocol.datagram_received, data, address))

    def connection_refused(self) -> None:
        self.protocol.connection_refused()

    def stop_protocol(self) -> None:
        self._is_open = False
        self.protocol.stop_protocol()

    def write(self, data: bytes, address: tuple[str, int] | None = None) -> None:
        self._pass_on("out", address, partial(self.transport.write, data, address))

    def connect(self, host: str, port: int) -> None:
        self.transport.connect(host, port)

    def _pass_on(self, direction: str, address: tuple[str, int] | None, call: Callable[[], object]) -> None:
        if address not in self._rules:
            if len(self._rules) >= MAX_PEERS:
                del self._rules[next(iter(self._rules))]
            self._peers += 1
            both = {each: Datagrams(self._weather, self._peers, each) for each in ("in", "out")}
            self._rules[address] = both
        for delay in self._rules[address][direction].feed():
            self._clock.call_later(delay, self._call_if_open, call)

    def _call_if_open(self, call: Callable[[], object]) -> None:
        if self._is_open:
            call()
