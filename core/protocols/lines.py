"""Bytes come in whatever pieces the network makes of them; lines come whole.

The rule that everyone learns the hard way: one `send` at the other end is not one `data_received` at this
one. So a LineReceiver keeps what is not a whole line yet, and hands on what is.
"""

import logging
from enum import Enum

from core.interfaces import PushProducer, as_bytes
from core.protocols.protocol import Protocol

log = logging.getLogger(__name__)


class Mode(Enum):
    """What the bytes that come are taken for."""

    LINES = "lines"
    RAW = "raw"


class LineReceiver(Protocol, PushProducer):
    """A protocol that is spoken in lines, and for some stretches perhaps in raw bytes.

    With the delimiter CRLF a lone LF ends a line as well, since `nc` and many programs send just that.
    """

    delimiter = b"\r\n"
    MAX_LENGTH = 16384
    """The longest line in bytes, without its delimiter."""

    _mode = Mode.LINES
    _paused = False  # what comes is kept
    _interrupted = False  # a handler has paused, or changed the mode: the lines behind its own have to wait
    _delivering = False  # a handler is at work: what it gives back joins the rest
    _rest: bytearray | bytes = b""  # what came and was not handed on: no whole line yet, or one that waits
    _searched = 0  # bytes of the rest that are known to end no line

    def line_received(self, line: bytes) -> None:
        """One whole line came, without its delimiter."""

    def raw_data_received(self, data: bytes) -> None:
        """Some bytes came while in raw mode."""

    def line_length_exceeded(self, line: bytes) -> None:
        """`line`, perhaps not ended yet, is over MAX_LENGTH; it and what came with it are dropped.

        By default that is the end of the connection.
        """
        log.info("%s sent a line of over %d bytes, and is let go", self.transport.peer, self.MAX_LENGTH)
        self.transport.lose_connection()

    def send_line(self, line: bytes) -> None:
        """Send `line` and the delimiter. TypeError for anything but bytes."""
        try:
            ended = line + self.delimiter
        except TypeError:
            ended = as_bytes(line) + self.delimiter  # which tells what is wrong with a text
        self.transport.write(ended)

    def set_raw_mode(self) -> None:
        """From the next byte on, take what comes as it comes."""
        self._mode = Mode.RAW
        self._interrupted = True

    def set_line_mode(self, extra: bytes = b"") -> None:
        """Back to lines, beginning with `extra`: what raw mode was given too much of."""
        self._mode = Mode.LINES
        if extra:
            self._deliver(extra)

    def pause_producing(self) -> None:
        """Deliver nothing for now, not even the lines that are here already."""
        self._paused = self._interrupted = True
        self.transport.pause_producing()

    def resume_producing(self) -> None:
        """Deliver what was kept, then what comes."""
        self._paused = False
        self._deliver(b"")
        if not self._paused:
            self.transport.resume_producing()

    def _deliver(self, data: bytes) -> None:
        """As `data_received`, when it is not the transport that calls: what a handler raises ends this
        connection here, and not that of whoever resumed it."""
        try:
            self.data_received(data)
        except Exception:
            log.exception("a handler failed")
            self.transport.abort_connection()

    def data_received(self, data: bytes) -> None:
        """Hand on every line that is whole by now; keep the rest for later."""
        if (self._rest or self._delivering) and not (data := self._take_up(data)):
            return
        self._delivering = True
        transport = self.transport
        while data and not (self._paused or transport.disconnecting):
            if self._mode is Mode.RAW:
                self.raw_data_received(data)
                data = self._pop_rest()
                continue
            self._interrupted = False
            lines = self._split(data)
            unfinished = lines.pop()
            for number, line in enumerate(lines, 1):
                self.line_received(line)
                if self._interrupted or transport.disconnecting:
                    data = self._behind(number, data)
                    break
            else:  # all of them were handed on
                data = self._await_end_of(unfinished)
        self._delivering = False
        if data and not transport.disconnecting:
            self._keep(data)

    @property
    def _separator(self) -> bytes:
        return b"\n" if self.delimiter == b"\r\n" else self.delimiter

    def _split(self, data: bytes) -> list[bytes]:
        """Its lines, and last what is no line yet: an unfinished one, or one that is too long."""
        lines = data.split(self.delimiter)
        if self.delimiter == b"\r\n" and data.count(b"\n") >= len(lines):  # more LF than CRLF: some are alone
            lines = data.replace(b"\r\n", b"\n").split(b"\n")
        return lines if len(data) <= self.MAX_LENGTH else self._up_to_too_long(lines)

    def _up_to_too_long(self, lines: list[bytes]) -> list[bytes]:
        """`lines`, but none behind one that is over MAX_LENGTH, whose end it gets back."""
        for number, line in enumerate(lines[:-1]):
            if len(line) > self.MAX_LENGTH:
                return [*lines[:number], line + self.delimiter]
        return lines

    def _behind(self, number: int, data: bytes) -> bytes:
        """What follows the first `number` lines of `data`, as it came."""
        return data.split(self._separator, number)[number]

    def _await_end_of(self, line: bytes) -> bytes:
        """Keep `line`, unless even with a whole delimiter behind it it would be too long."""
        if len(line) >= self.MAX_LENGTH + len(self.delimiter):
            self._rest = b""
            self.line_length_exceeded(line)
        elif line:
            self._keep(line)
            self._searched = len(line)
        return b""

    def _keep(self, data: bytes) -> None:
        self._rest = bytearray(data) + self._rest
        self._searched = 0

    def _take_up(self, data: bytes) -> bytes:
        """What was kept, with `data` behind it; nothing while that makes no whole line."""
        self._rest += data
        if self._delivering:  # a handler gives this back: the loop that called it comes to it
            return b""
        if self._searched and self._mode is Mode.LINES and len(self._rest) <= self.MAX_LENGTH:
            start = max(0, self._searched - len(self._separator) + 1)
            if self._rest.find(self._separator, start) < 0:
                self._searched = len(self._rest)
                return b""
        return self._pop_rest()

    def _pop_rest(self) -> bytes:
        data, self._rest, self._searched = bytes(self._rest), b"", 0
        return data
