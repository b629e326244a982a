"""Quote of the day: connect, read until the server closes, print.

The lesson: over a stream the end of the connection is the end of the answer. A datagram is complete by
itself, but it may never arrive, so it needs a timeout.
"""

from clients.runner import Program, describe_error, look_up, open_towards, parser_for, start, stream_endpoint
from clients.talk import VisibleText
from core.endpoints import StreamEndpoint, UDPEndpoint
from core.errors import ConnectionDone
from core.interfaces import AbstractConnector
from core.protocols.protocol import ClientFactory, DatagramProtocol, Protocol
from core.reactor import Reactor

ANSWER_TIMEOUT = 5.0
"""Seconds to wait for the answer to a datagram."""


class QOTDProtocol(Protocol):
    """Prints the quote as it arrives."""

    factory: "QOTDFactory"

    def connection_made(self) -> None:
        self._text = VisibleText()

    def data_received(self, data: bytes) -> None:
        self.factory.was_answered = True
        self.factory.program.write(self._text.feed(data))

    def connection_lost(self, reason: Exception) -> None:
        self.factory.program.write(self._text.feed(b"", final=True))


class QOTDFactory(ClientFactory):
    """Makes one connection and no other."""

    protocol = QOTDProtocol

    def __init__(self, program: Program) -> None:
        self.program = program
        self.was_answered = False

    def client_connection_failed(self, connector: AbstractConnector, reason: Exception) -> None:
        self.program.end_without_server(reason)

    def client_connection_lost(self, connector: AbstractConnector, reason: Exception) -> None:
        """End the program. It is a failure unless a quote came and the server closed the connection."""
        is_good = self.was_answered and isinstance(reason, ConnectionDone)
        failure = f"no whole quote from {self.program.endpoint}: {describe_error(reason)}"
        self.program.end("" if is_good else failure)


class QOTDDatagramProtocol(DatagramProtocol):
    """Waits for one answer, at most ANSWER_TIMEOUT seconds."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def start_protocol(self) -> None:
        late = TimeoutError(f"no answer within {ANSWER_TIMEOUT:g} seconds")
        self._program.reactor.call_later(ANSWER_TIMEOUT, self._program.end_without_server, late)

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        self._program.write(VisibleText().feed(data, final=True))
        self._program.end()

    def connection_refused(self) -> None:
        self._program.end_without_server(ConnectionRefusedError("connection refused"))


def ask(reactor: Reactor, endpoint: UDPEndpoint) -> Program:
    """Ask for a quote by UDP. An empty datagram is a request (RFC 865)."""
    program = Program(reactor, f"qotd --listen {endpoint}", endpoint)

    def send(address: tuple[str, int]) -> None:
        if port := open_towards(program, address, QOTDDatagramProtocol(program)):
            port.write(b"")

    look_up(program, endpoint, send)
    return program


def connect(reactor: Reactor, endpoint: StreamEndpoint) -> Program:
    """Ask for a quote over a stream. The connection is the request."""
    program = Program(reactor, "qotd", endpoint)
    reactor.call_when_running(endpoint.connect, reactor, QOTDFactory(program))
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
