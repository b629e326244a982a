import sys

from core import Factory, LineReceiver, Reactor, defer_to_thread
from slow import look_up


class LookUp(LineReceiver):
    def line_received(self, line):
        if line == b"PING":
            self.send_line(b"PONG")
            return
        word = line.decode()
        defer_to_thread(reactor, look_up, word).add_callback(self.answer, word)

    def answer(self, result, word):
        self.send_line(f"{word}: {result}".encode())


reactor = Reactor()
reactor.listen_tcp(int(sys.argv[1]), Factory.for_protocol(LookUp))
reactor.run()
