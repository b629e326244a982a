import sys

from core import Factory, Protocol, Reactor


class Adder(Protocol):
    def data_received(self, data):
        self.answer(data)

    def answer(self, line):
        one, two = line.split()
        self.transport.write(b"%d\n" % (int(one) + int(two)))


reactor = Reactor()
reactor.listen_tcp(int(sys.argv[1]), Factory.for_protocol(Adder))
reactor.run()
