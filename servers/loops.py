"""Two servers that answer every datagram, once they get to answering each other, never stop.

All it takes is one datagram with a forged sender (CERT CA-1996-01, "UDP Port Denial-of-Service Attack").
"""

from core.interfaces import DatagramTransport, UnixAddress

ANSWERING_PORTS = frozenset(
    {7, 9, 13, 17, 19, 37, 53, 67, 68, 69, 111, 123, 137, 138, 161, 389, 500, 514, 520, 1900, 5353, 11211}
)
"""Ports of well-known UDP services, most of which answer, or hand on, whatever they get."""

OUR_PORTS = frozenset({8007, 9999})
"""Where the suite's own UDP services are by default: qotd and udp_echo."""

_bound: set[int] = set()
"""Where they are in this process."""


def serves(transport: DatagramTransport) -> None:
    """A service of ours answers on this socket, so nobody of ours must answer it."""
    if not isinstance(transport.host, UnixAddress):
        _bound.add(transport.host.port)


def may_answer(address: tuple[str, int]) -> bool:
    """Whether an answer to `address` can do no harm."""
    return not (address[1] in ANSWERING_PORTS or address[1] in OUR_PORTS or address[1] in _bound)
