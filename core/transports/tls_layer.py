"""TLS on any stream transport (RFC 8446, RFC 5246): below it is a protocol, above it is a transport.

    the socket  →  StreamTransport  →  TLSLayer.data_received  →  your protocol's data_received
    the socket  ←  StreamTransport  ←  TLSLayer.write          ←  your protocol

The layer gives encrypted bytes to OpenSSL, and takes plain ones from it, in memory. So all the rest (the
transport below, the reactor, the sessions) is the same as without TLS.

Without a close_notify the end of the stream can be an attack that cuts it off, so it counts as a lost
connection. That alert is the half-close, too.
"""

import logging
import ssl
from abc import abstractmethod

from core.addresses import with_kind
from core.errors import ConnectionLost, TLSError
from core.interfaces import Address, Bytes, PushProducer, ReactorCore, as_bytes
from core.mistakes.hints import log_failure
from core.mistakes.table import program_call
from core.protocols.protocol import Protocol
from core.timers import cancel_if_active
from core.transports.attach import NO_PROTOCOL, PEER, Connection, detach_protocol, warn_of_late_write
from core.transports.back_pressure import holds_up_the_end
from core.transports.states import (
    ENDED,
    FINISHING,
    HANDSHAKE,
    NOT_SCHEDULED,
    OPEN,
    PAUSED,
    READING,
    RECEIVING_FINISHED,
    SECURE,
    SENDING_FINISHED,
    TURN_END,
)
from core.transports.tls_engine import RECORD, TLSEngine

log = logging.getLogger(__name__)

HANDSHAKE_TIMEOUT = 60.0
"""Seconds that a handshake may take."""


