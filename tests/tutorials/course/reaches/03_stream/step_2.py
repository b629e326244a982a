"""Echoes."""

import sys

from core import Factory, Protocol, Reactor


class Adder(Protocol):
    def data_received(self, data: bytes) -> None:
        self.transport.write(data)


reactor = Reactor()
reactor.listen_tcp(int(sys.argv[1]), Factory.for_protocol(Adder))
reactor.run()
