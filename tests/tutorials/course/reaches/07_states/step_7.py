"""Takes the last line of a piece alone."""

import sys

from greeter import Greeter

from core import Factory, Reactor


class LastLine(Greeter):
    kept = b""

    def data_received(self, data: bytes) -> None:
        *lines, self.kept = (self.kept + data).split(b"\n")
        if lines:
            self.line_received(lines[-1].removesuffix(b"\r"))


reactor = Reactor()
reactor.listen_tcp(int(sys.argv[1]), Factory.for_protocol(LastLine))
reactor.run()
