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

    # TODO: a new visitor gets a number and becomes a member; one who goes is removed.
    def line_received(self, line: bytes) -> None:
        # TODO: send the number and the line to all other members.
        pass


reactor = Reactor()
reactor.listen_tcp(PORT, Room.for_protocol(Member))
reactor.run()
