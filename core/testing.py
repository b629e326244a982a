"""For tests without a network: a clock that the test advances, and connections in memory.

A protocol uses only its transport, so most of a program can be tested with these: give it bytes, compare the
lines that it sends. Only the tests of the transports need sockets.
"""

from collections.abc import Callable, Iterable
from typing import TypeVarTuple

from core.errors import ConnectionAborted, ConnectionDone
from core.interfaces import Address, Bytes, IPv4Address, PushProducer, ReactorTime, Transport, as_bytes
from core.protocols.protocol import Protocol
from core.timers import DelayedCall, DelayedCalls
from core.transports.back_pressure import holds_up_the_end

Arguments = TypeVarTuple("Arguments")

SERVER = IPv4Address("tcp", "127.0.0.1", 8000)
CLIENT = IPv4Address("tcp", "127.0.0.1", 54321)


class Clock(ReactorTime):
    """A clock that a test advances. It starts at 0."""

    def __init__(self) -> None:
        self._now = 0.0
        self._calls = DelayedCalls(self.seconds, lambda: None)

    def seconds(self) -> float:
        return self._now

    def call_later(self, delay: float, f: Callable[[*Arguments], object], *args: *Arguments) -> DelayedCall:
        return self._calls.call_later(delay, f, *args)

    def advance(self, seconds: float) -> None:
        """Advance the clock. Make the calls that become due, in order, each at its own time."""
        until = self._now + seconds
        while (due := self._calls.next_time()) is not None and due <= until:
            self._now = max(self._now, due)
            for call in self._calls.pop_due():
                call()
        self._now = max(self._now, until)  # a call can advance the clock, too

    def pending(self) -> int:
        """The number of active calls."""
        return len(self._calls)


class StringTransport(Transport):
    """A transport that stores the written bytes until `take()`. Other calls only set its attributes."""

    peer: Address = CLIENT  # an attribute here implements the abstract property
    host: Address = SERVER

    def __init__(self, peer: Address = CLIENT, host: Address = SERVER) -> None:
        self.peer, self.host = peer, host
        self.disconnecting = False
        self.half_closed = False
        self.aborted = False
        self.paused = False
        self.waiting = 0
        self.producer: PushProducer | None = None
        self._written: list[bytes] = []

    def take(self) -> bytes:
        """Remove and return the stored bytes."""
        data = b"".join(self._written)
        self._written.clear()
        self.waiting = 0
        return data

    def put_back(self, data: bytes) -> None:
        """Store `data` in front of the stored bytes."""
        self._written.insert(0, data)
        self.waiting += len(data)

    def lines(self) -> list[str]:
        """As `take`, decoded and split into lines."""
        return [line.decode() for line in self.take().splitlines()]

    def write(self, data: Bytes) -> None:
        data = as_bytes(data)
        if not (self.half_closed or self.is_closing()):
            self._written.append(data)
            self.waiting += len(data)

    def write_sequence(self, pieces: Iterable[Bytes]) -> None:
        self.write(b"".join(pieces))

    def is_closing(self) -> bool:
        """Whether `lose_connection` was called and waits for no producer."""
        return self.disconnecting and not holds_up_the_end(self.producer)

    def lose_connection(self) -> None:
        self.disconnecting = True
        self.paused = False
        if self.producer is self:
            self.unregister_producer()

    def lose_write_connection(self) -> None:
        self.half_closed = True

    def abort_connection(self) -> None:
        self.disconnecting = self.aborted = True
        self.take()

    def pause_producing(self) -> None:
        self.paused = True

    def resume_producing(self) -> None:
        self.paused = False

    def register_producer(self, producer: PushProducer, streaming: bool) -> None:
        if self.producer is not None:
            raise RuntimeError("there is a producer already")
        self.producer = producer

    def unregister_producer(self) -> None:
        self.producer = None


Side = tuple[Protocol, StringTransport]
"""A protocol and its transport."""


class ConnectedPair:
    """The protocols of a server and a client, connected in memory. Bytes move only during `pump()`."""

    def __init__(self, server: Protocol, client: Protocol) -> None:
        self.server, self.client = server, client
        self.to_client = StringTransport(peer=CLIENT, host=SERVER)
        self.to_server = StringTransport(peer=SERVER, host=CLIENT)
        self._open = True
        self._ended: set[StringTransport] = set()  # those whose end of stream has been delivered
        server.make_connection(self.to_client)
        client.make_connection(self.to_server)

    def pump(self, piece: int = 65536) -> None:
        """Deliver the written bytes to the other side, at most `piece` bytes at a time, until none are left.

        If a side has closed its transport, the connection ends when its bytes have been delivered. If it has
        closed its sending half only, the connection ends when the other side closes too.
        """
        server, client = (self.server, self.to_client), (self.client, self.to_server)
        while self._move(server, client, piece) or self._move(client, server, piece):
            pass
        both_ended = len(self._ended) == 2
        if self._open and (
            both_ended or self._has_closed(self.to_client) or self._has_closed(self.to_server)
        ):
            self._open = False
            self._end(server, client)

    def _move(self, sender: Side, receiver: Side, piece: int) -> bool:
        """Deliver the sender's bytes or, after the last one, the end of the stream. True if there was any."""
        (writer, source), (reader, sink) = sender, receiver
        if self._deliver(source, sink, reader, piece):
            return True
        has_ended = source.half_closed or self._has_closed(source)
        if source in self._ended or source.waiting or source.aborted or not has_ended:
            return False
        self._ended.add(source)
        if not source.disconnecting:
            writer.write_connection_lost()
        if not sink.disconnecting:
            reader.read_connection_lost()
        return True

    @staticmethod
    def _end(*sides: Side) -> None:
        aborted = any(transport.aborted for _, transport in sides)
        for protocol, transport in sides:
            transport.disconnecting = True
            producer, transport.producer = transport.producer, None
            if producer is not None:
                producer.stop_producing()
            protocol.connection_lost(ConnectionAborted() if aborted else ConnectionDone())

    def _deliver(self, source: StringTransport, sink: StringTransport, reader: Protocol, piece: int) -> bool:
        """Deliver bytes; True if there were any. Bytes to a side that has closed are discarded."""
        data = source.take()
        delivered = 0
        while delivered < len(data) and not sink.paused:
            if not sink.disconnecting:
                reader.data_received(data[delivered : delivered + piece])
            delivered += piece
        source.put_back(data[delivered:])
        return delivered > 0

    @staticmethod
    def _has_closed(transport: StringTransport) -> bool:
        return transport.aborted or (transport.is_closing() and not transport.waiting)
