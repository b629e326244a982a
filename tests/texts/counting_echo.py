"""Text 2, the counting echo server, with the factory that the text leaves out."""

from core import Factory, Protocol


class Echo(Protocol):
    factory: "CountingFactory"

    def connection_made(self) -> None:
        self.factory.connections += 1
        self.transport.write(b"You make it %d connections.\r\n" % self.factory.connections)

    def connection_lost(self, reason: Exception) -> None:
        self.factory.connections -= 1

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)


class CountingFactory(Factory):
    protocol = Echo
    connections = 0
