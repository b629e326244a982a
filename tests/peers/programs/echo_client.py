"""A Twisted client that sends a mebibyte in odd pieces, half-closes, and checks the echo."""

import sys

from twisted.internet import reactor
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import ClientFactory, Protocol

DATA = bytes(range(256)) * 4096


class Echoed(Protocol):
    def connectionMade(self) -> None:
        self.received = b""
        for start in range(0, len(DATA), 7001):
            self.transport.write(DATA[start : start + 7001])
        self.transport.loseWriteConnection()

    def dataReceived(self, data: bytes) -> None:
        self.received += data

    def connectionLost(self, reason: object) -> None:
        greeting, _, echoed = self.received.partition(b"\r\n")
        print(greeting.decode())
        print("the same" if echoed == DATA else f"{len(echoed)} of {len(DATA)} bytes")
        print("cleanly" if getattr(reason, "type", None) is ConnectionDone else reason)
        reactor.stop()


reactor.connectTCP("127.0.0.1", int(sys.argv[1]), ClientFactory.forProtocol(Echoed))
reactor.run()
