"""A Twisted LineReceiver that asks for the topics and for an insult about the first topic, and quits."""

import sys

from twisted.internet import reactor
from twisted.internet.protocol import ClientFactory
from twisted.protocols.basic import LineReceiver


class Insulted(LineReceiver):
    def __init__(self) -> None:
        self.last = b""

    def lineReceived(self, line: bytes) -> None:
        print(line.decode())
        last, self.last = self.last, line
        if b"disconnect" in line:
            self.sendLine(b" HELP ")
        elif b"following" in last:
            self.transport.write(line.upper() + b"\nno such topic\r\nquit\r\n")

    def connectionLost(self, reason: object) -> None:
        print(getattr(reason, "getErrorMessage", str)())
        reactor.stop()


reactor.connectTCP("127.0.0.1", int(sys.argv[1]), ClientFactory.forProtocol(Insulted))
reactor.run()
