"""Lesson 3: answers each line of two numbers with their sum."""

import sys

from core import Factory, Protocol, Reactor

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 8000


class Adder(Protocol):
    def __init__(self) -> None:
        self.buffer = b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        *lines, self.buffer = self.buffer.split(b"\n")
        for line in lines:
            self.answer(line)

    def answer(self, line: bytes) -> None:
        one, two = line.split()
        self.transport.write(b"%d\n" % (int(one) + int(two)))


reactor = Reactor()
reactor.listen_tcp(PORT, Factory.for_protocol(Adder))
reactor.run()
