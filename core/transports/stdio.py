"""Standard input and output as a transport: the keyboard is an event source like a socket.

Input is read only when there is some, so the terminal stays in blocking mode. Non-blocking mode would hold
for the shell too. Input that cannot be waited for (a regular file under epoll, the console of Windows) is
read in a thread, one piece at a time.
"""

import logging
import os
import sys

from core.errors import ConnectionDone
from core.interfaces import Address, Bytes, Descriptor, PushProducer, ReactorCore, Transport, UnixAddress
from core.mistakes.hints import log_failure
from core.protocols.protocol import Protocol
from core.standard_streams import write_all
from core.threads import defer_to_thread
from core.transports.states import Receiving

log = logging.getLogger(__name__)

PIECE = 65536


class StandardIO(Descriptor, Transport):
    """Passes typed input to `protocol`, and prints the data that the protocol writes.

    A write blocks while the terminal accepts no output. This is a shortcut for programs with a single user.
    At the end of the input `connection_lost` is called; writing still works then.
    """

    def __init__(self, protocol: Protocol, reactor: ReactorCore, number: int = 0) -> None:
        self.protocol = protocol
        self.disconnecting = False
        self.waiting = 0
        self._reactor = reactor
        self._number = number
        self._receiving = Receiving.READING
        self._in_thread = False  # this input cannot be waited for
        self._piece_is_due = False  # the thread reads one, or `_kept` is about to be delivered
        self._kept: bytes | None = None  # a piece that the thread has read while paused
        protocol.make_connection(self)
        if number == 0 and sys.stdin is None:  # closed at the start, so that 0 can be any other descriptor
            self._end(ConnectionDone())
        self._watch()

    @property
    def peer(self) -> Address:
        """A terminal has no address: an empty path."""
        return UnixAddress("")

    host = peer

    def fileno(self) -> int:
        return self._number

    def on_readable(self) -> None:
        if self._receiving is Receiving.READING:
            try:
                self._on_piece(os.read(self._number, PIECE))
            except BlockingIOError:
                return
            except OSError as error:  # the terminal is gone
                self._end(error)

    def pause_producing(self) -> None:
        self._set_receiving(Receiving.PAUSED)

    def resume_producing(self) -> None:
        self._set_receiving(Receiving.READING)

    def write(self, data: Bytes) -> None:
        """Print `data` now, after earlier output of `print`. If that fails, the connection ends."""
        if sys.stdout is None:
            return
        try:
            sys.stdout.flush()
            write_all(sys.stdout.fileno(), data)
        except OSError as error:
            self._end(error)

    def lose_connection(self) -> None:
        """Stop reading. Everything that was written has been printed."""
        self._end(ConnectionDone())

    def lose_write_connection(self) -> None:
        """Nothing to do: standard output stays open."""

    abort_connection = lose_connection
    shut_down = lose_connection

    def on_error(self, error: Exception) -> None:
        self._end(error)

    def register_producer(self, producer: PushProducer, streaming: bool) -> None:
        """Nothing to do: printing blocks, so no data ever waits."""

    def unregister_producer(self) -> None:
        """Nothing to do: see `register_producer`."""

    def _set_receiving(self, state: Receiving) -> None:
        if self._receiving is not Receiving.FINISHED:
            self._receiving = state
            self._watch()

    def _watch(self) -> None:
        reading = self._receiving is Receiving.READING
        if self._receiving is Receiving.FINISHED:
            return
        if not self._in_thread:
            try:
                self._reactor.watch(self, reading, False)
            except OSError:
                self._in_thread = True
                self._reactor.watch(self, False, False)  # only so that the reactor calls shut_down
        if self._in_thread and reading and not self._piece_is_due:
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
        if self._receiving is Receiving.PAUSED:
            self._kept = data
            return
        try:
            self._on_piece(data)
        except Exception as error:
            log_failure(log, error, "a handler of %s failed", type(self.protocol).__name__)
            self.on_error(error)
        self._watch()

    def _on_piece(self, data: bytes) -> None:
        if not data:
            self._end(ConnectionDone())
        elif self._receiving is not Receiving.FINISHED:
            self.protocol.data_received(data)

    def _end(self, reason: Exception) -> None:
        if self._receiving is not Receiving.FINISHED:
            self._receiving = Receiving.FINISHED
            self.disconnecting = True
            self._reactor.forget(self)
            self._reactor.call_soon(self.protocol.connection_lost, reason)
