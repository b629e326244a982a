"""Lesson 9: an echo server that hangs up on who ends no line for half a second."""

import sys

from core import Factory, LineReceiver, Reactor

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
TIMEOUT = 0.5


class Echo(LineReceiver):
    # TODO: a visitor who ends no line for TIMEOUT seconds gets `bye`, and the end of the stream.
    def line_received(self, line: bytes) -> None:
        self.send_line(line)


reactor = Reactor()
reactor.listen_tcp(PORT, Factory.for_protocol(Echo))
reactor.run()
