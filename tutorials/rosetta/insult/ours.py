"""Insults: an answer for each line. On our reactor."""

import sys

from core import Factory, LineReceiver, Reactor
from tutorials.rosetta.words import insult


class Insult(LineReceiver):
    def line_received(self, line: bytes) -> None:
        self.send_line(insult(line.decode("utf-8", "replace")).encode())


reactor = Reactor()
port = reactor.listen_tcp(int(sys.argv[1]), Factory.for_protocol(Insult))
print("listening on", port.host, flush=True)
reactor.run()
