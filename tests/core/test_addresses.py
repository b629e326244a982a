"""Addresses: the zone of a link-local host (RFC 4007). Their endpoint strings are in test_endpoints."""

import socket

from core.addresses import IPv4Address, IPv6Address, address_of


def test_a_link_local_host_keeps_its_zone() -> None:
    number, zone = socket.if_nameindex()[0]
    assert address_of(("fe80::1", 80, 0, number)) == IPv6Address("tcp", f"fe80::1%{zone}", 80)
    assert str(address_of(("fe80::1", 80, 0, number), "udp")) == f"udp:[fe80::1%{zone}]:80"


def test_other_hosts_have_no_zone() -> None:
    assert address_of(("::1", 80, 0, 0)) == IPv6Address("tcp", "::1", 80)
    assert address_of(("127.0.0.1", 80)) == IPv4Address("tcp", "127.0.0.1", 80)
