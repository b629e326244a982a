"""Two Twisted LineReceivers that meet in a chat: bob comes once ann is there, and leaves once answered."""

import sys

from twisted.internet import reactor
from twisted.internet.protocol import ClientFactory
from twisted.protocols.basic import LineReceiver

PORT = int(sys.argv[1])


class Member(LineReceiver):
    def lineReceived(self, line: bytes) -> None:
        print(f"{self.factory.name}: {line.decode()}")
        for sign, answer in self.factory.answers.items():
            if sign in line:
                answer(self)


def comes(name: str, answers: object) -> None:
    factory = ClientFactory.forProtocol(Member)
    factory.name, factory.answers = name, answers
    reactor.connectTCP("127.0.0.1", PORT, factory)


def bob_comes(ann: Member) -> None:
    comes("bob", BOB)


BOB = {
    b"Choose": lambda bob: bob.sendLine(b"ANN"),
    b"taken": lambda bob: bob.sendLine(b"bob"),
    b"Participants": lambda bob: bob.sendLine("caf\u00e9?".encode()),
    b"<ann>": lambda bob: bob.transport.loseConnection(),
}
ANN = {
    b"Choose": lambda ann: ann.sendLine(b"ann"),
    b"only one": bob_comes,
    b"<bob>": lambda ann: ann.sendLine("th\u00e9.".encode()),
    b"left": lambda ann: reactor.stop(),
}
comes("ann", ANN)
reactor.run()
