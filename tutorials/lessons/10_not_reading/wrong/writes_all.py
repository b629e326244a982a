import sys

from core import Factory, LineReceiver, Reactor

PORT = int(sys.argv[1])


class Sender(LineReceiver):
    def line_received(self, line):
        for number in range(1, int(line.removeprefix(b"SEND ")) + 1):
            self.transport.write(b"%01000d\n" % number)


reactor = Reactor()
reactor.listen_tcp(PORT, Factory.for_protocol(Sender))
reactor.run()
