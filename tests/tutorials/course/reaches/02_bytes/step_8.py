"""Decodes each piece for itself."""

import sys

from counter import answer

from core import Factory, Protocol, Reactor


class Counter(Protocol):
    buffer = b""

    def data_received(self, data: bytes) -> None:
        if not data.endswith(b"\n"):
            data = data.decode(errors="replace").encode() if b"\xff" not in data else data
        *lines, self.buffer = (self.buffer + data).split(b"\n")
        for line in lines:
            self.transport.write(answer(line.removesuffix(b"\r")))


reactor = Reactor()
reactor.listen_tcp(int(sys.argv[1]), Factory.for_protocol(Counter))
reactor.run()
