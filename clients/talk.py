"""Two sources of events, one conversation: what is typed goes out, what comes is shown, whenever it comes.

Neither waits for the other, and neither outruns it: a server that does not read stops the keyboard.
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
"""Bytes of an unfinished line that are remembered, to know a `quit` that comes in pieces."""


class Show:
    """Turns what comes in pieces into text that is fit for a terminal, and loses nothing at the seams."""

    def __init__(self) -> None:
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        self._held = ""  # a CR, which may turn out to be half of a line's end

    def feed(self, data: bytes, final: bool = False) -> str:
        """What can be shown by now; with `final`, all the rest."""
        text = self._held + self._decode(data, final)
        self._held = "\r" if text.endswith("\r") and not final else ""
        lines = text.removesuffix(self._held).replace("\r\n", "\n").split("\n")
        return "\n".join([visible(line) for line in lines])


class Keyboard(Protocol):
    """What is typed, on its way to `talk`. `quit` on a line of its own is the end of it.

    `sends_quit`: the server has such a command, so it takes lines, and gets them ended as the network does.
    """

    def __init__(self, talk: "Talk", sends_quit: bool) -> None:
        self._talk = talk
        self._sends_quit = sends_quit
        self._line = b""  # the beginning of the one that is not ended yet
        self._held = b""  # a CR, which may turn out to be half of a line's end

    def data_received(self, data: bytes) -> None:
        """Send it on, up to a `quit`."""
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
        """That was all. Where lines are what counts, one that was begun is ended."""
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
    """The connection. What it is the producer of is what is typed."""

    factory: "TalkFactory"
    _has_said_all = False

    def connection_made(self) -> None:
        """Begin to listen to the keyboard, but no faster than the server does."""
        self._show = Show()
        self._keyboard = self.factory.open_keyboard(self)
        self.transport.register_producer(self, streaming=True)

    def data_received(self, data: bytes) -> None:
        """Show it."""
        self.factory.program.write(self._show.feed(data))

    def connection_lost(self, reason: Exception) -> None:
        """As it should be, if all was said before."""
        self.factory.program.write(self._show.feed(b"", final=True))
        is_good = self._has_said_all and isinstance(reason, ConnectionDone)
        self.factory.program.end(
            "" if is_good else f"lost {self.factory.program.endpoint}: {describe_error(reason)}"
        )

    def pause_producing(self) -> None:
        """Much waits to be sent: leave the keyboard alone."""
        self._keyboard.pause_producing()

    def resume_producing(self) -> None:
        """What waited has gone, or some of it."""
        if not self._has_said_all:
            self._keyboard.resume_producing()

    def end_sending(self) -> None:
        """All is typed. Once it is sent the server is told so; it answers the rest, and closes."""
        self._has_said_all = True
        self.transport.unregister_producer()
        self.transport.lose_write_connection()


class TalkFactory(ClientFactory):
    """One conversation. `sends_quit`: the server has such a command; otherwise it is for us alone."""

    protocol = Talk

    def __init__(self, program: Program, sends_quit: bool) -> None:
        self.program = program
        self.sends_quit = sends_quit

    def open_keyboard(self, talk: Talk) -> PushProducer:
        """Have what is typed go to `talk`."""
        return StandardIO(Keyboard(talk, self.sends_quit), self.program.reactor)

    def client_connection_failed(self, connector: AbstractConnector, reason: Exception) -> None:
        """There is no server."""
        self.program.end_without_server(reason)


def run(parser: Parser, service: str, sends_quit: bool) -> None:
    """The command `python -m clients.SERVICE`, for a server that is talked to."""
    options = parser.parse_args()
    endpoint = stream_endpoint(parser, options)
    with start(options) as reactor:
        program = Program(reactor, service, endpoint)
        endpoint.connect(reactor, TalkFactory(program, sends_quit))
        program.run()
