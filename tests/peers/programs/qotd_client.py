"""A Twisted client that fetches quotes, each over a connection of its own, some of them at the same time."""

import sys

from twisted.internet import reactor
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import ClientFactory, Protocol

QUOTES = 20


class Quoted(Protocol):
    def connectionMade(self) -> None:
        self.heard = b""

    def dataReceived(self, data: bytes) -> None:
        self.heard += data

    def connectionLost(self, reason: object) -> None:
        clean = getattr(reason, "type", None) is ConnectionDone and self.heard.endswith(b"\r\n")
        print("cleanly" if clean else f"{reason}: {self.heard!r}", len(self.heard))
        self.factory.lost += 1
        if self.factory.lost == QUOTES:
            reactor.stop()


factory = ClientFactory.forProtocol(Quoted)
factory.lost = 0
for _ in range(QUOTES):
    reactor.connectTCP("127.0.0.1", int(sys.argv[1]), factory)
reactor.run()
