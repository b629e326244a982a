"""Text 2, datagrams go back to where they came from; a log tells of them, where the text prints."""

import logging

from core import Address, DatagramProtocol, Reactor

log = logging.getLogger(__name__)


class Echo(DatagramProtocol):
    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        log.info("%d bytes from %s:%d", len(data), *address)
        self.transport.write(data, address)


def main(reactor: Reactor, port: int) -> Address:
    return reactor.listen_udp(port, Echo()).host
