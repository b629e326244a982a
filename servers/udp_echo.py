"""UDP echo: each datagram goes back to where it came from (RFC 862).

The lesson: without connections there is one protocol object for everybody, and the address comes along
with each datagram, because nothing else says who it was.
"""

import logging

from core.formats.text import decode
from servers.hosting.reflection import AnsweringProtocol
from servers.hosting.runner import Service, run

log = logging.getLogger(__name__)


class UDPEchoProtocol(AnsweringProtocol):
    """Sends back what it gets."""

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        """Give it back, unless it might come back again."""
        if log.isEnabledFor(logging.DEBUG):
            log.debug("received %d bytes from %s:%d: %s", len(data), *address, decode(data))
        self.answer(data, address)


SERVICE = Service("udp_echo", 9999, datagram=lambda options, reactor: UDPEchoProtocol())

if __name__ == "__main__":
    run(SERVICE)
