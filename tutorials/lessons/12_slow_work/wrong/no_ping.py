import sys

from core import Factory, LineReceiver, Reactor, defer_to_thread
from slow import look_up


class LookUp(LineReceiver):
    def line_received(self, line):
        word = line.decode()
        result = defer_to_thread(reactor, look_up, word).add_errback(lambda error: "unknown")
        result.add_callback(self.answer, word)

    def answer(self, result, word):
        self.send_line(f"{word}: {result}".encode())


reactor = Reactor()
reactor.listen_tcp(int(sys.argv[1]), Factory.for_protocol(LookUp))
reactor.run()
