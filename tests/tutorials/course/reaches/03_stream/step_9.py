"""Ends when a visitor has left with half a line."""

import sys

from core import Factory, Protocol, Reactor


class Adder(Protocol):
    def __init__(self):
        self.buffer = b""

    def data_received(self, data):
        self.buffer += data
        *lines, self.buffer = self.buffer.split(b"\n")
        for line in lines:
            self.answer(line)

    def connection_lost(self, reason):
        if self.buffer:
            reactor.stop()

    def answer(self, line):
        one, two = line.split()
        self.transport.write(b"%d\n" % (int(one) + int(two)))


reactor = Reactor()
reactor.listen_tcp(int(sys.argv[1]), Factory.for_protocol(Adder))
reactor.run()
