"""LineReceiver: parses the received bytes into lines.

TCP is a stream of bytes: one `send` of the peer can arrive in several pieces, and several can arrive in one.
So a LineReceiver buffers an unfinished line, and calls `line_received` once for each complete one.
"""

import logging
from enum import Enum
from reprlib import repr as short_repr

from core.interfaces import PushProducer, as_bytes
from core.mistakes.checks import check_calls, check_delimiter, no_handler, warn_of_result
from core.mistakes.hints import log_failure
from core.mistakes.table import Mistake, called_at, warn_once
from core.protocols.protocol import Protocol

log = logging.getLogger(__name__)


class ReceiverState(Enum):
    """How a LineReceiver treats its input: it parses lines, passes raw bytes on, or only buffers.

    in state   set_raw_mode   set_line_mode   pause_producing   resume_producing
    LINES      RAW            LINES           PAUSED            LINES
    RAW        RAW            LINES           PAUSED            RAW
    PAUSED     PAUSED         PAUSED          PAUSED            the mode that was set last: LINES or RAW

    discard_input, unless PAUSED: DISCARDING if a handler runs, otherwise the mode that was set last.
    """

    LINES = "lines"  # each complete line goes to line_received
    RAW = "raw"  # the bytes go to raw_data_received as they arrive
    PAUSED = "paused"  # the bytes are buffered
    DISCARDING = "discarding"  # the rest of the chunk is dropped


LINES, RAW, PAUSED, DISCARDING = ReceiverState


