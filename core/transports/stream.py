"""A connected stream socket: reads bytes for its protocol, and gathers what is written before it sends.

Data that a handler writes to its own connection is sent when the handler returns. Data for other
connections is sent at the end of the turn. Either way one `send` carries it all, however many writes it was.
To send in each `write` would cost a system call for each line; to wait until the kernel reports room would
cost a turn.
"""

import logging
import socket
import sys
from collections.abc import Callable
from contextlib import suppress

from core.addresses import Address, address_of
from core.errors import ConnectionAborted, ConnectionDone, ConnectionLost
from core.interfaces import Bytes, Descriptor, PushProducer, ReactorCore, Transport, as_bytes
from core.mistakes import Mistake, add_hint, called_at, defined_at, program_calls, say_ignored, say_once
from core.protocols.protocol import Factory, Protocol
from core.protocols.sessions import Tap
from core.transports.back_pressure import HIGH_WATER, LOW_WATER, BackPressure
from core.transports.lingering_close import RECEIVE_SIZE, LingeringClose, is_drained
from core.transports.sockets import lost_by, reset_on_close
from core.transports.states import (
    BROKEN,
    FINISHING,
    HANDLER,
    KERNEL,
    NONE,
    OPEN,
    PAUSED,
    READING,
    RECEIVING_FINISHED,
    SENDING_FINISHED,
    TURN_END,
)

log = logging.getLogger(__name__)

FIRST_FLIGHT = 14600
"""Bytes that a new connection sends without waiting for an acknowledgement (RFC 6928)."""

LAST = getattr(socket, "MSG_MORE", 0)
"""Flag for the last send: the kernel holds the data back, so that the end of the stream shares its packet."""

DEV_MODE = sys.flags.dev_mode
"""With `python -X dev` each write checks its thread. Otherwise only a write that schedules a flush does."""

PEER = "the peer's end of stream"

NO_PROTOCOL = Protocol()
"""Takes the calls while there is no protocol, and does nothing: no call needs a test for None."""


