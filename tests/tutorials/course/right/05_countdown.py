"""A countdown as a coroutine for each visitor."""

import sys

from core import Deferred, Factory, Protocol, Reactor, defer_later


class Countdown(Protocol):
    def connection_made(self) -> None:
        self.counting = Deferred.from_coroutine(self.count())
        self.counting.add_errback(lambda reason: None)

    async def count(self) -> None:
        """Send the lines. Cancelled when the visitor leaves."""
        for line in (b"3\n", b"2\n", b"1\n"):
            self.transport.write(line)
            await defer_later(reactor, 0.1, lambda: None)
        self.transport.write(b"go\n")
        self.transport.lose_connection()

    def data_received(self, data: bytes) -> None:
        pass

    def connection_lost(self, reason: Exception) -> None:
        self.counting.cancel()


reactor = Reactor()
reactor.listen_tcp(int(sys.argv[1]), Factory.for_protocol(Countdown))
reactor.run()
