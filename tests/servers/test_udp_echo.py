"""Each datagram goes back to its sender unchanged."""

import subprocess
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.interfaces import IPv4Address
from core.reactor import Reactor
from servers.udp_echo import UDPEchoProtocol
from tests.running import GUARD, Server, datagrams, serving, until_logged
from tests.servers.hosting.test_udp_answers import STRANGER, Wire


@given(st.binary())
def test_a_datagram_goes_back_to_its_sender_unchanged(data: bytes) -> None:
    protocol, wire = UDPEchoProtocol(), Wire()
    protocol.make_connection(wire)
    protocol.datagram_received(data, STRANGER)
    protocol.datagram_received(data, ("127.0.0.1", 7))
    assert wire.sent == [(data, STRANGER)]
    protocol.stop_protocol()


def test_two_of_our_services_never_answer_each_other(reactor: Reactor) -> None:
    heard: list[bytes] = []

    class Listening(UDPEchoProtocol):
        def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
            super().datagram_received(data, address)
            heard.append(data)

    ports = [reactor.listen_udp(0, Listening()) for _ in range(2)]
    host = ports[1].host
    assert isinstance(host, IPv4Address)
    ports[0].write(b"to and fro", (host.host, host.port))  # as if it had come from there
    ports[0].write(b"the end", (host.host, host.port))
    while b"the end" not in heard:
        reactor.turn()
    assert heard == [b"to and fro", b"the end"]
    for port in ports:
        port.stop_listening()
    reactor.turn()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving("servers.udp_echo", "--port", "0", "--log-level", "debug") as server:
        yield server


@pytest.mark.parametrize("size", [0, 1, 512, 65507])
def test_datagrams_of_every_size_come_back(server: Server, size: int) -> None:
    with datagrams(server) as client:
        client.send(b"\xff" * size)
        assert client.recv(65536) == b"\xff" * size


def test_every_sender_receives_its_own_datagram(server: Server) -> None:
    with datagrams(server) as one, datagrams(server) as other:
        one.send(b"one")
        other.send(b"other")
        assert (one.recv(100), other.recv(100)) == (b"one", b"other")


def test_at_log_level_debug_a_datagram_is_shown_and_never_raw(server: Server) -> None:
    with datagrams(server) as client:
        client.send(b"hello \x1b[2J \xff")
        client.recv(100)
    until_logged(server, lambda log: "hello ␛[2J \N{REPLACEMENT CHARACTER}" in log)
    assert "\x1b" not in server.stderr()


def test_nc_gets_its_line_back(server: Server) -> None:
    command = ["nc", "-u", "-W", "1", "127.0.0.1", str(server.port())]
    result = subprocess.run(command, input=b"hello\n", capture_output=True, timeout=GUARD)
    assert result.stdout == b"hello\n"
