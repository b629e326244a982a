import sys

from core import Factory, Protocol, Reactor

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 8000


class Countdown(Protocol):
    count = 3

    def connection_made(self) -> None:
        Countdown.count = 3
        self.send_next()

    def send_next(self) -> None:
        if Countdown.count > 0:
            self.transport.write(b"%d\n" % Countdown.count)
            Countdown.count -= 1
            reactor.call_later(0.1, self.send_next)
        else:
            self.transport.write(b"go\n")
            self.transport.lose_connection()


reactor = Reactor()
reactor.listen_tcp(PORT, Factory.for_protocol(Countdown))
reactor.run()
