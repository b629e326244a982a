"""Insults: an answer for each line. On Twisted."""

import sys

from twisted.internet import reactor
from twisted.internet.protocol import Factory
from twisted.protocols.basic import LineReceiver

from tutorials.rosetta.words import insult


class Insult(LineReceiver):
    def lineReceived(self, line: bytes) -> None:
        self.sendLine(insult(line.decode("utf-8", "replace")).encode())


port = reactor.listenTCP(int(sys.argv[1]), Factory.forProtocol(Insult), interface="127.0.0.1")
print("listening on", port.getHost().port, flush=True)
reactor.run()
