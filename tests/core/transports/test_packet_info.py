"""An answer is sent from the address that was asked, also by a socket on all addresses."""

import socket
import struct

import pytest

from core.protocols.protocol import DatagramProtocol
from core.reactor import Reactor
from core.transports.packet_info import IP_PKTINFO, MAX_PEERS, PacketInfo, answer_to, without_default
from tests.conftest import turn_until
from tests.running import GUARD

pytestmark = pytest.mark.skipif(IP_PKTINFO is None, reason="this system has no IP_PKTINFO")


class Echo(DatagramProtocol):
    def __init__(self) -> None:
        self.count = 0

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        self.count += 1
        self.transport.write(data, address)


@pytest.mark.parametrize("asked", ["127.0.0.1", "127.0.0.2", "127.9.9.9"])
def test_an_answer_comes_from_the_address_that_was_asked(reactor: Reactor, asked: str) -> None:
    echo = Echo()
    port = reactor.listen_udp(0, echo, interface="0.0.0.0")
    with socket.socket(type=socket.SOCK_DGRAM) as client:
        client.connect((asked, int(str(port.host).rpartition(":")[2])))
        client.settimeout(GUARD)
        client.send(b"hello")
        turn_until(reactor, lambda: echo.count)
        assert client.recv(100) == b"hello"


def test_a_socket_on_one_address_needs_no_such_messages() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        assert PacketInfo.for_socket(sock) is None


def test_the_number_of_remembered_peers_is_limited() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.bind(("0.0.0.0", 0))
        info = PacketInfo.for_socket(sock)
        assert info is not None
        for number in range(MAX_PEERS + 10):
            with socket.socket(type=socket.SOCK_DGRAM) as peer:
                peer.bind((f"127.0.{number >> 8}.{number & 255}", 0))
                peer.sendto(b"x", ("127.0.0.1", sock.getsockname()[1]))
                info.receive(100)
        assert len(info._asked) <= MAX_PEERS


def test_the_name_of_a_peer_has_its_scope_only_if_there_is_one() -> None:
    assert without_default(("fe80::1", 9, 0, 2)) == ("fe80::1", 9, 0, 2)
    assert without_default(("::1", 9, 0, 0)) == ("::1", 9)
    assert without_default(("127.0.0.1", 9)) == ("127.0.0.1", 9)


def test_the_interface_is_left_out_but_for_link_local_addresses() -> None:
    def ipv6(address: str, interface: int) -> bytes:
        return socket.inet_pton(socket.AF_INET6, address) + struct.pack("@I", interface)

    level, kind = socket.IPPROTO_IPV6, socket.IPV6_PKTINFO
    assert answer_to(level, kind, ipv6("fd00::1", 3)) == [(level, kind, ipv6("fd00::1", 0))]
    assert answer_to(level, kind, ipv6("fe80::1", 3)) == [(level, kind, ipv6("fe80::1", 3))]
    assert answer_to(level, kind, ipv6("ff02::1", 3)) == []
    assert answer_to(socket.SOL_SOCKET, 99, b"") == []
