"""A shout server: each line comes back in capitals, with its number in this connection and in all."""

import sys

from core import Factory, LineReceiver, Reactor


class Shout(LineReceiver):
    factory: "ShoutFactory"

    def connection_made(self) -> None:
        self.lines = 0

    def line_received(self, line: bytes) -> None:
        self.lines += 1
        self.factory.lines += 1
        self.send_line(b"%d of %d: %b" % (self.lines, self.factory.lines, line.upper()))


class ShoutFactory(Factory):
    protocol = Shout
    lines = 0


if __name__ == "__main__":
    reactor = Reactor()
    print("listening on", reactor.listen_tcp(int(sys.argv[1]), ShoutFactory()).host, flush=True)
    reactor.run()
