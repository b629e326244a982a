"""The right server, for programs that differ from it in one thing."""

import sys

from core import Factory, LineReceiver, Reactor, defer_to_thread
from slow import look_up

reactor = Reactor()


class LookUp(LineReceiver):
    """The right server."""

    def line_received(self, line):
        if line == b"PING":
            self.send_line(b"PONG")
            return
        word = line.decode()
        result = defer_to_thread(reactor, look_up, word).add_errback(lambda error: "unknown")
        result.add_callback(self.answer, word)

    def answer(self, result, word):
        """Send the answer."""
        self.send_line(f"{word}: {result}".encode())


def run(protocol):
    """Serve with `protocol`."""
    reactor.listen_tcp(int(sys.argv[1]), Factory.for_protocol(protocol))
    reactor.run()
