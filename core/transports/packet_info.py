"""UDP on all addresses: an answer is sent from the address that was asked.

Otherwise the kernel sends it from the address of the route. On a machine with several addresses that may be
another one, and the client drops an answer from an address that it has not asked. The kernel says which
address was asked, and takes the address to send from, in a control message: IP_PKTINFO (Linux, ip(7)) or
IPV6_PKTINFO (RFC 3542, section 6).
"""

import socket
import sys
from ipaddress import IPv6Address

from core.addresses import SocketName

Control = tuple[int, int, bytes]
"""A control message: level, type, data."""

IP_PKTINFO: int | None = getattr(socket, "IP_PKTINFO", 8 if sys.platform == "linux" else None)
"""The option of Linux and macOS. Python has it since 3.14; the number is from linux/in.h."""

MAX_PEERS = 1024
"""A new peer then replaces the oldest one: the address of a datagram is easily forged (RFC 4732, 3.1)."""

SPACE = 64
"""Bytes for the control messages of a datagram."""


class PacketInfo:
    """Receives and sends for `sock`, and remembers for each peer which address it has asked."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._asked: dict[SocketName, list[Control]] = {}

    @classmethod
    def for_socket(cls, sock: socket.socket) -> "PacketInfo | None":
        """A PacketInfo if `sock` is bound to all addresses and the system knows these messages, else None."""
        if sock.getsockname()[0] == "::" and hasattr(socket, "IPV6_RECVPKTINFO"):
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        elif sock.getsockname()[0] == "0.0.0.0" and IP_PKTINFO is not None:
            sock.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
        else:
            return None
        return cls(sock)

    def receive(self, size: int) -> tuple[bytes, SocketName]:
        """As `recvfrom`."""
        data, controls, _, name = self._socket.recvmsg(size, SPACE)
        peer = without_default(name)
        if peer not in self._asked and len(self._asked) >= MAX_PEERS:
            del self._asked[next(iter(self._asked))]
        self._asked[peer] = [answer for control in controls for answer in answer_to(*control)]
        return data, name

    def send(self, data: bytes, name: SocketName) -> int:
        """As `sendto`, from the address that this peer has asked last."""
        return self._socket.sendmsg([data], self._asked.get(name, ()), 0, name)


def without_default(name: SocketName) -> SocketName:
    """`name` as `core.addresses.socket_name` has it: without a scope of 0."""
    return name if len(name) == 4 and name[3] else (name[0], name[1])


def answer_to(level: int, kind: int, info: bytes) -> list[Control]:
    """The control messages for an answer to a datagram that came with this one.

    The route is free, so the interface is left out, except for a link-local address, which needs it.
    """
    if level == socket.IPPROTO_IP and kind == IP_PKTINFO:  # interface, own address, destination
        return [(level, kind, bytes(4) + info[4:8] + bytes(4))]
    if level == socket.IPPROTO_IPV6 and kind == socket.IPV6_PKTINFO:  # address, interface
        address = IPv6Address(info[:16])
        if not address.is_multicast:
            return [(level, kind, info if address.is_link_local else info[:16] + bytes(4))]
    return []
