import sys

from core import Factory, LineReceiver, Reactor

PORT = int(sys.argv[1])


class Room(Factory):
    def __init__(self):
        self.members = set()
        self.count = 0  # of all that ever came


class Member(LineReceiver):
    def connection_made(self):
        self.factory.count += 1
        self.number = self.factory.count
        self.factory.members.add(self)

    def line_received(self, line):
        for member in self.factory.members:
            if member is not self:
                pass

    def connection_lost(self, reason):
        self.factory.members.remove(self)


reactor = Reactor()
reactor.listen_tcp(PORT, Room.for_protocol(Member))
reactor.run()
