"""Two servers that answer every datagram, once they get to answering each other, never stop.

All it takes is one datagram with a forged sender (CERT CA-1996-01, "UDP Port Denial-of-Service Attack").
So a service that answers does it from here, where it is known who must not be answered.
"""

import logging
from collections import Counter

from core.interfaces import UnixAddress
from core.protocols.protocol import DatagramProtocol

log = logging.getLogger(__name__)

ANSWERING_PORTS = frozenset(
    {7, 9, 13, 17, 19, 37, 53, 67, 68, 69, 111, 123, 137, 138, 161, 389, 500, 514, 520, 1900, 5353, 11211}
)
"""Ports of well-known UDP services, most of which answer, or hand on, whatever they get."""

OUR_PORTS = frozenset({8007, 9999})
"""Where the suite's own UDP services are by default: qotd and udp_echo."""

_bound: Counter[int] = Counter()
"""Where they are in this process: it is one for all reactors, since they all share its ports."""


def may_answer(address: tuple[str, int]) -> bool:
    """Whether an answer to `address` can do no harm. Port 0 means that none is wanted (RFC 768)."""
    port = address[1]
    return port != 0 and port not in ANSWERING_PORTS and port not in OUR_PORTS and not _bound[port]


class AnsweringProtocol(DatagramProtocol):
    """A service that answers datagrams, and is not answered by its like."""

    def start_protocol(self) -> None:
        """From now on nobody of ours answers this socket."""
        if not isinstance(self.transport.host, UnixAddress):
            _bound[self.transport.host.port] += 1

    def stop_protocol(self) -> None:
        """The port may be anyone's again."""
        if not isinstance(self.transport.host, UnixAddress):
            _bound[self.transport.host.port] -= 1

    def answer(self, data: bytes, address: tuple[str, int]) -> None:
        """Send `data` to `address`, unless an answer might come back, and theirs again."""
        if may_answer(address):
            try:
                self.transport.write(data, address)
            except OSError as error:  # a firewall, or no way there: theirs to mind
                log.debug("no answer to %s:%d: %s", *address, error.strerror)
