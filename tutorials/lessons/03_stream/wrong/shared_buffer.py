import sys

from core import Factory, Protocol, Reactor

buffer = bytearray()


class Adder(Protocol):
    def data_received(self, data):
        buffer.extend(data)
        *lines, rest = bytes(buffer).split(b"\n")
        buffer[:] = rest
        for line in lines:
            self.answer(line)

    def answer(self, line):
        one, two = line.split()
        self.transport.write(b"%d\n" % (int(one) + int(two)))


reactor = Reactor()
reactor.listen_tcp(int(sys.argv[1]), Factory.for_protocol(Adder))
reactor.run()
