"""The right server, for programs that differ from it in one thing."""

import sys

from core import Factory, LineReceiver, Reactor

reactor = Reactor()


class Echo(LineReceiver):
    """The right server."""

    def connection_made(self) -> None:
        self.timeout = reactor.call_later(0.5, self.give_up)

    def line_received(self, line: bytes) -> None:
        self.timeout.reset(0.5)
        self.send_line(line)

    def give_up(self) -> None:
        """The time is up."""
        self.send_line(b"bye")
        self.transport.lose_connection()

    def connection_lost(self, reason: Exception) -> None:
        if self.timeout.active():
            self.timeout.cancel()


def run(protocol: type[Echo]) -> None:
    """Serve with `protocol`."""
    reactor.listen_tcp(int(sys.argv[1]), Factory.for_protocol(protocol))
    reactor.run()
