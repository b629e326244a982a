"""Chat: a name first, then lines to all others. On Twisted."""

import sys

from twisted.internet import reactor
from twisted.internet.protocol import Factory
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure


class Member(LineReceiver):
    factory: "Room"
    name = ""

    def lineReceived(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace")
        if self.name:
            self.factory.tell(f"<{self.name}> {text}", self)
        elif text in self.factory.members:
            self.sendLine(f"{text} is taken".encode())
        else:
            self.name = text
            self.factory.members[text] = self
            self.sendLine(f"welcome {text}".encode())

    def connectionLost(self, reason: Failure) -> None:
        if self.factory.members.pop(self.name, None):
            self.factory.tell(f"{self.name} has left", self)


class Room(Factory):
    protocol = Member

    def __init__(self) -> None:
        self.members: dict[str, Member] = {}

    def tell(self, text: str, sender: Member) -> None:
        for member in self.members.values():
            if member is not sender:
                member.sendLine(text.encode())


port = reactor.listenTCP(int(sys.argv[1]), Room(), interface="127.0.0.1")
print("listening on", port.getHost().port, flush=True)
reactor.run()
