"""Writes reads and writes as packets that Wireshark shows.

The monitor has the bytes of the connection and not its packets. So each read and each write becomes a packet
of its own, with the addresses of both ends and with the numbers that TCP would use. The bytes of a connection
with TLS are those inside of the encryption.
"""

import re
from io import BytesIO
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple

from dpkt.ip import IP, IP_PROTO_TCP, IP_PROTO_UDP
from dpkt.ip6 import IP6
from dpkt.pcap import DLT_RAW, Writer
from dpkt.tcp import TCP, TH_ACK, TH_PUSH, TH_SYN
from dpkt.udp import UDP

from clients.monitor.feed.wire import Chunk
from clients.monitor.sessions.server import SessionRow

ADDRESS = re.compile(r"(?:\w+:)?\[?([^\]]*?)\]?:(\d+)(?:\?.*)?")
LARGEST_PACKET = 1 << 18
LARGEST_PAYLOAD = 60_000  # a packet of IPv4 has at most 65,535 bytes
SEQUENCE_NUMBERS = 1 << 32


class End(NamedTuple):
    """One end of the connection."""

    address: IPv4Address | IPv6Address
    port: int


NOWHERE = End(IPv4Address("127.0.0.1"), 1)
"""Stands for an end that has no address, such as that of a Unix socket."""


def end(text: str) -> End | None:
    """The address in `127.0.0.1:50000`, or in an endpoint such as `tcp:[::1]:8000`."""
    found = ADDRESS.fullmatch(text)
    try:
        return End(ip_address(found[1].partition("%")[0]), int(found[2]) & 0xFFFF) if found else None
    except ValueError:
        return None


def ends(session: SessionRow) -> dict[str, tuple[End, End]]:
    """The source and the destination of each direction. Without a known address both ends are NOWHERE."""
    row = session.row
    peer = end(row.peer)
    texts = [text for name, found in session.server.services if name == row.service for text in found]
    servers = [found for found in map(end, texts) if found is not None]
    if peer is None or not servers:
        peer, server = peer or NOWHERE, NOWHERE
    else:
        server = next((each for each in servers if each.address.version == peer.address.version), servers[0])
    if server.address.version != peer.address.version:  # it listens on all addresses
        server = End(ip_address("::" if peer.address.version == 6 else "0.0.0.0"), server.port)
    return {"in": (peer, server), "out": (server, peer)}


class PcapEncoder:
    """A file format of a Capture: the packets of `session`: UDP, or TCP with a handshake in front."""

    def __init__(self, session: SessionRow) -> None:
        self._ends = ends(session)
        self._is_udp = session.row.transport == "udp"
        self._next = {"in": 0, "out": 0}  # the sequence numbers
        self._is_open = self._is_udp
        self._buffer = BytesIO()
        self._writer = Writer(self._buffer, snaplen=LARGEST_PACKET, linktype=DLT_RAW)
        self.head = self._take()

    def encode(self, chunk: Chunk) -> bytes:
        at, direction = round(chunk.at, 6), "out" if chunk.direction == "out" else "in"
        if not self._is_open:
            self._open(at)
        if not self._is_udp:
            self._next[direction] = chunk.offset + 1
        for start in range(0, len(chunk.data), LARGEST_PAYLOAD):
            self._write(direction, bytes(chunk.data[start : start + LARGEST_PAYLOAD]), at)
        return self._take()

    def _open(self, at: float) -> None:
        """The handshake of TCP, so that Wireshark knows which end has connected."""
        self._is_open = True
        self._write("in", b"", at, TH_SYN)
        self._write("out", b"", at, TH_SYN | TH_ACK)
        self._write("in", b"", at, TH_ACK)

    def _write(self, direction: str, payload: bytes, at: float, flags: int = TH_PUSH | TH_ACK) -> None:
        source, destination = self._ends[direction]
        if self._is_udp:
            segment = UDP(sport=source.port, dport=destination.port, ulen=8 + len(payload), data=payload)
        else:
            other = self._next["in" if direction == "out" else "out"]
            segment = TCP(
                sport=source.port,
                dport=destination.port,
                seq=self._next[direction] % SEQUENCE_NUMBERS,
                ack=other % SEQUENCE_NUMBERS if flags & TH_ACK else 0,
                flags=flags,
                win=65_535,
                data=payload,
            )
            self._next[direction] += len(payload) + bool(flags & TH_SYN)
        number = IP_PROTO_UDP if self._is_udp else IP_PROTO_TCP
        addresses = {"src": source.address.packed, "dst": destination.address.packed}
        if source.address.version == 4:
            packet = IP(**addresses, p=number, ttl=64, data=segment)
        else:
            packet = IP6(**addresses, nxt=number, hlim=64, plen=len(segment), data=segment)
        self._writer.writepkt(packet, at)

    def _take(self) -> bytes:
        """The bytes that the writer has written since the last call."""
        data = self._buffer.getvalue()
        self._buffer.seek(0)
        self._buffer.truncate()
        return data
