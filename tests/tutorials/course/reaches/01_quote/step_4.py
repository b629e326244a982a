"""Hangs up on a visitor who has ended its sending, without the text."""

import sys

from core import Factory, Protocol, Reactor


class Quote(Protocol):
    def connection_made(self) -> None:
        self.call = reactor.call_later(0.05, self.speak)

    def speak(self) -> None:
        self.transport.write(sys.argv[2].encode() + b"\r\n")
        self.transport.lose_connection()

    def read_connection_lost(self) -> None:
        self.call.cancel()
        self.transport.lose_connection()


reactor = Reactor()
reactor.listen_tcp(int(sys.argv[1]), Factory.for_protocol(Quote))
reactor.run()
