"""Endpoint strings: where to listen or to connect, in flags, in output and as the `str()` of an address.

tcp:127.0.0.1:8000   tcp:8000   tcp:[::1]:8000   unix:/tmp/chat.sock   udp:127.0.0.1:9999
"""

import os
from dataclasses import dataclass
from ipaddress import ip_address

from core.interfaces import address_of
from core.protocols.protocol import ClientFactory, DatagramProtocol, Factory
from core.reactor import Reactor
from core.transports.connector import Connector
from core.transports.datagram import DatagramPort
from core.transports.listener import Port

LOOPBACK = "127.0.0.1"
LONGEST_PATH = 103
"""The length in bytes of a Unix socket's path that every system allows (macOS allows the least)."""


class EndpointError(ValueError):
    """An endpoint string is wrong. The message names the wrong part, and has an example."""

    def __init__(self, text: str, problem: str, example: str) -> None:
        super().__init__(f"{text!r}: {problem}; a right one looks like {example}")


@dataclass(frozen=True)
class TCPEndpoint:
    """`tcp:HOST:PORT`, or `tcp:PORT` for this machine only."""

    host: str
    port: int

    def listen(self, reactor: Reactor, factory: Factory) -> Port:
        """Listen there for `factory`. Raises CannotListenError."""
        return reactor.listen_tcp(self.port, factory, interface=self.host)

    def connect(self, reactor: Reactor, factory: ClientFactory, timeout: float = 30) -> Connector:
        """Connect there. `factory` is notified of success and failure."""
        return reactor.connect_tcp(self.host, self.port, factory, timeout)

    def __str__(self) -> str:
        return str(address_of((self.host, self.port), "tcp"))


@dataclass(frozen=True)
class UnixEndpoint:
    """`unix:PATH`, the path of a Unix socket."""

    path: str

    def listen(self, reactor: Reactor, factory: Factory) -> Port:
        """Listen there for `factory`. Raises CannotListenError."""
        return reactor.listen_unix(self.path, factory)

    def connect(self, reactor: Reactor, factory: ClientFactory, timeout: float = 30) -> Connector:
        """Connect there. `factory` is notified of success and failure."""
        return reactor.connect_unix(self.path, factory, timeout)

    def __str__(self) -> str:
        return f"unix:{self.path}"


@dataclass(frozen=True)
class UDPEndpoint:
    """`udp:HOST:PORT`, or `udp:PORT` for this machine only."""

    host: str
    port: int

    def listen(self, reactor: Reactor, protocol: DatagramProtocol) -> DatagramPort:
        """Bind that port for `protocol`. Raises CannotListenError."""
        return reactor.listen_udp(self.port, protocol, interface=self.host)

    def __str__(self) -> str:
        return str(address_of((self.host, self.port), "udp"))


StreamEndpoint = TCPEndpoint | UnixEndpoint
Endpoint = StreamEndpoint | UDPEndpoint


def parse(text: str) -> Endpoint:
    """Parse an endpoint string. Raises EndpointError."""
    scheme, colon, rest = text.partition(":")
    if not colon or scheme not in ("tcp", "udp", "unix"):
        raise EndpointError(text, f"{scheme!r} is no kind of endpoint (tcp, unix, udp)", "tcp:127.0.0.1:8000")
    if scheme == "unix":
        return UnixEndpoint(_path(text, rest))
    host, port = _host_and_port(text, scheme, rest)
    return TCPEndpoint(host, port) if scheme == "tcp" else UDPEndpoint(host, port)


def _path(text: str, path: str) -> str:
    if not path or "\0" in path or len(os.fsencode(path)) > LONGEST_PATH:
        problem = f"the path must have 1 to {LONGEST_PATH} bytes"
        raise EndpointError(text, problem, "unix:/tmp/chat.sock")
    return path


def _host_and_port(text: str, scheme: str, rest: str) -> tuple[str, int]:
    host, colon, port = rest.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    if not colon:
        host = LOOPBACK
    elif bracketed and is_ipv6(host[1:-1]):
        host = host[1:-1]
    elif set("[]:") & set(host):
        raise EndpointError(text, f"{host!r} is not an IPv6 address in brackets", f"{scheme}:[::1]:8000")
    elif not host or any(character.isspace() or not character.isprintable() for character in host):
        raise EndpointError(text, "the host is missing or has a blank in it", f"{scheme}:127.0.0.1:8000")
    return host, parse_port(text, port, f"{scheme}:127.0.0.1:8000")


def parse_port(text: str, port: str, example: str) -> int:
    """Parse a port number, a part of `text`. EndpointError if it is not a number from 0 to 65535."""
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= 65535):
        raise EndpointError(text, f"the port {port!r} is not a whole number from 0 to 65535", example)
    return int(port)


def is_ipv6(host: str) -> bool:
    """Whether `host` is an IPv6 address, with or without a zone."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return ":" in host
