"""An address is written as its endpoint string, so what a server prints a client can be given.

The names are Twisted's, and so is the use: a transport's `peer` and `host`, a port's `host`.
"""

import socket
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IPv4Address:
    """One end of a TCP connection or a UDP socket; `kind` is `tcp` or `udp`."""

    kind: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.kind}:{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class IPv6Address:
    """As IPv4Address; the endpoint string has the host in brackets (RFC 3986)."""

    kind: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.kind}:[{self.host}]:{self.port}"


@dataclass(frozen=True, slots=True)
class UnixAddress:
    """One end of a Unix socket; a client's end has no name, so its path is empty."""

    path: str

    def __str__(self) -> str:
        return f"unix:{self.path}"


Address = IPv4Address | IPv6Address | UnixAddress


def address_of(name: object, kind: str = "tcp") -> Address:
    """The address of `kind` for the name that the socket module gives a socket."""
    if isinstance(name, tuple):
        return (IPv4Address if len(name) == 2 else IPv6Address)(kind, *host_and_port(name))
    return UnixAddress(name.decode(errors="replace") if isinstance(name, bytes) else str(name))


def host_and_port(name: tuple[str, int] | tuple[str, int, int, int]) -> tuple[str, int]:
    """The host and the port in a socket's name. A link-local host has its zone, `fe80::1%eth0` (RFC 4007)."""
    if len(name) == 2:
        return name
    host, port, _, scope = name
    if scope:
        try:
            host = f"{host}%{socket.if_indextoname(scope)}"
        except OSError:
            host = f"{host}%{scope}"
    return host, port
