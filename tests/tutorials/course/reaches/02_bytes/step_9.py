"""Shares one buffer among all visitors."""

import sys

from counter import answer

from core import Factory, Protocol, Reactor


class Counter(Protocol):
    buffer = bytearray()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        *lines, rest = bytes(self.buffer).split(b"\n")
        self.buffer[:] = rest
        for line in lines:
            self.transport.write(answer(line.removesuffix(b"\r")))


reactor = Reactor()
reactor.listen_tcp(int(sys.argv[1]), Factory.for_protocol(Counter))
reactor.run()
