"""Lines that a person types into nc, telnet or PuTTY: without the bytes that these programs add.

On Ctrl-C telnet asks for a TIMING-MARK, and discards all output until this request is answered. A file that
is piped into nc can begin with a byte order mark. And a page in a web browser can send a POST to any port of
its user's machine, with lines of the page's choice.
"""

import logging
import re
from codecs import BOM_UTF8
from collections.abc import Callable

from core.protocols.lines import LineReceiver

log = logging.getLogger(__name__)

# RFC 854 and 855. CR and LF are no options, so that a line with bytes of another encoding keeps its end.
COMMAND = re.compile(
    rb"""\xff(?:
    (?P<verb>[\xfb-\xfe])(?P<option>[^\r\n])             # WILL, WONT, DO or DONT, and an option
    | \xfa(?:[^\xff]|\xff\xff)*+(?:\xff\xf0|(?=\xff[^\xff]))  # SB, a subnegotiation, up to SE or a command
    | [\xec-\xf9]                                        # any other command
    | (?P<data>\xff)                                     # IAC twice: the byte 255
    | (?P<unfinished>[\xfb-\xfe]?|\xfa(?:[^\xff]|\xff\xff)*+(?P<iac>\xff?))\Z
    )""",
    re.VERBOSE | re.DOTALL,
)
IAC, SUBNEGOTIATION = b"\xff", b"\xff\xfa"
REFUSALS = {b"\xfb": b"\xff\xfe", b"\xfd": b"\xff\xfc"}
"""WILL is answered with DONT, DO with WONT. A DO TIMING-MARK thus gets the answer that telnet waits for."""

HTTP_REQUEST = re.compile(rb"[A-Z]+ \S+ HTTP/\d")


class TelnetFilter:
    """Removes telnet's commands from received bytes, and passes the answers to `reply`."""

    def __init__(self, reply: Callable[[bytes], object]) -> None:
        self._reply = reply
        self._held = b""  # the start of a command whose end has not arrived
        self._is_after_cr = False

    def feed(self, data: bytes) -> bytes:
        """The bytes that were typed, with CR NUL as CR LF (RFC 854: CR NUL is telnet's carriage return)."""
        if self._held or IAC in data:
            data = self._without_commands(self._held + data)
        if b"\0" in data:
            data = data.replace(b"\r\0", b"\r\n")
            if self._is_after_cr and data.startswith(b"\0"):
                data = b"\n" + data[1:]
        if data:
            self._is_after_cr = data.endswith(b"\r")
        return data

    def _without_commands(self, data: bytes) -> bytes:
        self._held = b""
        answers: list[bytes] = []
        data = COMMAND.sub(lambda found: self._on_command(found, answers), data)
        if answers:
            self._reply(b"".join(answers))
        return data

    def _on_command(self, found: re.Match[bytes], answers: list[bytes]) -> bytes:
        """Append the answer to a command, if it has one. Returns the bytes in its place."""
        if found["verb"] in REFUSALS:
            answers.append(REFUSALS[found["verb"]] + found["option"])
        if found["unfinished"] is not None:  # the content of a subnegotiation is not needed
            is_long = found["unfinished"].startswith(b"\xfa")
            self._held = SUBNEGOTIATION + found["iac"] if is_long else found[0]
        return found["data"] or b""


class TypedLineReceiver(LineReceiver):
    """A LineReceiver for people. A subclass passes its first line through `first_line`."""

    is_first_line = True

    def connection_made(self) -> None:
        """Prepare the removal of telnet's commands."""
        self._telnet = TelnetFilter(self.reply)

    def reply(self, data: bytes) -> None:
        """Send the answers to telnet's commands."""
        self.transport.write(data)

    def filter_input(self, data: bytes) -> bytes:
        return self._telnet.feed(data)

    def first_line(self, line: bytes) -> bytes | None:
        """The connection's first line without a byte order mark. Of an HTTP request None, and it closes."""
        self.is_first_line = False
        if HTTP_REQUEST.match(line):
            log.info("%s sent an HTTP request: closing the connection", self.transport.peer)
            self.send_line(b"This is not a web server. Good-bye.")
            self.transport.lose_connection()
            return None
        return line.removeprefix(BOM_UTF8)
