"""Lesson 8: a room. A line goes to all others."""

import sys

from core import Factory, LineReceiver, Reactor

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 8000


class Room(Factory):
    def __init__(self) -> None:
        self.members: set[Member] = set()
        self.count = 0  # of all that ever came


class Member(LineReceiver):
    factory: Room

    def connection_made(self) -> None:
        self.factory.count += 1
        self.number = self.factory.count
        self.factory.members.add(self)

    def line_received(self, line: bytes) -> None:
        for member in self.factory.members:
            if member is not self:
                member.send_line(b"%d: %b" % (self.number, line))

    def connection_lost(self, reason: Exception) -> None:
        self.factory.members.remove(self)


reactor = Reactor()
reactor.listen_tcp(PORT, Room.for_protocol(Member))
reactor.run()
