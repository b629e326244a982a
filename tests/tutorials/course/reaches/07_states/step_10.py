"""Closes all connections when one visitor leaves."""

import sys

from greeter import Greeter

from core import Factory, Reactor

visitors = []


class Together(Greeter):
    def connection_made(self) -> None:
        visitors.append(self)

    def connection_lost(self, reason: Exception) -> None:
        for visitor in visitors:
            visitor.transport.lose_connection()


reactor = Reactor()
reactor.listen_tcp(int(sys.argv[1]), Factory.for_protocol(Together))
reactor.run()
