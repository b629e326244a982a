import sys

from core import Factory, LineReceiver, Reactor, defer_to_thread
from slow import look_up


class LookUp(LineReceiver):
    def line_received(self, line):
        if line == b"PING":
            self.send_line(b"PONG")
            return
        word = line.decode()
        result = defer_to_thread(reactor, look_up, word)
        self.send_line(f"{word}: {result}".encode())


reactor = Reactor()
reactor.listen_tcp(int(sys.argv[1]), Factory.for_protocol(LookUp))
reactor.run()
