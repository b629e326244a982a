"""Serves three visitors at once, and hangs up on more."""

from countdown import Countdown, run


class Few(Countdown):
    here = 0

    def connection_made(self) -> None:
        Few.here += 1
        super().connection_made()
        if Few.here > 3:
            self.transport.abort_connection()

    def connection_lost(self, reason: Exception) -> None:
        Few.here -= 1
        super().connection_lost(reason)


run(Few)