class LineReceiver(Protocol, PushProducer):
    r"""A protocol that receives lines, and raw bytes after `set_raw_mode()`.

    A line is bytes without its delimiter. With the delimiter CRLF, a lone LF ends a line too, because `nc`
    and many other programs send only that. ReceiverState has the table of states. A server:

        from core import Factory, LineReceiver, Reactor

        class Shout(LineReceiver):
            def line_received(self, line: bytes) -> None:
                self.send_line(line.upper())

        reactor = Reactor()
        port = reactor.listen_tcp(8002, Factory.for_protocol(Shout))
        print("listening on", port.host)
        reactor.run()
    """

    delimiter = b"\r\n"
    MAX_LENGTH = 16384
    """The longest line in bytes, without its delimiter. A longer one calls `line_length_exceeded`."""

    _handlers: tuple[str, ...] = ("line_received", "raw_data_received", "line_length_exceeded")
    _state = LINES
    _mode = LINES  # LINES or RAW: the state after resume_producing()
    _delivering = False  # a handler is running: data_received must not start a second delivery
    _buffer: bytearray | bytes = b""  # an unfinished line, or input that was not delivered yet
    _searched = 0  # this many bytes at the start of the buffer contain no complete delimiter

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        check_delimiter(cls)
        if cls.line_received is not LineReceiver.line_received:
            parsers = {"data_received", "line_received"}
            check_calls(cls, "data_received", parsers, Mistake.LINES_NOT_CUT, log)

    @property
    def paused(self) -> bool:
        """True between `pause_producing()` and `resume_producing()`."""
        return self._state is PAUSED

    def filter_input(self, data: bytes) -> bytes:
        """Hook: the bytes of a chunk to parse, by default all. Do not combine it with raw mode."""
        return data

    def line_received(self, line: bytes) -> None:
        """Called with each line, without its delimiter. The default raises NotImplementedError."""
        raise NotImplementedError(Mistake.NO_HANDLER.sentence(**no_handler(self, "line_received", line)))

    def raw_data_received(self, data: bytes) -> None:
        """Called with the bytes that arrive in raw mode. The default raises NotImplementedError."""
        raise NotImplementedError(Mistake.NO_HANDLER.sentence(**no_handler(self, "raw_data_received", data)))

    def line_length_exceeded(self, line: bytes) -> None:
        """Called with a line, perhaps unfinished, that is longer than MAX_LENGTH.

        The line and the bytes that arrived with it are discarded. The default closes the connection.
        """
        log.info(
            "%s sent a line longer than %d bytes: closing the connection",
            self.transport.peer,
            self.MAX_LENGTH,
        )
        self.transport.lose_connection()

    def send_line(self, line: bytes) -> None:
        """Send `line` and the delimiter. Raises TypeError for anything but bytes."""
        try:
            ended = line + self.delimiter
        except TypeError:
            ended = as_bytes(line) + self.delimiter  # raises a TypeError that contains a hint
        if line and line[-1] == 10:  # b"\n"
            self._warn_of_line_end(line)
        self.transport.write(ended)

    def _warn_of_line_end(self, line: bytes) -> None:
        if self.delimiter.endswith(b"\n"):
            facts = {"place": called_at(), "line": short_repr(line.rstrip(b"\r\n"))}
            warn_once(log, self.transport, Mistake.LINE_HAS_ITS_END, **facts)

    def set_raw_mode(self) -> None:
        """Deliver the bytes after the current line to `raw_data_received`."""
        self._set_mode(RAW)

    def set_line_mode(self, extra: bytes = b"") -> None:
        """Parse lines again, starting with `extra`: bytes that `raw_data_received` got and did not need."""
        self._set_mode(LINES)
        if extra:
            self._deliver(extra)

    def _set_mode(self, mode: ReceiverState) -> None:
        self._mode = mode
        if self._state is not PAUSED:
            self._state = mode

    def pause_producing(self) -> None:
        """Buffer the input and stop reading. No line is delivered until `resume_producing()`."""
        self._state = PAUSED
        self.transport.pause_producing()

    def resume_producing(self) -> None:
        """Deliver the buffered input, then read again."""
        self._state = self._mode
        self._deliver(b"")
        if self._state is not PAUSED:
            self.transport.resume_producing()

    def pop_lines(self) -> list[bytes]:
        """Remove and return the complete lines that a pause holds back."""
        return self._split(self._pop_buffer())[:-1]

    def discard_input(self) -> None:
        self._pop_buffer()
        if self._state is not PAUSED:
            self._state = DISCARDING if self._delivering else self._mode

    def stop_producing(self) -> None:
        """The consumer of the lines has ended: lose the connection."""
        self.transport.lose_connection()

    def _deliver(self, data: bytes) -> None:
        """Call `data_received`, and abort this connection if a handler raises.

        The transport does that for its own calls. Here the caller may be a timer or another connection.
        """
        try:
            self.data_received(data)
        except Exception as error:
            log_failure(log, error, "a handler failed")
            self.transport.abort_connection()

    def data_received(self, data: bytes) -> None:
        """Call `line_received` for each complete line, and buffer the rest."""
        data = self.filter_input(data)
        if (self._buffer or self._delivering) and not (data := self._with_buffered(data)):
            return
        self._delivering = True
        transport = self.transport
        while data and (state := self._state) is not PAUSED and not transport.disconnecting:
            if state is not LINES:
                data = self._deliver_raw(data) if state is RAW else b""
                continue
            lines = self._split(data)
            unfinished = lines.pop()
            for number, line in enumerate(lines, 1):
                if (result := self.line_received(line)) is not None:  # type: ignore[func-returns-value]
                    warn_of_result(log, self.line_received, result)  # type: ignore[unreachable]
                if self._state is not state or transport.disconnecting:
                    data = data.split(self._separator, number)[number]  # the bytes after this line
                    break
            else:
                data = self._buffer_unfinished(unfinished)
        self._delivering = False
        if data and not transport.disconnecting:
            self._unread(data)

    def _deliver_raw(self, data: bytes) -> bytes:
        """Call `raw_data_received`. Returns the bytes to deliver next, if it called set_line_mode(extra)."""
        if (result := self.raw_data_received(data)) is not None:  # type: ignore[func-returns-value]
            warn_of_result(log, self.raw_data_received, result)  # type: ignore[unreachable]
        return self._pop_buffer()

    @property
    def _separator(self) -> bytes:
        return b"\n" if self.delimiter == b"\r\n" else self.delimiter

    def _split(self, data: bytes) -> list[bytes]:
        """The lines in `data`. The last item is the unfinished line (perhaps empty) or a too long one."""
        lines = data.split(self.delimiter)
        if self.delimiter == b"\r\n" and data.count(b"\n") >= len(lines):  # some LF are alone
            lines = data.replace(b"\r\n", b"\n").split(b"\n")
        return lines if len(data) <= self.MAX_LENGTH else self._up_to_too_long(lines)

    def _up_to_too_long(self, lines: list[bytes]) -> list[bytes]:
        """`lines` up to the first one longer than MAX_LENGTH, which gets its delimiter back."""
        for number, line in enumerate(lines[:-1]):
            if len(line) > self.MAX_LENGTH:
                return [*lines[:number], line + self.delimiter]
        return lines

    def _buffer_unfinished(self, line: bytes) -> bytes:
        """Buffer `line`, unless it is too long already. Returns the bytes to deliver next, if any."""
        if self._buffer:  # a handler called set_line_mode(extra)
            return line + self._pop_buffer()
        if len(line) >= self.MAX_LENGTH + len(
            self.delimiter
        ):  # too long even if it ends with a whole delimiter
            self.line_length_exceeded(line)
        elif line:
            self._unread(line)
            self._searched = len(line)
        return b""

    def _unread(self, data: bytes) -> None:
        """Put `data` back in front of the buffer."""
        self._buffer = bytearray(data) + self._buffer
        self._searched = 0

    def _with_buffered(self, data: bytes) -> bytes:
        """The buffered bytes followed by `data`; b"" if they contain no complete line and stay buffered.

        They also stay if a handler has called set_line_mode(extra): the running delivery continues with them.
        """
        self._buffer += data
        if self._delivering:
            return b""
        if self._searched and self._mode is LINES and len(self._buffer) <= self.MAX_LENGTH:
            start = max(0, self._searched - len(self._separator) + 1)
            if self._buffer.find(self._separator, start) < 0:
                self._searched = len(self._buffer)
                return b""
        return self._pop_buffer()

    def _pop_buffer(self) -> bytes:
        data, self._buffer, self._searched = bytes(self._buffer), b"", 0
        return data
