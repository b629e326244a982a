import sys

from core import Factory, LineReceiver, Reactor


class Counter(LineReceiver):
    def line_received(self, line):
        text = line.decode("latin-1")
        self.send_line(f"{len(text)} characters, {len(line)} bytes".encode())


reactor = Reactor()
reactor.listen_tcp(int(sys.argv[1]), Factory.for_protocol(Counter))
reactor.run()
