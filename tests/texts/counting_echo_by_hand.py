"""Text 2, the counting echo server as printed: the protocol gets its factory as an argument."""

from core import Factory, Protocol


class CountingFactory(Factory):
    connections = 0


class Echo(Protocol):
    def __init__(self, factory: CountingFactory) -> None:
        self.factory: CountingFactory = factory

    def connection_made(self) -> None:
        self.factory.connections += 1
        self.transport.write(b"You make it %d connections.\r\n" % self.factory.connections)

    def connection_lost(self, reason: Exception) -> None:
        self.factory.connections -= 1

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)
