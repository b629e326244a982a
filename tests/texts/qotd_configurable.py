"""Text 2, the quote as an argument of the factory: `protocol` says what to build."""

from core import Address, Factory, Protocol, Reactor
from core.endpoints import StreamEndpoint


class QOTD(Protocol):
    factory: "QOTDFactory"

    def connection_made(self) -> None:
        self.transport.write(self.factory.quote.encode() + b"\r\n")
        self.transport.lose_connection()


class QOTDFactory(Factory):
    protocol = QOTD

    def __init__(self, quote: str = "Whoever sharpens the pencil longest writes last.") -> None:
        self.quote = quote


def main(reactor: Reactor, endpoint: StreamEndpoint, *quote: str) -> Address:
    return endpoint.listen(reactor, QOTDFactory(*quote)).host
