"""A Twisted client that fetches 20 quotes at the same time, each over its own connection."""

import sys

from twisted.internet import reactor
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import ClientFactory, Protocol

QUOTES = 20


class Quoted(Protocol):
    def connectionMade(self) -> None:
        self.received = b""

    def dataReceived(self, data: bytes) -> None:
        self.received += data

    def connectionLost(self, reason: object) -> None:
        clean = getattr(reason, "type", None) is ConnectionDone and self.received.endswith(b"\r\n")
        print("cleanly" if clean else f"{reason}: {self.received!r}", len(self.received))
        self.factory.lost += 1
        if self.factory.lost == QUOTES:
            reactor.stop()


factory = ClientFactory.forProtocol(Quoted)
factory.lost = 0
for _ in range(QUOTES):
    reactor.connectTCP("127.0.0.1", int(sys.argv[1]), factory)
reactor.run()
