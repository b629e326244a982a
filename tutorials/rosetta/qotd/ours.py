"""Quote of the day: a line, and the end. On our reactor."""

import sys

from core import Factory, Protocol, Reactor
from tutorials.rosetta.words import QUOTE


class Quote(Protocol):
    def connection_made(self) -> None:
        self.transport.write(QUOTE)
        self.transport.lose_connection()


reactor = Reactor()
port = reactor.listen_tcp(int(sys.argv[1]), Factory.for_protocol(Quote))
print("listening on", port.host, flush=True)
reactor.run()
