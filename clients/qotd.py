"""Quote of the day: connect, read until the server closes, print.

The lesson: over a stream the end of the connection is the end of the answer. A datagram is complete by
itself, but it may never arrive, so it needs a timeout.
"""

from clients.runner import (
    ClientEndpoint,
    Program,
    ServerAddresses,
    describe_error,
    parser_for,
    start,
    stream_endpoint,
)
from clients.talk import VisibleText
from core.endpoints import UDPEndpoint
from core.errors import ConnectionDone
from core.interfaces import AbstractConnector
from core.protocols.protocol import ClientFactory, DatagramProtocol, Protocol
from core.reactor import Reactor
from core.timers import cancel_if_active

ANSWER_TIMEOUT = 5.0
"""Seconds to wait for the answer to a datagram. Each address of the server's name gets an equal share."""


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
    """Waits for the answer of one address, for at most `request.share` seconds."""

    def __init__(self, request: "DatagramRequest", address: tuple[str, int]) -> None:
        self._request = request
        self._address = address

    def start_protocol(self) -> None:
        late = TimeoutError(f"no answer within {ANSWER_TIMEOUT:g} seconds")
        call_later, request = self._request.program.reactor.call_later, self._request
        self._timeout = call_later(request.share, request.try_next, self._address, late)

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        self._request.program.write(VisibleText().feed(data, final=True))
        self._request.program.end()

    def connection_refused(self) -> None:
        self._request.try_next(self._address, ConnectionRefusedError("connection refused"))

    def stop_protocol(self) -> None:
        cancel_if_active(self._timeout)


class DatagramRequest:
    """Asks for a quote by UDP. An empty datagram is a request (RFC 865)."""

    def __init__(self, reactor: Reactor, endpoint: UDPEndpoint) -> None:
        self.program = Program(reactor, f"qotd --listen {endpoint}", endpoint)
        self._addresses = ServerAddresses(self.program, endpoint, self._begin)
        self.share = ANSWER_TIMEOUT

    def _begin(self) -> None:
        self.share /= len(self._addresses.left)
        self._ask()

    def _ask(self) -> None:
        if port := self._addresses.open(lambda: QOTDDatagramProtocol(self, self._addresses.left[0])):
            port.write(b"")

    def try_next(self, address: tuple[str, int], reason: Exception) -> None:
        """Ask the address behind `address`, if there is one. Otherwise `reason` is the failure."""
        if address in self._addresses.left:  # else it was too late already
            self._addresses.give_up(address, reason)
            self._ask()


def connect(reactor: Reactor, endpoint: ClientEndpoint) -> Program:
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
            if not options.weather.is_calm():
                parser.error("over UDP it is the server that has a --weather")
            DatagramRequest(reactor, options.connect).program.run()
        else:
            connect(reactor, stream_endpoint(parser, options)).run()


if __name__ == "__main__":
    main()
