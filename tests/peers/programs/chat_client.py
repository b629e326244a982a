"""Two Twisted LineReceivers in a chat: bob connects after ann has joined, and leaves after her answer."""

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


def connect(name: str, answers: object) -> None:
    factory = ClientFactory.forProtocol(Member)
    factory.name, factory.answers = name, answers
    reactor.connectTCP("127.0.0.1", PORT, factory)


def connect_bob(ann: Member) -> None:
    connect("bob", BOB)


BOB = {
    b"Choose": lambda bob: bob.sendLine(b"ANN"),
    b"taken": lambda bob: bob.sendLine(b"bob"),
    b"Participants": lambda bob: bob.sendLine("caf\u00e9?".encode()),
    b"<ann>": lambda bob: bob.transport.loseConnection(),
}
ANN = {
    b"Choose": lambda ann: ann.sendLine(b"ann"),
    b"only one": connect_bob,
    b"<bob>": lambda ann: ann.sendLine("th\u00e9.".encode()),
    b"left": lambda ann: reactor.stop(),
}
connect("ann", ANN)
reactor.run()
