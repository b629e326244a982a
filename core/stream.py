"""A connected socket: bytes come up from it to a protocol, and what is written is gathered before it goes.

What a handler writes to its own connection is sent when the handler returns; what it writes to others, at
the end of the turn. Either way one `send` carries it all, however many lines it was. Sending at once costs
a system call a line, and waiting until the kernel says that there is room costs a turn; this costs neither.
"""

import logging
import socket
import struct
from collections.abc import Callable, Iterable

from core.errors import ConnectionAborted, ConnectionDone, ConnectionLost
from core.farewell import Farewell, is_drained
from core.interfaces import (
    WRITE,
    Address,
    Bytes,
    Descriptor,
    PushProducer,
    ReactorCore,
    Transport,
    address_of,
)
from core.protocol import Factory, Protocol
from core.sessions import Tap

log = logging.getLogger(__name__)

RECEIVE_SIZE = 65536
HIGH_WATER = 65536
LOW_WATER = 16384
NO_LINGER = struct.pack("ii", 1, 0)

NOBODY = Protocol()
"""Who hears of a transport before its protocol is there, and after it has gone."""


class StreamTransport(Descriptor, Transport):
    """One end of a TCP or Unix connection.

    `bytes_in` and `bytes_out` count what was read and sent, `waiting` what is still to go out.
    `when_lost` is called with the reason, once the protocol knows of it.
    """

    __slots__ = (
        "reactor",
        "socket",
        "protocol",
        "disconnecting",
        "waiting",
        "bytes_in",
        "bytes_out",
        "active_at",
        "tap",
        "when_lost",
        "_peer_name",
        "_pending",
        "_unsent",
        "_flush_is_due",
        "_reading",
        "_peer_is_done",
        "_ended",
        "_broken",
        "_producer",
        "_producer_paused",
        "_streaming",
        "__weakref__",
    )

    def __init__(self, reactor: ReactorCore, sock: socket.socket, peer_name: object) -> None:
        self.reactor = reactor
        self.socket = sock
        self.protocol = NOBODY
        self.watched = 0
        self.disconnecting = False
        self.waiting = self.bytes_in = self.bytes_out = 0
        self.active_at = reactor.turned_at
        self.tap: Tap | None = None
        self.when_lost: Callable[[Exception], None] | None = None
        self._peer_name = peer_name
        self._pending: list[bytes] = []  # written, and not yet joined for sending
        self._unsent: bytes | memoryview = b""  # what the kernel did not take of the last send
        self._flush_is_due = False
        self._reading = True
        self._peer_is_done = False
        self._ended = False
        self._broken: Exception | None = None  # why nothing can be sent any more
        self._producer: PushProducer | None = None
        self._producer_paused = False
        self._streaming = True

    def start(self, factory: Factory) -> None:
        """Have `factory` build the protocol, introduce them, and begin to read.

        A connection that is answered and closed at once is never registered with the kernel at all.
        """
        self._flush_is_due = True
        try:
            self._introduce(factory)
        except Exception as error:
            log.exception("the connection with %s could not begin", self.peer)
            self.on_error(error)
        self.flush()
        if not self._ended:
            self._watch(writing=self._flush_is_due)

    def _introduce(self, factory: Factory) -> None:
        protocol = factory.build_protocol(self.peer)
        if protocol is None:
            self.lose_connection()
            return
        self.protocol = protocol
        if factory.sessions is not None:
            protocol.session = factory.sessions.open(factory.service, self)
        protocol.make_connection(self)

    @property
    def peer(self) -> Address:
        """The address of the other end."""
        return address_of(self._peer_name)

    @property
    def host(self) -> Address:
        """The address of this end. OSError once the connection is closed."""
        return address_of(self.socket.getsockname())

    def fileno(self) -> int:
        """The socket's descriptor, -1 once it is closed."""
        return self.socket.fileno()

    def _watch(self, writing: bool) -> None:
        self.reactor.watch(self, self._reading, writing)

    # --- what comes in

    def on_readable(self) -> None:
        """Read once and hand it on. Then send what the handler wrote here, in one piece."""
        if not self._reading:
            return
        try:
            data = self.socket.recv(RECEIVE_SIZE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._end(_lost(error))
            return
        if not data:
            self._on_end_of_stream()
            return
        self.bytes_in += len(data)
        self.active_at = self.reactor.turned_at
        if self.tap is not None:
            self.tap("in", data)
        if self.disconnecting:  # we have said goodbye: what still comes is thrown away
            return
        if self._flush_is_due:  # at the turn's end, or when the kernel has room
            self.protocol.data_received(data)
            return
        self._flush_is_due = True
        self.protocol.data_received(data)
        self.flush()

    def _on_end_of_stream(self) -> None:
        """The peer sends no more. What it is owed still goes out, then this side closes too."""
        self._peer_is_done = True
        self._reading = False
        if self._broken is not None:
            self._end(self._broken)
        else:
            self._watch(writing=bool(self.watched & WRITE))
            self.lose_connection()

    def pause_producing(self) -> None:
        """Read no more for now; the kernel's buffer fills, and then the peer cannot send."""
        self._reading = False
        if not self._ended:
            self._watch(writing=bool(self.watched & WRITE))

    def resume_producing(self) -> None:
        """Read again."""
        if not (self._ended or self._peer_is_done):
            self._reading = True
            self._watch(writing=bool(self.watched & WRITE))

    # --- what goes out

    def write(self, data: Bytes) -> None:
        """Gather `data` for the next flush. TypeError for anything but bytes."""
        if not isinstance(data, bytes):
            data = _as_bytes(data)
        if self.disconnecting and self._producer is None:
            return
        self._pending.append(data)
        self.waiting += len(data)
        if not self._flush_is_due:
            self._flush_is_due = True
            self.reactor.call_at_turn_end(self.flush)
        if self.waiting > HIGH_WATER and self._producer is not None:
            self._pause_producer(self._producer)

    def write_sequence(self, pieces: Iterable[Bytes]) -> None:
        """As one `write` of them all."""
        self.write(b"".join(pieces))

    def flush(self) -> None:
        """Hand what was gathered to the kernel in one send; what it does not take waits for room."""
        self._flush_is_due = False
        if self._ended:
            return
        if self.waiting:
            self._send()
        if self._producer_paused and self.waiting <= LOW_WATER and self._producer is not None:
            self._resume_producer(self._producer)
        if self.waiting:
            self._flush_is_due = True
            self._watch(writing=True)
        elif self.disconnecting and self._producer is None:
            self._finish()
        elif self.watched & WRITE:
            self._watch(writing=False)

    on_writable = flush

    def _send(self) -> None:
        """One send. The rest of an earlier one goes first and alone, so that nothing is copied twice."""
        if not self._unsent:
            self._unsent = b"".join(self._pending)
            self._pending.clear()
        try:
            sent = self.socket.send(self._unsent)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._break(_lost(error))
            return
        self.bytes_out += sent
        self.waiting -= sent
        if self.tap is not None:
            self.tap("out", bytes(self._unsent[:sent]))
        self._unsent = memoryview(self._unsent)[sent:] if sent < len(self._unsent) else b""

    def _break(self, reason: Exception) -> None:
        """Nothing can be sent any more. What the peer said before that is still there to be read."""
        self._broken = reason
        self._drop_outgoing()
        if self.disconnecting:
            self._end(reason)

    def _drop_outgoing(self) -> None:
        self._pending.clear()
        self._unsent = b""
        self.waiting = 0

    # --- back-pressure

    def register_producer(self, producer: PushProducer, streaming: bool) -> None:
        """Pause `producer` above HIGH_WATER, resume it below LOW_WATER. RuntimeError if there is one."""
        if self._producer is not None:
            raise RuntimeError("there is a producer already: unregister it first")
        if self._ended:
            producer.stop_producing()
            return
        self._producer, self._streaming = producer, streaming
        if not streaming:
            self._resume_producer(producer)

    def unregister_producer(self) -> None:
        """The producer is done; a `lose_connection()` that waited for that goes on."""
        self._producer = None
        self._producer_paused = False
        if self.disconnecting:
            self._flush_soon()

    def _pause_producer(self, producer: PushProducer) -> None:
        if not self._producer_paused:
            self._producer_paused = True
            producer.pause_producing()

    def _resume_producer(self, producer: PushProducer) -> None:
        self._producer_paused = not self._streaming  # a pull producer waits to be asked again
        producer.resume_producing()

    # --- the end

    def lose_connection(self) -> None:
        """Close once everything is sent, and the producer has unregistered."""
        if self.disconnecting:
            return
        self.disconnecting = True
        if self._producer in (self, self.protocol):  # what they produce comes from the peer; no more does
            self.unregister_producer()
        self._flush_soon()

    def abort_connection(self) -> None:
        """Close at once; the kernel throws away what it had not sent yet, and resets the connection."""
        if not self._ended:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
            self._end(ConnectionAborted())

    def on_error(self, error: Exception) -> None:
        """A handler raised: this connection is lost, and that is the reason."""
        self._end(error)

    def shut_down(self) -> None:
        """The reactor stops: send what is owed and close."""
        self.lose_connection()

    def _flush_soon(self) -> None:
        if not (self._flush_is_due or self._ended):
            self._flush_is_due = True
            self.reactor.call_at_turn_end(self.flush)

    def _finish(self) -> None:
        """Everything is sent. Close, unless the peer may still be sending: see Farewell."""
        if self._peer_is_done or (not self.watched and is_drained(self.socket)):
            self._end(ConnectionDone())
        else:
            self._end(ConnectionDone(), close=False)
            Farewell(self.reactor, self.socket)

    def _end(self, reason: Exception, close: bool = True) -> None:
        """The connection is over for us. The protocol hears of it on the next turn."""
        if self._ended:
            return
        self._ended = self.disconnecting = True
        self._reading = False
        self._drop_outgoing()
        self.reactor.forget(self)
        if close:
            self.reactor.close_at_turn_end(self.socket)
        self.reactor.call_soon(self._deliver_loss, reason)

    def _deliver_loss(self, reason: Exception) -> None:
        protocol, self.protocol = self.protocol, NOBODY
        producer, self._producer = self._producer, None
        try:
            if producer is not None:
                producer.stop_producing()
            protocol.connection_lost(reason)
        finally:
            if protocol.session is not None:
                protocol.session.close(str(reason))
            if self.when_lost is not None:
                self.when_lost(reason)


def _lost(error: OSError) -> Exception:
    """The reason for the loss of a connection that failed with `error`."""
    lost = ConnectionLost(f"connection was lost: {error.strerror or error}")
    lost.__cause__ = error
    return lost


def _as_bytes(data: object) -> bytes:
    if isinstance(data, bytearray | memoryview):
        return bytes(data)
    raise TypeError(f"a transport sends bytes, not {type(data).__name__}: encode it first")
