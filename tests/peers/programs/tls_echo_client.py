"""A Twisted client that verifies our certificate, sends a mebibyte in odd pieces, and checks the echo."""

import sys
from pathlib import Path

from twisted.internet import reactor, ssl
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import ClientFactory, Protocol

DATA = bytes(range(256)) * 4096


class Echoed(Protocol):
    def connectionMade(self) -> None:
        self.received = b""
        for start in range(0, len(DATA), 7001):
            self.transport.write(DATA[start : start + 7001])

    def dataReceived(self, data: bytes) -> None:
        self.received += data
        if len(self.received) == len(DATA):
            self.transport.loseConnection()

    def connectionLost(self, reason: object) -> None:
        print("the same" if self.received == DATA else f"{len(self.received)} of {len(DATA)} bytes")
        print("cleanly" if getattr(reason, "type", None) is ConnectionDone else reason)
        reactor.stop()


authority = ssl.Certificate.loadPEM(Path(sys.argv[2]).read_bytes())
options = ssl.optionsForClientTLS("localhost", trustRoot=authority)
reactor.connectSSL("127.0.0.1", int(sys.argv[1]), ClientFactory.forProtocol(Echoed), options)
reactor.run()
