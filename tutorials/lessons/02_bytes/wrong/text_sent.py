import sys

from core import Factory, LineReceiver, Reactor


class Counter(LineReceiver):
    def line_received(self, line):
        try:
            self.send_line(f"{len(line.decode())} characters, {len(line)} bytes")
        except UnicodeDecodeError:
            self.send_line(f"not text, {len(line)} bytes")


reactor = Reactor()
reactor.listen_tcp(int(sys.argv[1]), Factory.for_protocol(Counter))
reactor.run()
