"""Takes each piece for one request."""

import sys

from core import Factory, Protocol, Reactor


class Sender(Protocol):
    def data_received(self, data: bytes) -> None:
        for number in range(1, int(data.split()[1]) + 1):
            self.transport.write(b"%01000d\n" % number)


reactor = Reactor()
reactor.listen_tcp(int(sys.argv[1]), Factory.for_protocol(Sender))
reactor.run()
