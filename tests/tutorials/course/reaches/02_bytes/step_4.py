"""Strips blanks."""

import sys

from counter import answer

from core import Factory, LineReceiver, Reactor


class Counter(LineReceiver):
    def line_received(self, line: bytes) -> None:
        self.transport.write(answer(line.strip()))


reactor = Reactor()
reactor.listen_tcp(int(sys.argv[1]), Factory.for_protocol(Counter))
reactor.run()
