import sys

from core import Factory, LineReceiver, Reactor


class Counter(LineReceiver):
    def line_received(self, line):
        try:
            line.decode()
            self.send_line(b"%d characters, %d bytes" % (len(line), len(line)))
        except UnicodeDecodeError:
            self.send_line(b"not text, %d bytes" % len(line))


reactor = Reactor()
reactor.listen_tcp(int(sys.argv[1]), Factory.for_protocol(Counter))
reactor.run()
