"""Decodes each piece for itself."""

from room import Member, run


class PieceByPiece(Member):
    def data_received(self, data: bytes) -> None:
        super().data_received(data if data.isascii() or b"\n" in data else data.decode("latin-1").encode())


run(PieceByPiece)
