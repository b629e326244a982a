"""Decodes each piece for itself, so a character that is cut is lost."""

from looker import LookUp, run


class PieceByPiece(LookUp):
    def data_received(self, data):
        if len(data) > 1:
            data = data.decode(errors="replace").encode()
        super().data_received(data)


run(PieceByPiece)
