"""Addresses: `peer` and `host` of a transport, `host` of a port. The names are Twisted's.

`str()` of an address is its endpoint string, so a client can connect to the address that a server prints.
"""

import socket
from contextlib import suppress
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class IPv4Address:
    """One end of a connection or a UDP socket; `kind` is `tcp`, `tls` or `udp`."""

    kind: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.kind}:{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class IPv6Address:
    """As IPv4Address. In the endpoint string the host is in brackets (RFC 3986)."""

    kind: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.kind}:[{self.host}]:{self.port}"


@dataclass(frozen=True, slots=True)
class UnixAddress:
    """One end of a Unix socket. The client's end has no name: its path is empty."""

    path: str

    def __str__(self) -> str:
        return f"unix:{self.path}"


Address = IPv4Address | IPv6Address | UnixAddress


def address_of(name: object, kind: str = "tcp") -> Address:
    """The Address for `name`, an address as the socket module has it: a path, or (host, port, …)."""
    if isinstance(name, tuple):
        host, port = name if len(name) == 2 else host_and_port(name)
        return (IPv6Address if ":" in host else IPv4Address)(kind, host, port)
    return UnixAddress(name.decode(errors="replace") if isinstance(name, bytes) else str(name))


def with_kind(address: Address, kind: str) -> Address:
    """`address` with another kind. A Unix socket has none."""
    return address if isinstance(address, UnixAddress) else replace(address, kind=kind)


SocketName = tuple[str, int] | tuple[str, int, int, int]
"""The name of an IPv4 or IPv6 socket, as the socket module has it: (host, port), or these, flow and scope."""


def host_and_port(name: SocketName) -> tuple[str, int]:
    """The host and the port in a socket's name. A link-local host has its zone, `fe80::1%eth0` (RFC 4007)."""
    if len(name) == 2:
        return name
    host, port, _, scope = name
    if scope:
        with suppress(OSError):  # the interface is gone
            host += f"%{socket.if_indextoname(scope)}"
    return host, port


def socket_name(host: str, port: int) -> SocketName:
    """The reverse of `host_and_port`: a socket has its zone as a number. OSError for an unknown zone."""
    host, _, zone = host.partition("%")
    if not zone:
        return host, port
    return host, port, 0, int(zone) if zone.isdecimal() else socket.if_nametoindex(zone)
