"""Addresses: the zone of a link-local host (RFC 4007). Their endpoint strings are in test_endpoints."""

import socket

import pytest

from core.addresses import IPv4Address, IPv6Address, address_of, host_and_port, socket_name


def test_a_link_local_host_keeps_its_zone() -> None:
    number, zone = socket.if_nameindex()[0]
    assert address_of(("fe80::1", 80, 0, number)) == IPv6Address("tcp", f"fe80::1%{zone}", 80)
    assert str(address_of(("fe80::1", 80, 0, number), "udp")) == f"udp:[fe80::1%{zone}]:80"


def test_other_hosts_have_no_zone() -> None:
    assert address_of(("::1", 80, 0, 0)) == IPv6Address("tcp", "::1", 80)
    assert address_of(("127.0.0.1", 80)) == IPv4Address("tcp", "127.0.0.1", 80)


@pytest.mark.parametrize("scope", [0, *(number for number, _ in socket.if_nameindex())])
def test_the_name_of_a_socket_and_its_host_and_port_are_each_others_reverse(scope: int) -> None:
    host, port = host_and_port(("fe80::1", 80, 0, scope))
    assert socket_name(host, port) == (("fe80::1", 80, 0, scope) if scope else ("fe80::1", 80))


def test_a_zone_may_be_a_number_and_an_unknown_one_is_an_error() -> None:
    assert socket_name("fe80::1%7", 80) == ("fe80::1", 80, 0, 7)
    with pytest.raises(OSError, match="no interface"):
        socket_name("fe80::1%no-such-zone", 80)
