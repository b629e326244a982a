"""Text 4, the client. Here stdin is a source of events; in the text `raw_input` blocks the reactor."""

from core import ClientCreator, LineReceiver, Protocol, Reactor, StandardIO
from core.formats.text import decode


class Keyboard(Protocol):
    def __init__(self, server: Protocol) -> None:
        self.server = server

    def data_received(self, data: bytes) -> None:
        self.server.transport.write(data)

    def connection_lost(self, reason: Exception) -> None:
        self.server.transport.write(b"\r\nquit\r\n")


class InsultClient(LineReceiver):
    def __init__(self, reactor: Reactor) -> None:
        self.reactor = reactor

    def connection_made(self) -> None:
        StandardIO(Keyboard(self), self.reactor)

    def line_received(self, line: bytes) -> None:
        print(decode(line))

    def connection_lost(self, reason: Exception) -> None:
        print(reason)
        self.reactor.stop()


def main(reactor: Reactor, host: str, port: int) -> None:
    client = InsultClient(reactor)
    ClientCreator(reactor, lambda: client).connect_tcp(host, port).add_errback(client.connection_lost)
    reactor.run()
