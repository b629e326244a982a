"""A host name is all its addresses, and a wildcard address is replaced by those at which others connect."""

import socket
from pathlib import Path

import pytest

from core.endpoints import Endpoint, TCPEndpoint, UDPEndpoint, UnixEndpoint, parse
from core.errors import CannotListenError
from servers.hosting import addresses
from servers.hosting.addresses import for_each_address, on_loopback, reachable
from servers.hosting.how_to_connect import how_to_connect
from tests.running import connect, serving


class Disconnected(socket.socket):
    """A socket on a machine without a route to anywhere."""

    def connect(self, address: object) -> None:
        raise OSError("Network is unreachable")


@pytest.fixture
def proc_net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory in place of `/proc/net`, on a machine without a route."""
    monkeypatch.setattr(socket, "socket", Disconnected)
    monkeypatch.setattr(addresses, "PROC_NET", tmp_path)
    return tmp_path


def test_a_name_stands_for_each_of_its_addresses_once(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [
        (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("fe80::1", 8000, 0, 1)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 8000)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 8000)),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: both)
    monkeypatch.setattr(socket, "if_indextoname", lambda number: "eth0")
    assert for_each_address(TCPEndpoint("both", 8000)) == [
        TCPEndpoint("fe80::1%eth0", 8000),
        TCPEndpoint("192.0.2.1", 8000),
    ]


def test_no_host_stands_for_all_addresses_of_both_families() -> None:
    found = for_each_address(UDPEndpoint("", 8000))
    assert {str(endpoint) for endpoint in found} == {"udp:0.0.0.0:8000", "udp:[::]:8000"}


def test_a_path_stands_for_itself() -> None:
    assert for_each_address(UnixEndpoint("/a")) == [UnixEndpoint("/a")]


def test_a_name_without_an_address_cannot_be_listened_on() -> None:
    with pytest.raises(CannotListenError, match="no such host"):
        for_each_address(TCPEndpoint("no such host", 8000))


@pytest.mark.parametrize(
    "endpoint", [TCPEndpoint("127.0.0.1", 1), UDPEndpoint("10.1.2.3", 1), UnixEndpoint("/a")]
)
def test_an_endpoint_without_a_wildcard_address_is_unchanged(endpoint: Endpoint) -> None:
    assert reachable(endpoint) == [endpoint]


def test_without_a_route_the_addresses_are_those_of_the_interfaces(proc_net: Path) -> None:
    (proc_net / "fib_trie").write_text(
        "Local:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 10.99.0.0\n        /24 link UNICAST\n"
        "     |-- 10.99.0.1\n        /32 host LOCAL\n     |-- 127.0.0.1\n        /32 host LOCAL\n"
    )
    (proc_net / "if_inet6").write_text(
        "00000000000000000000000000000001 01 80 10 80       lo\n"
        "fe800000000000000000000000000001 02 40 20 80     eth0\n"
        "fd000000000000000000000000000002 02 40 00 80     eth0\n"
    )
    assert reachable(TCPEndpoint("0.0.0.0", 8000)) == [TCPEndpoint("10.99.0.1", 8000)]
    assert reachable(TCPEndpoint("::", 8000)) == [TCPEndpoint("fd00::2", 8000)]


@pytest.mark.parametrize(("host", "loopback"), [("0.0.0.0", "127.0.0.1"), ("::", "::1")])
def test_without_any_network_a_wildcard_address_is_replaced_by_loopback(
    proc_net: Path, host: str, loopback: str
) -> None:
    endpoint = TCPEndpoint(host, 8000)
    assert reachable(endpoint) == []
    assert on_loopback(endpoint) == TCPEndpoint(loopback, 8000)
    assert how_to_connect("calc", [str(endpoint)]) == [f"  nc {loopback} 8000"]


def test_a_server_on_all_addresses_prints_those_that_others_can_use() -> None:
    with serving("servers.echo", "--host", "", "--port", "0") as server:
        port = server.port()
        assert set(server.endpoints["echo"]) >= {f"tcp:0.0.0.0:{port}"}
        commands = [line for line in server.lines if "--connect" in line]
        assert commands
        for line in commands:
            place = parse(line.split()[4])
            assert isinstance(place, TCPEndpoint)
            assert place.host not in ("0.0.0.0", "::")
            with connect(place.port, place.host) as client:
                assert client.line().startswith("Welcome!")
