import sys
import time

from core import Factory, Protocol, Reactor

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 8000


class Countdown(Protocol):
    def connection_made(self) -> None:
        for line in (b"3\n", b"2\n", b"1\n", b"go\n"):
            self.transport.write(line)
            end = time.monotonic() + 0.1
            while time.monotonic() < end:
                pass
        self.transport.lose_connection()


reactor = Reactor()
reactor.listen_tcp(PORT, Factory.for_protocol(Countdown))
reactor.run()
