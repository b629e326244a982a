"""Lesson 5: counts down for each visitor, while others come and go."""

import sys

from core import Factory, Protocol, Reactor

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
INTERVAL = 0.1


class Countdown(Protocol):
    def connection_made(self) -> None:
        self.lines = [b"3\n", b"2\n", b"1\n", b"go\n"]
        self.send_next()

    def send_next(self) -> None:
        self.transport.write(self.lines.pop(0))
        # TODO: send the next line INTERVAL seconds later. After the last one, close the connection.
        # TODO: if a visitor leaves before that, cancel the call that is still to come.

    def data_received(self, data: bytes) -> None:
        """What a visitor sends is not answered."""


reactor = Reactor()
reactor.listen_tcp(PORT, Factory.for_protocol(Countdown))
reactor.run()
