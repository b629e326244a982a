"""Raises an exception when a visitor leaves before the end."""

from countdown import Countdown, run


class Strict(Countdown):
    def connection_lost(self, reason: Exception) -> None:
        super().connection_lost(reason)
        assert not self.lines, f"{len(self.lines)} lines were not sent"


run(Strict)
