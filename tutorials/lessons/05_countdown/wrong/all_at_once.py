import sys

from core import Factory, Protocol, Reactor

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 8000


class Countdown(Protocol):
    def connection_made(self) -> None:
        self.transport.write(b"3\n")
        for line in (b"2\n", b"1\n", b"go\n"):
            reactor.call_later(0.1, self.transport.write, line)
        reactor.call_later(0.1, self.transport.lose_connection)


reactor = Reactor()
reactor.listen_tcp(PORT, Factory.for_protocol(Countdown))
reactor.run()
