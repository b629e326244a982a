"""Decodes each piece for itself."""

from echo import Echo, run


class PieceByPiece(Echo):
    def data_received(self, data: bytes) -> None:
        super().data_received(data.decode(errors="replace").encode())


run(PieceByPiece)
