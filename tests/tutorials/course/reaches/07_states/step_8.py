"""Decodes each piece for itself."""

import sys

from greeter import Greeter

from core import Factory, Reactor


class PieceByPiece(Greeter):
    def data_received(self, data: bytes) -> None:
        super().data_received(data.decode(errors="replace").encode())


reactor = Reactor()
reactor.listen_tcp(int(sys.argv[1]), Factory.for_protocol(PieceByPiece))
reactor.run()
