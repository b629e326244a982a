"""Quote of the day: a line, and the end. On Twisted."""

import sys

from twisted.internet import reactor
from twisted.internet.protocol import Factory, Protocol

from tutorials.rosetta.words import QUOTE


class Quote(Protocol):
    def connectionMade(self) -> None:
        self.transport.write(QUOTE)
        self.transport.loseConnection()


port = reactor.listenTCP(int(sys.argv[1]), Factory.forProtocol(Quote), interface="127.0.0.1")
print("listening on", port.getHost().port, flush=True)
reactor.run()
