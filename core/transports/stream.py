"""A connected stream socket: reads bytes for its protocol, gathers its writes, and sends them.

Data that a handler writes to its own connection is sent when the handler returns. Data for other
connections is sent at the end of the turn. In both cases one `send` carries the data of all writes. Sending
in each `write` would cost a system call for each line; waiting until the kernel reports the socket as
writable would cost a turn of the loop.
"""

import logging
import socket
import sys
from collections.abc import Callable

from core.addresses import Address, address_of
from core.errors import ConnectionAborted, ConnectionDone, ConnectionLost
from core.interfaces import HANG_UP, Bytes, Descriptor, PushProducer, ReactorCore, TLSContext, as_bytes
from core.mistakes.checks import warn_of_result
from core.mistakes.hints import log_failure
from core.mistakes.table import program_call
from core.protocols.protocol import Factory
from core.protocols.sessions import Tap
from core.transports.attach import (
    NO_PROTOCOL,
    PEER,
    Connection,
    attach_protocol,
    checked,
    detach_protocol,
    notify_write_lost,
    warn_of_late_write,
)
from core.transports.back_pressure import HIGH_WATER, LOW_WATER, NO_PRODUCER, BackPressure, holds_up_the_end
from core.transports.lingering_close import (
    RECEIVE_SIZE,
    LingeringClose,
    closes_at_once,
    end_sending,
    is_drained,
)
from core.transports.sockets import lost_by, pending_error, reset_on_close
from core.transports.states import (
    BROKEN,
    FINISHING,
    HANDLER,
    KERNEL,
    NOT_SCHEDULED,
    OPEN,
    PAUSED,
    READING,
    RECEIVING_FINISHED,
    SENDING_FINISHED,
    TURN_END,
)

log = logging.getLogger(__name__)

HOLD_BACK = getattr(socket, "MSG_MORE", 0)
"""Flag for the last send: the kernel holds the data back, so that the end of the stream shares its packet."""


