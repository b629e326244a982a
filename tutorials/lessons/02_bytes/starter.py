"""Lesson 2: tells how many characters and how many bytes a line has."""

import sys

from core import Factory, LineReceiver, Reactor

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 8000


class Counter(LineReceiver):
    def line_received(self, line: bytes) -> None:
        # TODO: answer `4 characters, 5 bytes`, or `not text, 2 bytes` if the line is not UTF-8.
        self.send_line(b"?")


reactor = Reactor()
reactor.listen_tcp(PORT, Factory.for_protocol(Counter))
reactor.run()
