"""UDP echo: each datagram comes back. On our reactor."""

import sys

from core import DatagramProtocol, Reactor


class Echo(DatagramProtocol):
    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        self.transport.write(data, address)


reactor = Reactor()
port = reactor.listen_udp(int(sys.argv[1]), Echo())
print("listening on", port.host, flush=True)
reactor.run()
