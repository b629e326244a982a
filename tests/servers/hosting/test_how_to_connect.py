"""The commands that a server prints work when they are copied, here and on other machines."""

import socket

import pytest

from core.endpoints import TCPEndpoint, UDPEndpoint, UnixEndpoint, parse
from servers.hosting.how_to_connect import how_to_connect, reachable
from tests.running import connect, serving


@pytest.mark.parametrize(
    ("place", "nc"),
    [
        ("tcp:127.0.0.1:8000", "nc 127.0.0.1 8000"),
        ("tcp:[::1]:8000", "nc ::1 8000"),
        ("unix:/tmp/chat.sock", "nc -U /tmp/chat.sock"),
        ("udp:127.0.0.1:9999", "nc -u 127.0.0.1 9999"),
    ],
)
def test_a_service_with_a_client_is_reached_with_it_or_with_nc(place: str, nc: str) -> None:
    assert how_to_connect("chat", [place]) == f"  python -m clients.chat --connect {place}    or: {nc}"


def test_a_service_without_a_client_is_reached_with_nc() -> None:
    assert how_to_connect("calc", ["tcp:127.0.0.1:8000"]) == "  nc 127.0.0.1 8000"


@pytest.mark.parametrize(
    "endpoint", [TCPEndpoint("127.0.0.1", 1), UDPEndpoint("10.1.2.3", 1), UnixEndpoint("/a")]
)
def test_an_endpoint_without_a_wildcard_address_is_unchanged(
    endpoint: TCPEndpoint | UDPEndpoint | UnixEndpoint,
) -> None:
    assert reachable(endpoint) == endpoint


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_a_wildcard_address_is_replaced_by_an_address_of_this_machine(host: str) -> None:
    found = reachable(UDPEndpoint(host, 9999))
    assert isinstance(found, UDPEndpoint)
    assert found.host != host
    assert found.port == 9999


def test_without_a_network_it_is_replaced_by_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    class Disconnected(socket.socket):
        def connect(self, address: object) -> None:
            raise OSError("Network is unreachable")

    monkeypatch.setattr(socket, "socket", Disconnected)
    assert reachable(TCPEndpoint("0.0.0.0", 8000)) == TCPEndpoint("127.0.0.1", 8000)
    assert reachable(TCPEndpoint("::", 8000)) == TCPEndpoint("::1", 8000)


def test_a_server_on_all_addresses_prints_one_that_others_can_use() -> None:
    with serving("servers.echo", "--host", "", "--port", "0") as server:
        assert server.endpoints["echo"] == [f"tcp:0.0.0.0:{server.port()}"]
        place = parse(server.lines[2].split()[4])
        assert isinstance(place, TCPEndpoint)
        assert place.host != "0.0.0.0"
        with connect(place.port, place.host) as client:
            assert client.line().startswith("Welcome!")
