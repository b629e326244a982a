"""Lesson 6: tells each visitor its number, and how many are here."""

import sys

from core import Factory, Protocol, Reactor

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 8000


class Visitor(Protocol):
    factory: "Visitors"

    def connection_made(self) -> None:
        # TODO: count this visitor in self.factory. A visitor who leaves has to be counted, too.
        text = f"You are number {self.factory.count}. {self.factory.here} are here."
        self.transport.write(text.encode() + b"\r\n")


class Visitors(Factory):
    protocol = Visitor

    def __init__(self) -> None:
        self.count = 0
        self.here = 0


reactor = Reactor()
reactor.listen_tcp(PORT, Visitors())
reactor.run()
