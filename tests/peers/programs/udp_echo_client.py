"""A Twisted DatagramProtocol that sends datagrams of several sizes, each after the last one's echo."""

import sys

from twisted.internet import reactor
from twisted.internet.protocol import DatagramProtocol

SIZES = [1, 0, 512, 8192, 60000]


class Echoed(DatagramProtocol):
    def startProtocol(self) -> None:
        self.waiting = [bytes(size) for size in SIZES]
        self.transport.connect("127.0.0.1", int(sys.argv[1]))
        self.transport.write(self.waiting[0])

    def datagramReceived(self, data: bytes, address: tuple[str, int]) -> None:
        print(len(data), "the same" if data == self.waiting.pop(0) else "another")
        if self.waiting:
            self.transport.write(self.waiting[0])
        else:
            reactor.stop()


reactor.listenUDP(0, Echoed(), interface="127.0.0.1", maxPacketSize=65536)
reactor.run()
