"""Ignores an empty line."""

import sys

from counter import answer

from core import Factory, LineReceiver, Reactor


class Counter(LineReceiver):
    def line_received(self, line: bytes) -> None:
        if line:
            self.transport.write(answer(line))


reactor = Reactor()
reactor.listen_tcp(int(sys.argv[1]), Factory.for_protocol(Counter))
reactor.run()
