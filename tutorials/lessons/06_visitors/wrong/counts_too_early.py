import sys

from core import Factory, Protocol, Reactor

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 8000


class Visitor(Protocol):
    def connection_made(self):
        text = f"You are number {self.factory.count}. {self.factory.here} are here."
        self.factory.count += 1
        self.factory.here += 1
        self.transport.write(text.encode() + b"\r\n")

    def connection_lost(self, reason):
        self.factory.here -= 1


class Visitors(Factory):
    protocol = Visitor

    def __init__(self):
        self.count = 0
        self.here = 0


reactor = Reactor()
reactor.listen_tcp(PORT, Visitors())
reactor.run()
