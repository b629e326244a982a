"""Stops when a connection is reset."""

from core import ConnectionDone
from room import Member, reactor, run


class Fragile(Member):
    def connection_lost(self, reason: Exception) -> None:
        super().connection_lost(reason)
        if not isinstance(reason, ConnectionDone):
            reactor.stop()


run(Fragile)
