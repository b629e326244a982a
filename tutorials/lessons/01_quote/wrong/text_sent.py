import sys

from core import Factory, Protocol, Reactor

PORT = int(sys.argv[1])
TEXT = sys.argv[2]


class Quote(Protocol):
    def connection_made(self):
        self.transport.write(TEXT + "\r\n")
        self.transport.lose_connection()


reactor = Reactor()
reactor.listen_tcp(PORT, Factory.for_protocol(Quote))
reactor.run()
