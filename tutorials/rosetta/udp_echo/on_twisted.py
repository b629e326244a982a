"""UDP echo: each datagram comes back. On Twisted."""

import sys

from twisted.internet import reactor
from twisted.internet.protocol import DatagramProtocol


class Echo(DatagramProtocol):
    def datagramReceived(self, datagram: bytes, addr: tuple[str, int]) -> None:
        self.transport.write(datagram, addr)


port = reactor.listenUDP(int(sys.argv[1]), Echo(), interface="127.0.0.1")
print("listening on", port.getHost().port, flush=True)
reactor.run()
