"""A protocol does not know whether there is a network: so most of it is tested without one.

Feed bytes, look at lines; move the clock by hand. What is left for real sockets is the transports alone.
"""

from collections.abc import Callable, Iterable
from typing import TypeVarTuple

from core.errors import ConnectionAborted, ConnectionDone
from core.interfaces import Address, Bytes, IPv4Address, PushProducer, ReactorTime, Transport, as_bytes
from core.protocols.protocol import Protocol
from core.timers import DelayedCall, DelayedCalls

Arguments = TypeVarTuple("Arguments")

SERVER = IPv4Address("tcp", "127.0.0.1", 8000)
CLIENT = IPv4Address("tcp", "127.0.0.1", 54321)


class Clock(ReactorTime):
    """Time that passes when it is told to. It begins at 0."""

    def __init__(self) -> None:
        self._now = 0.0
        self._calls = DelayedCalls(self.seconds, lambda: None)

    def seconds(self) -> float:
        """The time so far."""
        return self._now

    def call_later(self, delay: float, f: Callable[[*Arguments], object], *args: *Arguments) -> DelayedCall:
        """Call `f(*args)` once the clock is `delay` seconds further. ValueError if negative or NaN."""
        return self._calls.call_later(delay, f, *args)

    def advance(self, seconds: float) -> None:
        """Let time pass; what falls due is called at its own moment, in order."""
        until = self._now + seconds
        while (due := self._calls.next_time()) is not None and due <= until:
            self._now = max(self._now, due)
            call = self._calls.pop_due(self._calls.mark())
            if call is not None:
                call.run()
        self._now = until

    def pending(self) -> int:
        """How many calls are still to be made."""
        return len(self._calls)


class StringTransport(Transport):
    """Keeps what is written until somebody `take`s it; `waiting` is how much that is."""

    def __init__(self, peer: Address = CLIENT, host: Address = SERVER) -> None:
        self.disconnecting = False
        self.half_closed = False
        self.aborted = False
        self.paused = False
        self.waiting = 0
        self.producer: PushProducer | None = None
        self._peer = peer
        self._host = host
        self._written: list[bytes] = []

    @property
    def peer(self) -> Address:
        """As given."""
        return self._peer

    @property
    def host(self) -> Address:
        """As given."""
        return self._host

    def take(self) -> bytes:
        """What was written since the last time."""
        data = b"".join(self._written)
        self._written.clear()
        self.waiting = 0
        return data

    def put_back(self, data: bytes) -> None:
        """What was taken and is not wanted yet: the next `take` begins with it."""
        self._written.insert(0, data)
        self.waiting += len(data)

    def lines(self) -> list[str]:
        """As `take`, split into lines and decoded."""
        return self.take().decode().splitlines()

    def write(self, data: Bytes) -> None:
        """Keep `data`. TypeError for anything but bytes."""
        data = as_bytes(data)
        if not (self.half_closed or (self.disconnecting and self.producer is None)):
            self._written.append(data)
            self.waiting += len(data)

    def write_sequence(self, pieces: Iterable[Bytes]) -> None:
        """As one `write`."""
        self.write(b"".join(pieces))

    def lose_connection(self) -> None:
        """Only note it, and that nothing more comes of it as its own producer."""
        self.disconnecting = True
        if self.producer is self:
            self.unregister_producer()

    def lose_write_connection(self) -> None:
        """Only note it."""
        self.half_closed = True

    def abort_connection(self) -> None:
        """Note it, and throw away what was written."""
        self.disconnecting = self.aborted = True
        self.take()

    def pause_producing(self) -> None:
        """Only note it."""
        self.paused = True

    def resume_producing(self) -> None:
        """Only note it."""
        self.paused = False

    def register_producer(self, producer: PushProducer, streaming: bool) -> None:
        """Only note it. RuntimeError if there is one."""
        if self.producer is not None:
            raise RuntimeError("there is a producer already")
        self.producer = producer

    def unregister_producer(self) -> None:
        """Only note it."""
        self.producer = None


class ConnectedPair:
    """A server's and a client's protocol with a wire between them, and no socket.

    Nothing moves until `pump()`. So a test decides what crosses on the way, and sees every step.
    """

    def __init__(self, server: Protocol, client: Protocol) -> None:
        self.server, self.client = server, client
        self.to_client = StringTransport(peer=CLIENT, host=SERVER)
        self.to_server = StringTransport(peer=SERVER, host=CLIENT)
        self._open = True
        server.make_connection(self.to_client)
        client.make_connection(self.to_server)

    def pump(self, piece: int = 65536) -> None:
        """Carry what was written to the other side, `piece` bytes at a time, until all is quiet.

        A side that closed its transport, or its half of it, ends the conversation once both have what
        they were owed.
        """
        while self._carry(self.to_client, self.to_server, self.client, piece) or self._carry(
            self.to_server, self.to_client, self.server, piece
        ):
            pass
        for source, sink in ((self.to_client, self.to_server), (self.to_server, self.to_client)):
            if source.half_closed and not (source.waiting or sink.disconnecting):
                sink.lose_connection()  # as a transport does at the end of the stream
        if self._open and (self._has_closed(self.to_client) or self._has_closed(self.to_server)):
            self._open = False
            aborted = self.to_client.aborted or self.to_server.aborted
            for transport, protocol in ((self.to_client, self.server), (self.to_server, self.client)):
                transport.disconnecting = True
                protocol.connection_lost(ConnectionAborted() if aborted else ConnectionDone())

    def _carry(self, source: StringTransport, sink: StringTransport, reader: Protocol, piece: int) -> bool:
        """Whether anything was carried. What comes to a side that has closed is thrown away."""
        data = source.take()
        carried = 0
        while carried < len(data) and not sink.paused:
            if not sink.disconnecting:
                reader.data_received(data[carried : carried + piece])
            carried += piece
        source.put_back(data[carried:])
        return carried > 0

    @staticmethod
    def _has_closed(transport: StringTransport) -> bool:
        owes = transport.waiting or transport.producer is not None
        return transport.aborted or (transport.disconnecting and not owes)
