"""A connected socket: bytes come up from it to a protocol, and what is written is gathered before it goes.

What a handler writes to its own connection is sent when the handler returns; what it writes to others, at
the end of the turn. Either way one `send` carries it all, however many lines it was. Sending at once costs
a system call a line, and waiting until the kernel says that there is room costs a turn; this costs neither.
"""

import socket
from collections.abc import Iterable
from contextlib import suppress

from core.errors import ConnectionDone
from core.interfaces import WRITE, Bytes, PushProducer, ReactorCore, as_bytes
from core.protocols.protocol import Factory
from core.transports.back_pressure import HIGH_WATER, LOW_WATER, BackPressure
from core.transports.connection import Connection, lost_by
from core.transports.lingering_close import RECEIVE_SIZE, LingeringClose, is_drained

FIRST_FLIGHT = 14600
"""Bytes that a new connection sends without waiting for an answer (RFC 6928)."""

LAST = getattr(socket, "MSG_MORE", 0)
"""Has the kernel wait with what is sent last, so that the end of the stream goes in the same packet."""


class StreamTransport(Connection):
    """One end of a TCP or Unix connection."""

    __slots__ = (
        "_pending",
        "_unsent",
        "_flush_is_due",
        "_takes_writes",
        "_reading",
        "_peer_is_done",
        "_broken",
        "_pressure",
    )

    def __init__(self, reactor: ReactorCore, sock: socket.socket, peer_name: object) -> None:
        super().__init__(reactor, sock, peer_name)
        self._pending: list[bytes] = []  # written, and not yet joined for sending
        self._unsent: bytes | memoryview = b""  # what the kernel did not take of the last send
        self._flush_is_due = False  # whoever sets this has seen to it that `flush` will be called
        self._takes_writes = True
        self._reading = True
        self._peer_is_done = False
        self._broken: Exception | None = None  # why nothing can be sent any more
        self._pressure: BackPressure | None = None

    def start(self, factory: Factory) -> None:
        """Have `factory` build the protocol, introduce them, and begin to read.

        A connection that is answered and closed at once is never registered with the kernel at all.
        """
        self._flush_is_due = True
        self.introduce(factory)
        self.flush()
        if not self._ended:
            self._watch(writing=self._flush_is_due)

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
            self._end(lost_by(error))
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
        if self._flush_is_due:  # somebody else will: at the turn's end, or when the kernel has room
            self.protocol.data_received(data)
            return
        self._flush_is_due = True  # we shall, right below: `write` need not arrange for it
        self.protocol.data_received(data)
        self.flush()

    def _on_end_of_stream(self) -> None:
        """The peer sends no more. What it is owed still goes out, then this side closes too."""
        self._peer_is_done = True
        self.pause_producing()
        if self._broken is not None:
            self._end(self._broken)
        else:
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
            data = as_bytes(data)
        if not self._takes_writes:
            return
        self._pending.append(data)
        self.waiting += len(data)
        if not self._flush_is_due:
            self._flush_is_due = True
            self.reactor.call_at_turn_end(self.flush)
        if self._pressure is not None and self.waiting > HIGH_WATER:
            self._pressure.pause()

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
        pressure = self._pressure
        if pressure is not None and pressure.waits and self.waiting <= LOW_WATER:
            pressure.resume_soon()
        if self.waiting:
            self._flush_is_due = True
            self._watch(writing=True)
        elif not self._takes_writes:
            self._finish()
        elif self.watched & WRITE:
            self._watch(writing=False)

    on_writable = flush

    def _send(self) -> None:
        """One send. The rest of an earlier one goes first and alone, so that nothing is copied twice."""
        data = self._unsent
        if not data:
            data = self._unsent = b"".join(self._pending)
            self._pending.clear()
        try:
            sent = self.socket.send(data, 0 if self._takes_writes else LAST)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._break(lost_by(error))
            return
        self._unsent = memoryview(data)[sent:] if sent < len(data) else b""
        self.bytes_out += sent
        self.waiting -= sent
        if self.tap is not None:
            self.tap("out", bytes(data[:sent]))

    def _break(self, reason: Exception) -> None:
        """Nothing can be sent any more. What the peer said before that is still there to be read."""
        self._broken = self._broken or reason
        self._drop_outgoing()
        if self.disconnecting:
            self._end(self._broken)

    def _drop_outgoing(self) -> None:
        self._pending.clear()
        self._unsent = b""
        self.waiting = 0

    def register_producer(self, producer: PushProducer, streaming: bool) -> None:
        """Pause `producer` above HIGH_WATER, resume it below LOW_WATER. RuntimeError if there is one."""
        if self._pressure is not None:
            raise RuntimeError("there is a producer already: unregister it first")
        if self._ended:
            producer.stop_producing()
            return
        self._pressure = BackPressure(self, producer, streaming)
        if not streaming:
            producer.resume_producing()

    def unregister_producer(self) -> None:
        """The producer is done; a `lose_connection()` that waited for that goes on."""
        if self._pressure is not None:
            self._pressure.release()
            self._pressure = None
        if self.disconnecting:
            self.lose_write_connection()

    # --- the end

    def lose_connection(self) -> None:
        """Close once everything is sent, and the producer has unregistered."""
        if self.disconnecting:
            return
        self.disconnecting = True
        pressure = self._pressure
        if pressure is not None and pressure.producer in (self, self.protocol):
            self.unregister_producer()  # what they produce comes from the peer, and no more does
        elif pressure is None:
            self.lose_write_connection()

    def lose_write_connection(self) -> None:
        """Take no more; once everything is sent, let the peer read the end of the stream."""
        self._takes_writes = False
        if not (self._flush_is_due or self._ended):
            self._flush_is_due = True
            self.reactor.call_at_turn_end(self.flush)

    def _finish(self) -> None:
        """Everything is sent. Close, unless the peer may still be sending: see LingeringClose."""
        if not self.disconnecting:
            self._watch(writing=False)
            with suppress(OSError):  # the peer was faster
                self.socket.shutdown(socket.SHUT_WR)
        elif self._broken is not None:
            self._end(self._broken)
        elif self._peer_is_done or self._is_answered_at_once():
            self._end(ConnectionDone())
        else:
            self._end(ConnectionDone(), close=False)
            LingeringClose(self.reactor, self.socket)

    def _is_answered_at_once(self) -> bool:
        """It was never watched; all that was said to the peer is on its way, and there is nothing to read."""
        return not self.watched and self.bytes_out <= FIRST_FLIGHT and is_drained(self.socket)

    def _end(self, reason: Exception, close: bool = True) -> None:
        self._reading = self._takes_writes = False
        self._drop_outgoing()
        if self._pressure is not None:
            self._pressure.release()
            self.reactor.call_soon(self._pressure.producer.stop_producing)
            self._pressure = None
        super()._end(reason, close)