class StreamTransport(Descriptor, Connection):
    """One end of a TCP or Unix connection. Its states are in `core/transports/states.py`.

    `disconnecting` is True from `lose_connection` on: received data is dropped, and the connection ends when
    everything is sent. `bytes_in` and `bytes_out` count the bytes that were read and sent.
    `when_lost` is called with the reason, after the protocol's `connection_lost`.
    """

    idle_events = HANG_UP  # a reset is noticed also while this end does not read

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
        self._flush_by = NOT_SCHEDULED
        self._pending: list[bytes] = []  # written, and not yet joined for sending
        self._unsent: bytes | memoryview = b""  # the part of the last send that the kernel did not accept
        self._pressure = NO_PRODUCER
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
            attach_protocol(self, factory)
        except Exception as error:
            log_failure(log, error, "the connection with %s failed to start", self.peer)
            self.on_error(error)
        self.flush()
        self._watch()

    def _watch(self) -> None:
        if not self._has_ended():
            self.reactor.watch(self, self._receiving is READING, self._flush_by is KERNEL)

    # --- receiving

    def on_readable(self) -> None:
        """Read once and pass it to the protocol. Then send what the protocol wrote here, in one piece."""
        if self._receiving is not READING:
            self._check_for_reset()
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
        if self._flush_by is NOT_SCHEDULED:
            self._flush_by = HANDLER  # so that `write` schedules none
            result = self.protocol.data_received(data)  # type: ignore[func-returns-value]
            self.flush()
        else:
            result = self.protocol.data_received(data)  # type: ignore[func-returns-value]
        if result is not None:
            warn_of_result(log, self.protocol.data_received, result)  # type: ignore[unreachable]

    def _on_failed_read(self, error: OSError) -> None:
        if not isinstance(error, BlockingIOError | InterruptedError):
            self._end(lost_by(error))

    def _check_for_reset(self) -> None:
        """The kernel reports a hang-up, but this end does not read: find out whether it is a reset."""
        if (error := pending_error(self.socket)) is not None:
            self._break(lost_by(error))

    def _on_end_of_stream(self) -> None:
        """The peer sends no more. The protocol decides what follows, unless both halves are finished now."""
        notifies = not self.disconnecting
        if self._sending is BROKEN:
            self._end(self._send_error)
            return
        if self._sending is SENDING_FINISHED:
            self._end(ConnectionDone())
        else:
            self._receiving = RECEIVING_FINISHED
            self._ended_by = self._ended_by or PEER
        if notifies:
            self._flush_by = HANDLER  # so that a loss is notified in this turn, before a port accepts
            self.protocol.read_connection_lost()
            self.flush()
        self._watch()

    def pause_producing(self) -> None:
        """Stop reading. The kernel's buffer fills, and then the peer cannot send.

        Does nothing while only the end is read: after `lose_connection` or a failed send.
        """
        if self._receiving is READING and not self.disconnecting and self._sending is not BROKEN:
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
            warn_of_late_write(self, self.protocol, self._ended_by, len(data))
            return
        if self._flush_by is NOT_SCHEDULED:
            self.reactor.call_at_turn_end(self.flush)  # raises RuntimeError in another thread
            self._flush_by = TURN_END
        self._pending.append(data)
        self.waiting += len(data)
        if self.waiting > HIGH_WATER:
            self._pressure.pause()

    def flush(self) -> None:
        """Send the gathered data with one system call. The rest waits until the kernel has room."""
        scheduled, self._flush_by = self._flush_by, NOT_SCHEDULED
        if self.waiting:
            self._send()
        if self._pressure.needs_resume and self.waiting <= LOW_WATER:
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
            sent = self.socket.send(data, HOLD_BACK if self._sending is FINISHING else 0)
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
        """The peer accepts no more. Read what it sent before, also in a pause; if there is nothing, end."""
        if self.disconnecting or self._receiving is RECEIVING_FINISHED or is_drained(self.socket):
            self._end(reason)
            return
        self._sending, self._send_error = BROKEN, reason
        self._drop_pending()
        self.resume_producing()
        notify_write_lost(self)

    def _drop_pending(self) -> None:
        self._pending.clear()
        self._unsent = b""
        self.waiting = 0

    def register_producer(self, producer: PushProducer, streaming: bool) -> None:
        """Pause `producer` above HIGH_WATER, resume it at LOW_WATER. RuntimeError if one is registered."""
        if self._has_ended():
            producer.stop_producing()
            return
        if self._pressure is NO_PRODUCER:
            self._pressure = BackPressure()
        self._pressure.register(producer, streaming)

    def unregister_producer(self) -> None:
        """The producer has no more data. A `lose_connection` that waits for this goes on."""
        self._pressure.unregister()
        if self.disconnecting:
            self.lose_write_connection()

    # --- the end

    def lose_connection(self) -> None:
        """Close once everything is sent, and a producer of its own data has unregistered."""
        if self.disconnecting:
            return
        self._ended_by = self._ended_by or program_call()
        self.disconnecting = True
        self.resume_producing()  # a peer that sends before it reads must not wait for this end
        if self._sending is BROKEN:
            self._end(self._send_error)
        elif self._sending is SENDING_FINISHED:
            self._close()
        elif not holds_up_the_end(self._pressure.producer):
            self.lose_write_connection()

    def shut_down(self) -> None:
        """The reactor stops: as `lose_connection`, of the TLS layer if there is one."""
        (self.layer or self).lose_connection()

    def start_tls(self, context: TLSContext, server_hostname: str | None = None) -> None:
        from core.transports.tls import start_tls  # which imports ssl

        start_tls(self, context, server_hostname)

    def lose_write_connection(self) -> None:
        """Accept no more writes. Once everything is sent, send the end of the stream."""
        if self._sending is OPEN:
            self._ended_by = self._ended_by or program_call()
            if self._flush_by is NOT_SCHEDULED:
                self.reactor.call_at_turn_end(self.flush)
                self._flush_by = TURN_END
            self._sending = FINISHING

    def _finish(self) -> None:
        """Everything is sent: close, or end the sending half only."""
        if self.disconnecting or self._receiving is RECEIVING_FINISHED:
            self._close()
            return
        self._sending = SENDING_FINISHED
        self._watch()
        end_sending(self.socket)
        notify_write_lost(self)

    def _close(self) -> None:
        """End, and close the socket in two steps if the peer may still be sending: see LingeringClose."""
        if self._receiving is RECEIVING_FINISHED or self._is_answered_at_once():
            self._end(ConnectionDone())
        else:
            self._end(ConnectionDone(), close=False)
            LingeringClose(self.reactor, self.socket)

    def _is_answered_at_once(self) -> bool:
        """Never watched, all sent in the first flight, and nothing to read: the peer only has to read."""
        return not (self.watched or self.protocol.lingers) and closes_at_once(self.socket, self.bytes_out)

    def abort_connection(self) -> None:
        """Close at once; the kernel drops what it has not sent, and resets the connection."""
        if not self._has_ended():
            self._ended_by = self._ended_by or program_call()
            reset_on_close(self.socket)
            self._end(ConnectionAborted())

    def on_error(self, error: Exception) -> None:
        """A handler raised: this connection is lost, and `error` is the reason."""
        self._end(error)

    def _has_ended(self) -> bool:
        return self._receiving is RECEIVING_FINISHED and self._sending is SENDING_FINISHED

    def _end(self, reason: Exception, close: bool = True) -> None:
        """End the connection for this side. The protocol is notified by `call_soon`."""
        if self._has_ended():
            return
        self._receiving, self._sending = RECEIVING_FINISHED, SENDING_FINISHED
        self.disconnecting = True
        self._drop_pending()
        if (producer := self._pressure.unregister()) is not None:
            self.reactor.call_soon(producer.stop_producing)
        if self.watched:
            self.reactor.forget(self)
        if close:
            self.reactor.close_at_turn_end(self.socket)
        self.reactor.call_soon(detach_protocol, self, reason)


if sys.flags.dev_mode:  # `python -X dev`; otherwise only a write that schedules a flush checks its thread
    StreamTransport.write = checked(StreamTransport.write)  # type: ignore[assignment, method-assign]
