"""Quote of the day: connect, read until the server closes, print.

The lesson: over a stream the end of the answer is the end of the connection, and there is no answer without
one; a datagram is whole by itself, but may never come, so that here somebody has to look at the clock.
"""

from clients.runner import Program, describe_error, open_towards, parser_for, start, stream_endpoint
from clients.talk import Show
from core.endpoints import StreamEndpoint, UDPEndpoint
from core.errors import ConnectionDone
from core.interfaces import AbstractConnector
from core.protocols.protocol import ClientFactory, DatagramProtocol, Protocol
from core.reactor import Reactor

PATIENCE = 5.0
"""Seconds that a datagram is given to be answered."""


class QOTDProtocol(Protocol):
    """Shows what comes."""

    factory: "QOTDFactory"

    def connection_made(self) -> None:
        """The server speaks first, and alone."""
        self._show = Show()

    def data_received(self, data: bytes) -> None:
        """A part of the quote."""
        self.factory.was_answered = True
        self.factory.program.write(self._show.feed(data))

    def connection_lost(self, reason: Exception) -> None:
        """The quote is whole."""
        self.factory.program.write(self._show.feed(b"", final=True))


class QOTDFactory(ClientFactory):
    """Asks once."""

    protocol = QOTDProtocol

    def __init__(self, program: Program) -> None:
        self.program = program
        self.was_answered = False

    def client_connection_failed(self, connector: AbstractConnector, reason: Exception) -> None:
        """There is no server."""
        self.program.end_without_server(reason)

    def client_connection_lost(self, connector: AbstractConnector, reason: Exception) -> None:
        """As it should be, if there was a quote and then a proper end."""
        is_good = self.was_answered and isinstance(reason, ConnectionDone)
        self.program.end(
            "" if is_good else f"no whole quote from {self.program.endpoint}: {describe_error(reason)}"
        )


class QOTDDatagramProtocol(DatagramProtocol):
    """Waits for an answer, though not for ever."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def start_protocol(self) -> None:
        """Look at the clock."""
        late = TimeoutError(f"no answer within {PATIENCE:g} seconds")
        self._program.reactor.call_later(PATIENCE, self._program.end_without_server, late)

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        """That is the quote."""
        self._program.write(Show().feed(data, final=True))
        self._program.end()

    def connection_refused(self) -> None:
        """There is no server."""
        self._program.end_without_server(ConnectionRefusedError("connection refused"))


def ask(reactor: Reactor, endpoint: UDPEndpoint) -> Program:
    """Send a datagram; any will do as a question."""
    program = Program(reactor, f"qotd --listen {endpoint}", endpoint)
    if port := open_towards(program, endpoint, QOTDDatagramProtocol(program)):
        port.write(b"")
    return program


def connect(reactor: Reactor, endpoint: StreamEndpoint) -> Program:
    """Connect; that is question enough."""
    program = Program(reactor, "qotd", endpoint)
    endpoint.connect(reactor, QOTDFactory(program))
    return program


def main() -> None:
    """The command `python -m clients.qotd`."""
    parser = parser_for("qotd", "print the quote of the day, over TCP, Unix or UDP", "--port 8007", 8007)
    options = parser.parse_args()
    with start(options) as reactor:
        if isinstance(options.connect, UDPEndpoint):
            ask(reactor, options.connect).run()
        else:
            connect(reactor, stream_endpoint(parser, options)).run()


if __name__ == "__main__":
    main()
