import sys

from core import Factory, Protocol, Reactor


class Adder(Protocol):
    def __init__(self):
        self.buffer = b""

    def data_received(self, data):
        self.buffer += data
        if b"\n" in self.buffer:
            line, self.buffer = self.buffer.split(b"\n", 1)
            self.answer(line)

    def answer(self, line):
        one, two = line.split()
        self.transport.write(b"%d\n" % (int(one) + int(two)))


reactor = Reactor()
reactor.listen_tcp(int(sys.argv[1]), Factory.for_protocol(Adder))
reactor.run()
