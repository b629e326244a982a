from core import Protocol
from core.testing import StringTransport


class Pieces(Protocol):
    def data_received(self, data):
        print(data)


pieces = Pieces()
pieces.make_connection(StringTransport())
for data in (b"12 3", b"0\n7 8\n", b"1"):
    pieces.data_received(data)
