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
        if self.lines:
            self.timer = reactor.call_later(INTERVAL, self.send_next)
        else:
            self.transport.lose_connection()

    def data_received(self, data: bytes) -> None:
        """What a visitor sends is not answered."""

    def connection_lost(self, reason: Exception) -> None:
        if self.timer.active():
            self.timer.cancel()


reactor = Reactor()
reactor.listen_tcp(PORT, Factory.for_protocol(Countdown))
reactor.run()
