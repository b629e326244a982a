"""Drops what is still to be sent when the peer ends its sending."""

from echo import Echo, run


class Impolite(Echo):
    def read_connection_lost(self) -> None:
        self.transport.abort_connection()


run(Impolite)
