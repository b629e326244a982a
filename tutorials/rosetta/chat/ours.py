"""Chat: a name first, then lines to all others. On our reactor."""

import sys

from core import Factory, LineReceiver, Reactor


class Member(LineReceiver):
    factory: "Room"
    name = ""

    def line_received(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace")
        if self.name:
            self.factory.tell(f"<{self.name}> {text}", self)
        elif text in self.factory.members:
            self.send_line(f"{text} is taken".encode())
        else:
            self.name = text
            self.factory.members[text] = self
            self.send_line(f"welcome {text}".encode())

    def connection_lost(self, reason: Exception) -> None:
        if self.factory.members.pop(self.name, None):
            self.factory.tell(f"{self.name} has left", self)


class Room(Factory):
    protocol = Member

    def __init__(self) -> None:
        self.members: dict[str, Member] = {}

    def tell(self, text: str, sender: Member) -> None:
        for member in self.members.values():
            if member is not sender:
                member.send_line(text.encode())


reactor = Reactor()
port = reactor.listen_tcp(int(sys.argv[1]), Room())
print("listening on", port.host, flush=True)
reactor.run()
