"""Lesson 9: an echo server that hangs up on who ends no line for half a second."""

import sys

from core import Factory, LineReceiver, Reactor

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
TIMEOUT = 0.5


class Echo(LineReceiver):
    def connection_made(self) -> None:
        self.timeout = reactor.call_later(TIMEOUT, self.give_up)

    def line_received(self, line: bytes) -> None:
        self.timeout.reset(TIMEOUT)
        self.send_line(line)

    def give_up(self) -> None:
        self.send_line(b"bye")
        self.transport.lose_connection()

    def connection_lost(self, reason: Exception) -> None:
        if self.timeout.active():
            self.timeout.cancel()


reactor = Reactor()
reactor.listen_tcp(PORT, Factory.for_protocol(Echo))
reactor.run()
