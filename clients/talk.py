"""A conversation between the keyboard and a server: typed text is sent, received text is shown at once.

Neither side waits for the other. While the server does not read, the client does not read the keyboard.
"""

import re
from codecs import getincrementaldecoder

from clients.runner import Program, describe_error, start, stream_endpoint
from core.cli import Parser
from core.errors import ConnectionDone
from core.formats.text import visible
from core.interfaces import AbstractConnector, PushProducer
from core.protocols.protocol import ClientFactory, Protocol
from core.transports.stdio import StandardIO

QUIT = re.compile(rb"^[ \t]*quit[ \t]*\r?\n", re.IGNORECASE | re.MULTILINE)
LONE_LF = re.compile(rb"(?<!\r)\n")
KEPT = 64
"""Bytes of an unfinished line to keep, in order to recognise a `quit` that arrives in pieces."""


class VisibleText:
    """Decodes chunks of bytes into text that is safe for a terminal, also when a character is split."""

    def __init__(self) -> None:
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        self._held = ""  # a CR, perhaps the first half of a CRLF

    def feed(self, data: bytes, final: bool = False) -> str:
        """The text that is complete so far; with `final`, all the rest."""
        text = self._held + self._decode(data, final)
        self._held = "\r" if text.endswith("\r") and not final else ""
        lines = text.removesuffix(self._held).replace("\r\n", "\n").split("\n")
        return "\n".join([visible(line) for line in lines])


class TypedInput(Protocol):
    """Sends the typed text to `talk`. `quit` on a line of its own ends the conversation.

    `sends_quit`: the server has this command, so it is sent. Such a server reads lines, so they end in CRLF.
    """

    def __init__(self, talk: "Talk", sends_quit: bool) -> None:
        self._talk = talk
        self._sends_quit = sends_quit
        self._line = b""  # the start of the unfinished line
        self._held = b""  # a CR, perhaps the first half of a CRLF

    def data_received(self, data: bytes) -> None:
        """Send the data, up to a `quit`."""
        text = self._line + data
        quits = QUIT.search(text)
        if quits is None:
            self._line = text[text.rfind(b"\n") + 1 :][:KEPT]
            self._send(data)
        else:
            end = quits.end() if self._sends_quit else quits.start()
            self._send(text[len(self._line) : end])
            self._line = b""
            self.transport.lose_connection()

    def connection_lost(self, reason: Exception) -> None:
        """End of input. If the server reads lines, end an unfinished one."""
        self._talk.factory.program.check_input(reason)
        if self._line and self._sends_quit:
            self._send(b"\n")
        self._talk.end_sending()

    def _send(self, data: bytes) -> None:
        if self._sends_quit:
            data = LONE_LF.sub(b"\r\n", self._held + data)
            self._held = data[len(data.rstrip(b"\r")) :]
            data = data.removesuffix(self._held)
        self._talk.transport.write(data)


class Talk(Protocol, PushProducer):
    """The connection. It is registered as the producer of the typed text."""

    factory: "TalkFactory"
    _has_finished = False

    def connection_made(self) -> None:
        """Start to read the keyboard, no faster than the server reads."""
        self._visible = VisibleText()
        self._keyboard = self.factory.open_keyboard(self)
        self.transport.register_producer(self, streaming=True)

    def data_received(self, data: bytes) -> None:
        self.factory.program.write(self._visible.feed(data))

    def connection_lost(self, reason: Exception) -> None:
        """End the program. It is a failure unless the user had finished."""
        self.factory.program.write(self._visible.feed(b"", final=True))
        is_good = self._has_finished and isinstance(reason, ConnectionDone)
        self.factory.program.end(
            "" if is_good else f"lost {self.factory.program.endpoint}: {describe_error(reason)}"
        )

    def pause_producing(self) -> None:
        """The transport's buffer is full: stop reading the keyboard."""
        self._keyboard.pause_producing()

    def resume_producing(self) -> None:
        """The transport's buffer has room: read the keyboard again."""
        if not self._has_finished:
            self._keyboard.resume_producing()

    def end_sending(self) -> None:
        """End of input: half-close the connection. The server answers the rest, then closes it."""
        self._has_finished = True
        self.transport.unregister_producer()
        self.transport.lose_write_connection()


class TalkFactory(ClientFactory):
    """One conversation. `sends_quit`: `quit` is a command of the server, otherwise only of this client."""

    protocol = Talk

    def __init__(self, program: Program, sends_quit: bool) -> None:
        self.program = program
        self.sends_quit = sends_quit

    def open_keyboard(self, talk: Talk) -> PushProducer:
        """Start to read the keyboard for `talk`."""
        return StandardIO(TypedInput(talk, self.sends_quit), self.program.reactor)

    def client_connection_failed(self, connector: AbstractConnector, reason: Exception) -> None:
        self.program.end_without_server(reason)


def run(parser: Parser, service: str, sends_quit: bool) -> None:
    """The command `python -m clients.SERVICE`."""
    options = parser.parse_args()
    endpoint = stream_endpoint(parser, options)
    with start(options) as reactor:
        program = Program(reactor, service, endpoint)
        reactor.call_when_running(endpoint.connect, reactor, TalkFactory(program, sends_quit))
        program.run()
