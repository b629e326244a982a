import sys

from core import Factory, LineReceiver, Reactor
from slow import look_up


class LookUp(LineReceiver):
    def line_received(self, line):
        if line == b"PING":
            self.send_line(b"PONG")
            return
        word = line.decode()
        try:
            result = look_up(word)
        except KeyError:
            result = "unknown"
        self.send_line(f"{word}: {result}".encode())


reactor = Reactor()
reactor.listen_tcp(int(sys.argv[1]), Factory.for_protocol(LookUp))
reactor.run()
