"""Text 2, the UDP echo server. It logs each datagram; the text prints it."""

import logging

from core import Address, DatagramProtocol, Reactor

log = logging.getLogger(__name__)


class Echo(DatagramProtocol):
    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        log.info("%d bytes from %s:%d", len(data), *address)
        self.transport.write(data, address)


def main(reactor: Reactor, port: int) -> Address:
    return reactor.listen_udp(port, Echo()).host
