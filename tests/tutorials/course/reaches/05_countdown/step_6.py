"""Answers what a visitor says."""

from countdown import Countdown, run


class Talker(Countdown):
    def data_received(self, data: bytes) -> None:
        self.transport.write(data)


run(Talker)
