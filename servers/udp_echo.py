"""UDP echo: sends each datagram back to its sender (RFC 862).

The lesson: UDP has no connections. One protocol object serves all senders, and each datagram comes with the
address of its sender, because nothing else identifies the sender.
"""

import logging

from core.formats.text import decode
from servers.hosting.runner import ServerSpec, run
from servers.hosting.udp_answers import AnsweringProtocol

log = logging.getLogger(__name__)


class UDPEchoProtocol(AnsweringProtocol):
    """Sends each datagram back, unless its sender might answer in turn."""

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        if log.isEnabledFor(logging.DEBUG):
            log.debug("received %d bytes from %s:%d: %s", len(data), *address, decode(data))
        self.answer(data, address, data, data)


SERVICE = ServerSpec("udp_echo", 9999, datagram=lambda options, reactor: UDPEchoProtocol(), is_stateless=True)

if __name__ == "__main__":
    run(SERVICE)
