"""The keyboard is an event source like any other: a protocol may have it for a transport.

Only reading when there is something to read, it never needs to make the terminal non-blocking, which would
change it for the shell as well. What cannot be waited for (a regular file under epoll, the console of
Windows) is read in a thread, a piece at a time.
"""

import logging
import os
import sys

from core.errors import ConnectionDone
from core.interfaces import Address, Bytes, Descriptor, PushProducer, ReactorCore, Transport, UnixAddress
from core.protocols.protocol import Protocol
from core.threads import defer_to_thread

log = logging.getLogger(__name__)

PIECE = 65536


class StandardIO(Descriptor, Transport):
    """What is typed comes to `protocol`, and what it writes is printed.

    Printing blocks while the terminal does: a shortcut, for nobody minds waiting for their own screen. At
    the end of the input `connection_lost` is called; writing works even then.
    """

    def __init__(self, protocol: Protocol, reactor: ReactorCore, number: int = 0) -> None:
        self.protocol = protocol
        self.disconnecting = False
        self.waiting = 0
        self._reactor = reactor
        self._number = number
        self._reading = True
        self._in_thread = False  # because this input cannot be waited for
        self._piece_is_due = False  # from a thread
        self._kept: bytes | None = None  # a piece that came from there while paused
        self._ended = False
        protocol.make_connection(self)
        self._watch()

    def __repr__(self) -> str:
        return f"<StandardIO, {'closed' if self._ended else 'open'}>"

    @property
    def peer(self) -> Address:
        """Nobody has an address here."""
        return UnixAddress("")

    host = peer

    def fileno(self) -> int:
        """The input's descriptor."""
        return self._number

    def on_readable(self) -> None:
        """Read what was typed; as a rule that is a line."""
        if self._reading:
            try:
                self._on_piece(os.read(self._number, PIECE))
            except BlockingIOError:
                return
            except OSError as error:  # the terminal is gone
                self._end(error)

    def pause_producing(self) -> None:
        """Leave what is typed where it is."""
        self._reading = False
        self._watch()

    def resume_producing(self) -> None:
        """Read again."""
        self._reading = True
        self._watch()

    def write(self, data: Bytes) -> None:
        """Print it now, behind what the program printed otherwise. If nobody reads it, that is the end."""
        try:
            sys.stdout.flush()
            left = memoryview(data)
            while left:
                left = left[os.write(sys.stdout.fileno(), left) :]
        except OSError as error:
            self._end(error)

    def lose_connection(self) -> None:
        """Read no more."""
        self._end(ConnectionDone())

    def lose_write_connection(self) -> None:
        """Nobody waits for the end of what is printed."""

    abort_connection = lose_connection
    shut_down = lose_connection

    def on_error(self, error: Exception) -> None:
        """A handler raised: read no more."""
        self._end(error)

    def register_producer(self, producer: PushProducer, streaming: bool) -> None:
        """Printing blocks, so that there is never more than a producer should give."""

    def unregister_producer(self) -> None:
        """As above."""

    def _watch(self) -> None:
        if self._ended:
            return
        if not self._in_thread:
            try:
                self._reactor.watch(self, self._reading, False)
            except OSError:
                self._in_thread = True
                self._reactor.watch(self, False, False)  # for nothing but the reactor's stop
        if self._in_thread and self._reading and not self._piece_is_due:
            self._piece_is_due = True
            self._fetch()

    def _fetch(self) -> None:
        kept, self._kept = self._kept, None
        if kept is None:
            read = defer_to_thread(self._reactor, os.read, self._number, PIECE)
            read.add_callbacks(self._on_fetched, self._end)
        else:
            self._reactor.call_soon(self._on_fetched, kept)

    def _on_fetched(self, data: bytes) -> None:
        self._piece_is_due = False
        if not self._reading:
            self._kept = data
            return
        try:
            self._on_piece(data)
        except Exception as error:
            log.exception("a handler failed")
            self.on_error(error)
        self._watch()

    def _on_piece(self, data: bytes) -> None:
        if not data:
            self._end(ConnectionDone())
        elif not self._ended:
            self.protocol.data_received(data)

    def _end(self, reason: Exception) -> None:
        if not self._ended:
            self._ended = self.disconnecting = True
            self._reactor.forget(self)
            self._reactor.call_soon(self.protocol.connection_lost, reason)
