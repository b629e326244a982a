"""Takes everything that arrives together for one line."""

import sys

from counter import answer

from core import Factory, Protocol, Reactor


class Counter(Protocol):
    buffer = b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if self.buffer.endswith(b"\n"):
            self.transport.write(answer(self.buffer.removesuffix(b"\n").removesuffix(b"\r")))
            self.buffer = b""


reactor = Reactor()
reactor.listen_tcp(int(sys.argv[1]), Factory.for_protocol(Counter))
reactor.run()