class StreamTransport(Descriptor, Transport):
    """One end of a TCP or Unix connection. Its states are in `core/transports/states.py`.

    `disconnecting` begins with `lose_connection`: from then on received data is dropped, and the connection
    ends when everything is sent. `bytes_in` and `bytes_out` count the bytes that were read and sent.
    `when_lost` is called with the reason, after the protocol's `connection_lost`.
    """

    _send_error: ConnectionLost
    """Why sending is BROKEN; set only then."""

    def __init__(self, reactor: ReactorCore, sock: socket.socket, peer_name: object) -> None:
        self.reactor = reactor
        self.socket = sock
        self.protocol = NO_PROTOCOL
        self.disconnecting = False
        self.waiting = self.bytes_in = self.bytes_out = 0
        self.active_at = reactor.turned_at
        self.tap: Tap | None = None
        self.when_lost: Callable[[Exception], None] | None = None
        self._peer_name = peer_name
        self._receiving = READING
        self._sending = OPEN
        self._flush_by = NONE
        self._pending: list[bytes] = []  # written, and not yet joined for sending
        self._unsent: bytes | memoryview = b""  # the part of the last send that the kernel did not accept
        self._pressure = BackPressure()
        self._ended_by = ""  # the call of the program that ended the writing, or PEER

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

    def __repr__(self) -> str:
        return f"<StreamTransport with {self.peer}, in: {self._receiving.value}, out: {self._sending.value}>"

    # --- the beginning

    def start(self, factory: Factory) -> None:
        """Have `factory` build the protocol, connect the two, and begin to read; close if it builds none.

        A connection that is answered and closed at once is never registered with the kernel.
        """
        self._flush_by = HANDLER
        try:
            self._attach_protocol(factory)
        except Exception as error:
            add_hint(error)
            log.exception("the connection with %s failed to start", self.peer)
            self.on_error(error)
        self.flush()
        if self._receiving is not RECEIVING_FINISHED:  # not closed already
            self._watch()

    def _attach_protocol(self, factory: Factory) -> None:
        protocol = factory.build_protocol(self.peer)
        if protocol is None:
            made: Factory = getattr(factory, "__wrapped__", factory)  # a LimitedFactory wraps another
            place = defined_at(made.build_protocol)
            say_once(log, type(made), Mistake.NO_PROTOCOL_BUILT, place=place, peer=self.peer)
            self.lose_connection()
            return
        self.protocol = protocol
        if factory.sessions is not None:
            protocol.session = factory.sessions.open(factory.service, self)
            protocol.session.on_kick = protocol.on_kick
        protocol.make_connection(self)

    def _watch(self) -> None:
        self.reactor.watch(self, self._receiving is READING, self._flush_by is KERNEL)

    # --- receiving

    def on_readable(self) -> None:
        """Read once and pass it to the protocol. Then send what the protocol wrote here, in one piece."""
        if self._receiving is not READING:
            return
        try:
            data = self.socket.recv(RECEIVE_SIZE)
        except OSError as error:
            self._on_failed_read(error)
            return
        if not data:
            self._on_end_of_stream()
            return
        self.bytes_in += len(data)
        self.active_at = self.reactor.turned_at
        if self.tap is not None:
            self.tap("in", data)
        if self.disconnecting:  # read only to find the end of the stream
            return
        handler: Callable[[bytes], object] = self.protocol.data_received
        if self._flush_by is NONE:
            self._flush_by = HANDLER  # so that `write` schedules none
            result = handler(data)
            self.flush()
        else:
            result = handler(data)
        if result is not None:
            say_ignored(log, handler, result)

    def _on_failed_read(self, error: OSError) -> None:
        if not isinstance(error, BlockingIOError | InterruptedError):
            self._end(lost_by(error))

    def _on_end_of_stream(self) -> None:
        """The peer sends no more. Send what is waiting, then close."""
        if self._sending is BROKEN:
            self._end(self._send_error)
        elif self._sending is SENDING_FINISHED:
            self._end(ConnectionDone())
        else:
            self._receiving = RECEIVING_FINISHED
            self._ended_by = self._ended_by or PEER
            self._watch()
            self.lose_connection()

    def pause_producing(self) -> None:
        """Stop reading. The kernel's buffer fills, and then the peer cannot send."""
        if self._receiving is READING:
            self._receiving = PAUSED
            self._watch()

    def resume_producing(self) -> None:
        """Read again after a pause."""
        if self._receiving is PAUSED:
            self._receiving = READING
            self._watch()

    # --- sending

    def write(self, data: Bytes) -> None:
        """Gather `data` for the next flush. TypeError for anything but bytes."""
        if not isinstance(data, bytes):
            data = as_bytes(data)
        if self._sending is not OPEN:
            self._on_late_write(len(data))
            return
        if self._flush_by is NONE:
            self.reactor.call_at_turn_end(self.flush)  # raises RuntimeError in another thread
            self._flush_by = TURN_END
        elif DEV_MODE:
            self.reactor.check_thread()
        self._pending.append(data)
        self.waiting += len(data)
        if self.waiting > HIGH_WATER:
            self._pressure.pause()

    def _on_late_write(self, count: int) -> None:
        """Warn once, unless the connection has just ended and the protocol is about to be notified."""
        if count and (self.protocol is NO_PROTOCOL or self._ended_by not in ("", PEER)):
            mistake = Mistake.ANSWER_AFTER_END if self._ended_by is PEER else Mistake.WRITE_AFTER_CLOSE
            ended = self._ended_by or "the end of the connection"
            say_once(log, self, mistake, place=called_at(), count=count, ended=ended)

    def flush(self) -> None:
        """Send what was gathered, with one system call; the rest waits until the kernel has room."""
        scheduled, self._flush_by = self._flush_by, NONE
        if self.waiting:
            self._send()
        if self._pressure.waits and self.waiting <= LOW_WATER:
            self._pressure.resume_soon(self)
        if self.waiting:
            self._flush_by = KERNEL
            self._watch()
        elif self._sending is FINISHING:
            self._finish()
        elif scheduled is KERNEL:
            self._watch()

    on_writable = flush

    def _send(self) -> None:
        """Send once. The rest of an earlier send goes first and alone, so that no byte is copied twice."""
        data = self._unsent
        if not data:
            data = self._unsent = b"".join(self._pending)
            self._pending.clear()
        try:
            sent = self.socket.send(data, LAST if self._sending is FINISHING else 0)
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

    def _break(self, reason: ConnectionLost) -> None:
        """A send failed. Data that the peer sent before can still be read, unless it would be dropped."""
        if self.disconnecting:
            self._end(reason)
        else:
            self._sending, self._send_error = BROKEN, reason
            self._drop_pending()

    def _drop_pending(self) -> None:
        self._pending.clear()
        self._unsent = b""
        self.waiting = 0

    def register_producer(self, producer: PushProducer, streaming: bool) -> None:
        """Pause `producer` above HIGH_WATER, resume it at LOW_WATER. RuntimeError if one is registered."""
        if self._has_ended():
            producer.stop_producing()
        else:
            self._pressure.register(producer, streaming)

    def unregister_producer(self) -> None:
        """The producer has no more data. A `lose_connection` that waits for this goes on."""
        self._pressure.unregister()
        if self.disconnecting:
            self.lose_write_connection()

    # --- the end

    def lose_connection(self) -> None:
        """Close once everything is sent, and the producer has unregistered."""
        if self.disconnecting:
            return
        if not self._ended_by and program_calls():
            self._ended_by = "lose_connection()"
        self.disconnecting = True
        producer = self._pressure.producer
        if self._sending is BROKEN:
            self._end(self._send_error)
        elif self._sending is SENDING_FINISHED:
            self._close()
        elif producer in (None, self, self.protocol):
            self.unregister_producer()  # these two produce what the peer sends, which is dropped from now on

    shut_down = lose_connection

    def lose_write_connection(self) -> None:
        """Accept no more writes. Once everything is sent, send the end of the stream."""
        if self._sending is OPEN:
            if self._flush_by is NONE:
                self.reactor.call_at_turn_end(self.flush)
                self._flush_by = TURN_END
            self._sending = FINISHING

    def _finish(self) -> None:
        """Everything is sent: close, or end the sending half only."""
        if self.disconnecting:
            self._close()
            return
        self._sending = SENDING_FINISHED
        self._watch()
        with suppress(OSError):  # the peer has reset the connection
            self.socket.shutdown(socket.SHUT_WR)

    def _close(self) -> None:
        """End, and close the socket in two steps if the peer may still be sending: see LingeringClose."""
        if self._receiving is RECEIVING_FINISHED or self._is_answered_at_once():
            self._end(ConnectionDone())
        else:
            self._end(ConnectionDone(), close=False)
            LingeringClose(self.reactor, self.socket)

    def _is_answered_at_once(self) -> bool:
        """Never watched, all sent in the first flight, and nothing to read: closing at once loses nothing."""
        return not self.watched and self.bytes_out <= FIRST_FLIGHT and is_drained(self.socket)

    def abort_connection(self) -> None:
        """Close at once; the kernel drops what it has not sent, and resets the connection."""
        if not self._has_ended():
            reset_on_close(self.socket)
            self._end(ConnectionAborted())

    def on_error(self, error: Exception) -> None:
        """A handler raised: this connection is lost, and `error` is the reason."""
        self._end(error)

    def _has_ended(self) -> bool:
        return self._receiving is RECEIVING_FINISHED and self._sending is SENDING_FINISHED

    def _end(self, reason: Exception, close: bool = True) -> None:
        """End the connection for this side. The protocol is notified on the next turn."""
        if self._has_ended():
            return
        self._receiving, self._sending = RECEIVING_FINISHED, SENDING_FINISHED
        self.disconnecting = True
        self._drop_pending()
        if (producer := self._pressure.unregister()) is not None:
            self.reactor.call_soon(producer.stop_producing)
        self.reactor.forget(self)
        if close:
            self.reactor.close_at_turn_end(self.socket)
        self.reactor.call_soon(self._deliver_loss, reason)

    def _deliver_loss(self, reason: Exception) -> None:
        protocol, self.protocol = self.protocol, NO_PROTOCOL
        try:
            protocol.connection_lost(reason)
        finally:
            if protocol.session is not None:
                protocol.session.close(str(reason))
            if self.when_lost is not None:
                self.when_lost(reason)
