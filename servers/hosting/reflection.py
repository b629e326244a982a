"""UDP services that answer, but never answer another such service.

Two services that answer every datagram would answer each other for ever. One datagram with a forged sender
starts this (CERT CA-1996-01, "UDP Port Denial-of-Service Attack").
"""

import logging
from collections import Counter

from core.interfaces import UnixAddress
from core.protocols.protocol import DatagramProtocol

log = logging.getLogger(__name__)

ANSWERING_PORTS = frozenset(
    {7, 9, 13, 17, 19, 37, 53, 67, 68, 69, 111, 123, 137, 138, 161, 389, 500, 514, 520, 1900, 5353, 11211}
)
"""Ports of well-known UDP services. Most of these answer or forward any datagram."""

OUR_PORTS = frozenset({8007, 9999})
"""The default ports of this project's own UDP services: qotd and udp_echo."""

_bound: Counter[int] = Counter()
"""The ports of this process's own UDP services. Global, because all reactors of a process share its ports."""


def may_answer(address: tuple[str, int]) -> bool:
    """Whether an answer to `address` is safe. Port 0 means that the sender wants no answer (RFC 768)."""
    port = address[1]
    return port != 0 and port not in ANSWERING_PORTS and port not in OUR_PORTS and not _bound[port]


class AnsweringProtocol(DatagramProtocol):
    """A UDP service that answers with `answer`, and does not answer other services."""

    def start_protocol(self) -> None:
        if not isinstance(self.transport.host, UnixAddress):
            _bound[self.transport.host.port] += 1

    def stop_protocol(self) -> None:
        if not isinstance(self.transport.host, UnixAddress):
            _bound[self.transport.host.port] -= 1

    def answer(self, data: bytes, address: tuple[str, int]) -> None:
        """Send `data` to `address`, unless a service may be there that would answer in turn."""
        if may_answer(address):
            try:
                self.transport.write(data, address)
            except OSError as error:  # a firewall or a missing route: not an error of this server
                log.debug("no answer to %s:%d: %s", *address, error.strerror)
