"""The right server, for programs that differ from it in one thing."""

import sys

from core import Factory, LineReceiver, Reactor

reactor = Reactor()


class Member(LineReceiver):
    """The right server. The members are those of the class."""

    members: list["Member"] = []
    count = 0

    def connection_made(self) -> None:
        Member.count += 1
        self.number = Member.count
        self.members.append(self)

    def line_received(self, line: bytes) -> None:
        for member in self.members:
            if member is not self:
                member.send_line(b"%d: %b" % (self.number, line))

    def connection_lost(self, reason: Exception) -> None:
        self.members.remove(self)


def run(protocol: type[Member]) -> None:
    """Serve with `protocol`."""
    reactor.listen_tcp(int(sys.argv[1]), Factory.for_protocol(protocol))
    reactor.run()
