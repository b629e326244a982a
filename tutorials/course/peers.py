"""The other side of a learner's program: visitors of a server, a server for a client, UDP peers."""

import socket
import struct
import time
from collections.abc import Callable, Iterable

from core.errors import ConnectionAborted, ConnectionDone
from core.interfaces import Address, IPv4Address, ReactorTime, UnixAddress
from core.protocols.protocol import ClientFactory, DatagramProtocol, Factory, Protocol

Answer = Callable[[bytes], Iterable[tuple[float, bytes]]]

SOCK_DIAG, SOCK_DIAG_BY_FAMILY, REQUEST, ERROR = 4, 20, 1, 2
NO_COOKIE = 0xFFFFFFFF
QUESTION = "=IHHIIBBBxI2s2s16s16sIII"
ANSWER_AT, RECEIVE_QUEUE = 16, 56
"""The place of the answer in a netlink message, and of the receive queue in it (linux/inet_diag.h)."""


def unread(program: IPv4Address, peer: IPv4Address) -> int | None:
    """The bytes that wait in the kernel for the program's end of a connection, None if it is closed.

    Elsewhere than on Linux always 0. `program` is that end's address, and `peer` the other end's.
    """
    if not hasattr(socket, "AF_NETLINK"):
        return 0
    ports = [struct.pack("!H", address.port) for address in (program, peer)]
    hosts = [socket.inet_aton(address.host).ljust(16, b"\0") for address in (program, peer)]
    header = (72, SOCK_DIAG_BY_FAMILY, REQUEST, 0, 0)
    kind = (socket.AF_INET, socket.IPPROTO_TCP, 0, NO_COOKIE)
    question = struct.pack(QUESTION, *header, *kind, *ports, *hosts, 0, NO_COOKIE, NO_COOKIE)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, SOCK_DIAG) as kernel:
        kernel.send(question)
        answer = kernel.recv(4096)
    if struct.unpack_from("=H", answer, 4)[0] == ERROR:
        return None
    return int(struct.unpack_from("=I", answer, ANSWER_AT + RECEIVE_QUEUE)[0])


class Peer(Protocol):
    """One end of a connection with the program. Records what it receives, and how the connection ends."""

    def __init__(self) -> None:
        self.received = bytearray()
        self.came: list[tuple[float, bytes | str]] = []
        """All that has ever come, with the times. `received` has the bytes that no check has expected yet."""
        self.line_times: list[float] = []
        """When each line feed arrived."""
        self.is_open = self.was_open = False
        self.end: Exception | None = None
        self.has_ended = False

    def connection_made(self) -> None:
        self.is_open = self.was_open = True
        self.local, self.remote = self.transport.host, self.transport.peer

    def data_received(self, data: bytes) -> None:
        self.received += data
        self.came.append((time.monotonic(), data))
        self.line_times += [time.monotonic()] * data.count(b"\n")

    def read_connection_lost(self) -> None:
        """The program sends no more. The connection stays open until the check closes it."""
        self.has_ended = True
        self.came.append((time.monotonic(), "(the end of the stream)"))

    def connection_lost(self, reason: Exception) -> None:
        self.is_open = False
        # A reset after the end of the stream answers the data that this end sent. If the end was not read
        # before the next send, the kernel tells of it as a broken pipe, and of any other reset as a reset.
        if not self.has_ended and not isinstance(reason.__cause__, BrokenPipeError):
            self.end = reason
            if not isinstance(reason, ConnectionDone | ConnectionAborted):
                self.came.append((time.monotonic(), "(a reset)"))
        self.has_ended = True

    def was_reset(self) -> bool:
        """Whether the program has reset the connection before the end of its stream."""
        return self.end is not None and not isinstance(self.end, ConnectionDone)

    def unread(self) -> int | None:
        """The bytes that the program has not read yet; None if its end is closed."""
        if not self.is_open:
            return None
        if self.transport.waiting:
            return self.transport.waiting
        if isinstance(self.local, UnixAddress) or isinstance(self.remote, UnixAddress):
            return 0
        here, there = (IPv4Address("tcp", each.host, each.port) for each in (self.local, self.remote))
        return unread(there, here)


class PeerFactory(ClientFactory):
    """Makes one Peer, for a connection to the program."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.failure: Exception | None = None

    def build_protocol(self, address: Address) -> Protocol:
        return self.peer

    def client_connection_failed(self, connector: object, reason: Exception) -> None:
        self.failure = reason


class Listener(Factory):
    """A server for a program that is a client: makes a Peer for each connection."""

    def __init__(self) -> None:
        self.peers: list[Peer] = []
        self.accepted = 0
        """The number of those that a check has looked at."""
        self.times: list[float] = []
        """When each of them was connected."""
        self.ended: list[float] = []
        """When a check has begun to end each of them."""

    def waits(self) -> list[float]:
        """The seconds from the end of each connection to the next one."""
        return [began - ended for ended, began in zip(self.ended, self.times[1:], strict=False)]

    def build_protocol(self, address: Address) -> Protocol:
        self.peers.append(Peer())
        self.times.append(time.monotonic())
        return self.peers[-1]


class UDPPeer(DatagramProtocol):
    """A UDP socket. `answer` returns the answers to a datagram, each after its delay in seconds."""

    def __init__(self, clock: ReactorTime, answer: Answer, record: Callable[..., None]) -> None:
        self.received: list[bytes] = []
        self._clock, self._answer, self._record = clock, answer, record

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        self.received.append(data)
        self._record("came", data)
        for delay, text in self._answer(data):
            self._record("sent", text, after=delay)
            self._clock.call_later(delay, self.transport.write, text, address)
