"""The right server, for programs that differ from it in one thing."""

import sys

from core import Factory, Protocol, Reactor

reactor = Reactor()


class Countdown(Protocol):
    """The right server."""

    def connection_made(self) -> None:
        self.lines = [b"3\n", b"2\n", b"1\n", b"go\n"]
        self.send_next()

    def send_next(self) -> None:
        """Send a line, and schedule the next one."""
        self.transport.write(self.lines.pop(0))
        if self.lines:
            self.timer = reactor.call_later(0.1, self.send_next)
        else:
            self.transport.lose_connection()

    def data_received(self, data: bytes) -> None:
        pass

    def connection_lost(self, reason: Exception) -> None:
        if self.timer.active():
            self.timer.cancel()


def run(protocol: type[Countdown]) -> None:
    """Serve with `protocol`."""
    reactor.listen_tcp(int(sys.argv[1]), Factory.for_protocol(protocol))
    reactor.run()
