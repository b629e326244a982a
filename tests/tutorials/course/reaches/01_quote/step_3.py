"""Answers only a visitor who is silent for a while."""

import sys

from core import Factory, Protocol, Reactor


class Quote(Protocol):
    def connection_made(self) -> None:
        self.call = reactor.call_later(0.05, self.speak)

    def speak(self) -> None:
        self.transport.write(sys.argv[2].encode() + b"\r\n")
        self.transport.lose_connection()

    def data_received(self, data: bytes) -> None:
        self.call.cancel()


reactor = Reactor()
reactor.listen_tcp(int(sys.argv[1]), Factory.for_protocol(Quote))
reactor.run()
