"""Lesson 1: a server that tells every caller the same text, and hangs up."""

import sys

from core import Factory, Protocol, Reactor

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
TEXT = sys.argv[2] if len(sys.argv) > 2 else "Take it easy."


class Quote(Protocol):
    def connection_made(self) -> None:
        self.transport.write(TEXT.encode() + b"\r\n")
        self.transport.lose_connection()


reactor = Reactor()
reactor.listen_tcp(PORT, Factory.for_protocol(Quote))
reactor.run()
