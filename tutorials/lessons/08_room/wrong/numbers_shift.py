import sys

from core import Factory, LineReceiver, Reactor

PORT = int(sys.argv[1])
members = []


class Member(LineReceiver):
    def connection_made(self):
        members.append(self)

    def line_received(self, line):
        number = members.index(self) + 1
        for member in members:
            if member is not self:
                member.send_line(b"%d: %b" % (number, line))

    def connection_lost(self, reason):
        members.remove(self)


reactor = Reactor()
reactor.listen_tcp(PORT, Factory.for_protocol(Member))
reactor.run()