class TLSLayer(Protocol, Connection):
    """The protocol of the transport below, and the transport of the protocol above.

    A subclass says when the protocol above is built and begins. One that has begun is notified of the end;
    `reason` is why the connection has ended. `server_hostname` is None at the server's end.
    """

    lingers = True
    has_begun = False

    def __init__(self, reactor: ReactorCore, context: ssl.SSLContext, server_hostname: str | None) -> None:
        self.reactor = reactor
        self.protocol = NO_PROTOCOL
        self.disconnecting = False
        self.bytes_in = self.bytes_out = 0
        self.tap = self.when_lost = None
        self.reason: Exception | None = None
        self._engine = TLSEngine(context, server_hostname)
        self._phase = HANDSHAKE
        self._receiving = READING
        self._sending = OPEN
        self._flush_by = NOT_SCHEDULED
        self._received: list[bytes] = []  # decrypted, and not delivered yet
        self._gathered: list[bytes] = []  # written, and not encrypted yet
        self._size = 0  # of the gathered bytes
        self._producer: PushProducer | None = None
        self._ended_by = ""

    @property
    def peer(self) -> Address:
        """The address of the other end."""
        return with_kind(self.transport.peer, "tls")

    @property
    def host(self) -> Address:
        """The address of this end."""
        return with_kind(self.transport.host, "tls")

    @property
    def waiting(self) -> int:  # type: ignore[override]  # nothing sets it
        """The number of bytes that wait to be sent, some of them encrypted."""
        return self._size + self.transport.waiting

    # --- the handshake

    def connection_made(self) -> None:
        """Begin the handshake on the transport below."""
        self.active_at = self.reactor.turned_at
        self.transport.layer = self
        late = TLSError(f"no TLS handshake within {HANDSHAKE_TIMEOUT:g} seconds")
        self._timeout = self.reactor.call_later(HANDSHAKE_TIMEOUT, self._fail, late)
        self.prepare()
        self._show_security("TLS handshake")
        if not self.disconnecting:  # a factory that builds no protocol has closed this
            self._continue_handshake()

    def prepare(self) -> None:
        """Hook: called before the handshake."""

    @abstractmethod
    def begin(self) -> None:
        """Hook: called when the handshake is complete."""

    def _continue_handshake(self) -> None:
        result = self._engine.do_handshake()
        if isinstance(result, TLSError):
            self._fail(result)
            return
        self._send_encrypted()
        if result:
            self._on_secure()

    def _on_secure(self) -> None:
        self._timeout.cancel()
        self._phase = SECURE
        self._show_security(self._engine.security)
        self.has_begun = True
        self.begin()
        if self._producer is not None:
            self._producer.resume_producing()
        if self._receiving is PAUSED:
            self.transport.pause_producing()
        self._flush()

    def _show_security(self, text: str) -> None:
        if (session := self.protocol.session) is not None:
            session.security = text
            session.report(session.reported, session.user)

    # --- receiving

    def data_received(self, data: bytes) -> None:
        """Decrypt, and pass everything that is plain to the protocol above, in one piece."""
        self.active_at = self.reactor.turned_at
        if self._receiving is RECEIVING_FINISHED:  # after its close_notify the peer may send nothing
            return
        self._engine.receive(data)
        if self._phase is HANDSHAKE:
            self._continue_handshake()
        if self._phase is SECURE:
            failure = self._engine.decrypt(self._received)
            self._send_encrypted()  # perhaps the refusal of a renegotiation
            if failure is not None:
                self._phase = ENDED  # later bytes cannot be encrypted
            self._deliver()
            if failure is not None:
                self._fail(failure)
            self._flush()

    def _deliver(self) -> None:
        if self._receiving is not READING or not self._received:
            return
        has_ended = not self._received[-1]
        data = b"".join(self._received)
        self._received.clear()
        self.bytes_in += len(data)
        if data and self.tap is not None:
            self.tap("in", data)
        if data and not self.disconnecting:
            self.protocol.data_received(data)
        if has_ended:
            self._deliver_end()

    def _deliver_end(self) -> None:
        if self._receiving is PAUSED:  # the handler of the data has paused
            self._received.append(b"")
        elif self._receiving is READING:
            self._receiving = RECEIVING_FINISHED
            self._ended_by = self._ended_by or PEER
            notifies = not self.disconnecting
            if self._sending is SENDING_FINISHED:
                self.transport.lose_connection()
            if notifies:
                self.protocol.read_connection_lost()

    def read_connection_lost(self) -> None:
        """The stream below has ended. That is a loss, unless a close_notify came before it."""
        if self._phase is HANDSHAKE:
            self._fail(TLSError("the other end closed the connection during the TLS handshake"))
        elif self._receiving is not RECEIVING_FINISHED and self._received[-1:] != [b""]:
            self._fail(ConnectionLost("the connection ended without the end of TLS: data may be missing"))

    def pause_producing(self) -> None:
        """Stop reading, also on the transport below."""
        if self._receiving is READING and not self.disconnecting:
            self._receiving = PAUSED
            if self._phase is SECURE:
                self.transport.pause_producing()

    def resume_producing(self) -> None:
        """Read again after a pause. Data that was decrypted before is delivered first, on the next turn."""
        if self._receiving is PAUSED:
            self._receiving = READING
            if self._received:
                self.reactor.call_soon(self._deliver_held)
            self.transport.resume_producing()

    def _deliver_held(self) -> None:
        try:
            self._deliver()
        except Exception as error:
            log_failure(log, error, "a handler failed")
            self.on_error(error)

    # --- sending

    def write(self, data: Bytes) -> None:
        """Gather `data` for the next flush. TypeError for anything but bytes."""
        if not isinstance(data, bytes):
            data = as_bytes(data)
        if self._sending is not OPEN:
            warn_of_late_write(self, self.protocol, self._ended_by, len(data))
            return
        self._schedule_flush()
        self._gathered.append(data)
        self._size += len(data)
        if self._size >= RECORD and self._phase is SECURE:
            self._encrypt()  # the transport below has to see it, for its back-pressure

    def _schedule_flush(self) -> None:
        if self._flush_by is NOT_SCHEDULED:
            self.reactor.call_at_turn_end(self._flush)  # raises RuntimeError in another thread
            self._flush_by = TURN_END

    def _flush(self) -> None:
        """Encrypt what was gathered, and pass it to the transport below; then the end, if it is due."""
        self._flush_by = NOT_SCHEDULED
        if self._phase is not SECURE:
            return
        if self._size:
            self._encrypt()
        if self._sending is FINISHING:
            self._send_end()

    def _encrypt(self) -> None:
        data = b"".join(self._gathered)
        self._gathered.clear()
        self._size = 0
        if self.tap is not None:
            self.tap("out", data)
        self.bytes_out += len(data)
        self._engine.encrypt(data)
        self._send_encrypted()

    def _send_encrypted(self) -> None:
        if output := self._engine.take_output():
            self.transport.write(output)

    def register_producer(self, producer: PushProducer, streaming: bool) -> None:
        """As that of the transport below. During the handshake a push producer is paused."""
        self.transport.register_producer(producer, streaming)
        self._producer = producer
        if self._phase is HANDSHAKE and streaming:
            producer.pause_producing()

    def unregister_producer(self) -> None:
        """The producer has no more data. A `lose_connection` that waits for this goes on."""
        self._producer = None
        self.transport.unregister_producer()
        if self.disconnecting:
            self.lose_write_connection()

    def write_connection_lost(self) -> None:
        """No more can be sent below: after `lose_write_connection`, or because a send has failed."""
        if not self.disconnecting:
            self.protocol.write_connection_lost()

    # --- the end

    def lose_connection(self) -> None:
        """Close once everything is sent, and a producer of its own data has unregistered."""
        if self.disconnecting:
            return
        self._ended_by = self._ended_by or program_call()
        self.disconnecting = True
        self.resume_producing()
        holds_up = holds_up_the_end(self._producer)
        begins = self._phase is HANDSHAKE and not (self._size or holds_up)
        if self._sending is SENDING_FINISHED or begins:
            self.transport.lose_connection()
        elif not holds_up:
            self.lose_write_connection()

    def lose_write_connection(self) -> None:
        """Accept no more writes. Once everything is sent, send the close_notify and the end of the stream."""
        if self._sending is OPEN:
            self._ended_by = self._ended_by or program_call()
            self._schedule_flush()
            self._sending = FINISHING

    def _send_end(self) -> None:
        self._sending = SENDING_FINISHED
        if (failure := self._engine.decrypt(self._received)) is not None:
            self._fail(failure)
            return
        self._engine.end()
        self._send_encrypted()
        if self.disconnecting or self._receiving is RECEIVING_FINISHED:
            self.transport.lose_connection()
        else:
            self.transport.lose_write_connection()

    def abort_connection(self) -> None:
        """Close at once, and drop the data that is not sent yet."""
        self._ended_by = self._ended_by or program_call()
        self.disconnecting = True
        self.transport.abort_connection()

    def on_error(self, error: Exception) -> None:
        """A handler raised: this connection is lost, and `error` is the reason."""
        self.reason = self.reason or error
        self.transport.abort_connection()

    def _fail(self, reason: Exception) -> None:
        """End the connection because of `reason`; the alert that OpenSSL made for it goes out first."""
        self.reason = self.reason or reason
        self._phase, self._sending = ENDED, SENDING_FINISHED
        self._send_encrypted()
        producer, self._producer = self._producer, None
        if producer is not None:  # the transport below would wait for it
            self.transport.unregister_producer()
            self.reactor.call_soon(producer.stop_producing)
        self.transport.lose_connection()

    def connection_lost(self, reason: Exception) -> None:
        """The connection below has ended: notify the protocol above, if it has begun."""
        cancel_if_active(self._timeout)
        self.transport.layer = None
        self.reason = self.reason or reason
        if self._received and not self.disconnecting:  # they were decrypted during a pause
            self._receiving = READING
            self._deliver_held()
        self._phase, self._receiving, self._sending = ENDED, RECEIVING_FINISHED, SENDING_FINISHED
        self.disconnecting = True
        self._gathered.clear()
        self._size = 0
        if self.has_begun:
            detach_protocol(self, self.reason)
        elif self.protocol.session is not None:
            self.protocol.session.close(str(self.reason))
