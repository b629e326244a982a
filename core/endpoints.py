"""Endpoint strings: where to listen or to connect, in flags, in output and as the `str()` of an address.

tcp:127.0.0.1:8000   tcp:8000   tcp:[::1]:8000   unix:/tmp/chat.sock   udp:127.0.0.1:9999
tls:127.0.0.1:8443?cert=server.pem&key=server.key (a server)   tls:127.0.0.1:8443?ca=ca.pem (a client)
fd:3 (a server: a socket that is bound already)

In the values behind `?` the characters `%`, `&` and `#` are written as in a URL: `%25`, `%26`, `%23`.
"""

import os
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_address
from urllib.parse import quote, unquote

from core.errors import CannotListenError, CertificateError
from core.interfaces import TLSContext, address_of
from core.protocols.protocol import ClientFactory, DatagramProtocol, Factory
from core.reactor import Reactor
from core.transports.connector import Connector
from core.transports.datagram import DatagramPort
from core.transports.listener import Port
from core.transports.sockets import is_datagram

LOOPBACK = "127.0.0.1"
QUERY = ("cert", "key", "ca", "verify")
TLS_EXAMPLE = "tls:127.0.0.1:8443?cert=server.pem&key=server.key (a client: tls:127.0.0.1:8443?ca=ca.pem)"
SAFE = "/:@,+=~!$'()*;?[]"
"""Characters of a value that are not percent-encoded, beside letters, digits and `_.-`."""

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
class TLSEndpoint:
    """`tls:HOST:PORT`, for a server with `?cert=FILE&key=FILE`, for a client perhaps with `?ca=FILE`.

    The key may be in the file of the certificate. `?verify=no`: a client accepts any certificate.
    """

    host: str
    port: int
    cert: str = ""
    key: str = ""
    ca: str = ""
    verify: bool = True

    def listen(self, reactor: Reactor, factory: Factory) -> Port:
        """Listen there for `factory`. Raises CannotListenError; EndpointError without a certificate."""
        if not self.cert:
            right = f"tls:{LOOPBACK}:8443?cert=server.pem&key=server.key"
            raise EndpointError(str(self), "a server needs a certificate and its key", right)
        try:
            context = self.context
        except CertificateError as error:
            raise CannotListenError(str(address_of((self.host, self.port), "tls")), error) from None
        return reactor.listen_tls(self.port, factory, context, interface=self.host)

    def connect(self, reactor: Reactor, factory: ClientFactory, timeout: float = 30) -> Connector:
        """Connect there. `factory` is notified of success and failure. Raises CertificateError."""
        return reactor.connect_tls(self.host, self.port, factory, self.context, timeout)

    @cached_property
    def context(self) -> TLSContext:
        """The certificates in the named files. Raises CertificateError if they cannot be used."""
        from core.transports.certificates import client_context, server_context  # which imports ssl

        return server_context(self.cert, self.key) if self.cert else client_context(self.ca, self.verify)

    def __str__(self) -> str:
        values = {"cert": self.cert, "key": self.key, "ca": self.ca, "verify": "" if self.verify else "no"}
        query = "&".join(
            [
                f"{name}={quote(value, SAFE, errors='surrogateescape')}"
                for name, value in values.items()
                if value
            ]
        )
        return str(address_of((self.host, self.port), "tls")) + (f"?{query}" if query else "")


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


@dataclass(frozen=True)
class FDEndpoint:
    """`fd:N`, a bound socket that this process was given as file descriptor N, for instance by systemd."""

    number: int

    @property
    def is_datagram(self) -> bool:
        """Whether it is a UDP socket."""
        return is_datagram(self.number)

    def listen(self, reactor: Reactor, factory: Factory) -> Port:
        """Listen there for `factory`. Raises CannotListenError."""
        return reactor.adopt_stream_port(self.number, factory)

    def listen_udp(self, reactor: Reactor, protocol: DatagramProtocol) -> DatagramPort:
        """Receive there for `protocol`. Raises CannotListenError."""
        return reactor.adopt_datagram_port(self.number, protocol)

    def __str__(self) -> str:
        return f"fd:{self.number}"


StreamEndpoint = TCPEndpoint | TLSEndpoint | UnixEndpoint
Endpoint = StreamEndpoint | UDPEndpoint | FDEndpoint


def parse(text: str) -> Endpoint:
    """Parse an endpoint string. Raises EndpointError."""
    scheme, colon, rest = text.partition(":")
    if not colon or scheme not in ("tcp", "tls", "udp", "unix", "fd"):
        problem = f"{scheme!r} is not a kind of endpoint (tcp, tls, unix, udp, fd)"
        raise EndpointError(text, problem, "tcp:127.0.0.1:8000")
    if scheme == "unix":
        return UnixEndpoint(_path(text, rest))
    if scheme == "fd":
        return _fd(text, rest)
    if scheme == "tls":
        return _tls(text, rest)
    host, port = _host_and_port(text, scheme, rest)
    return TCPEndpoint(host, port) if scheme == "tcp" else UDPEndpoint(host, port)


def _fd(text: str, number: str) -> FDEndpoint:
    if not (number.isascii() and number.isdigit() and len(number) < 8):
        raise EndpointError(text, f"{number!r} is no number of a file descriptor", "fd:3")
    return FDEndpoint(int(number))


def _tls(text: str, rest: str) -> TLSEndpoint:
    address, mark, query = rest.partition("?")
    host, port = _host_and_port(text, "tls", address)
    found = _query(text, query) if mark else dict.fromkeys(QUERY, "")
    if found["verify"] not in ("", "yes", "no"):
        raise EndpointError(text, "verify= is yes or no", f"tls:{LOOPBACK}:8443?verify=no")
    if found["key"] and not found["cert"]:
        raise EndpointError(text, "key= needs cert=, the file of its certificate", TLS_EXAMPLE)
    if found["cert"] and (found["ca"] or found["verify"]):
        raise EndpointError(text, "cert= is for a server, ca= and verify= are for a client", TLS_EXAMPLE)
    if found["ca"] and found["verify"] == "no":
        raise EndpointError(text, "with verify=no the file of ca= is not used: leave one out", TLS_EXAMPLE)
    return TLSEndpoint(host, port, found["cert"], found["key"], found["ca"], found["verify"] != "no")


def _query(text: str, query: str) -> dict[str, str]:
    found = dict.fromkeys(QUERY, "")
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if name not in found:
            raise EndpointError(text, f"{name!r} is none of {', '.join(QUERY)}", TLS_EXAMPLE)
        found[name] = unquote(value, errors="surrogateescape")
        if not found[name] or "\0" in found[name]:
            raise EndpointError(text, f"{name}= needs a value", TLS_EXAMPLE)
    return found


def _path(text: str, path: str) -> str:
    if not path or "\0" in path or len(os.fsencode(path)) > LONGEST_PATH:
        problem = f"the path must have 1 to {LONGEST_PATH} bytes"
        raise EndpointError(text, problem, "unix:/tmp/chat.sock")
    return path


def _host_and_port(text: str, scheme: str, rest: str) -> tuple[str, int]:
    if rest.endswith("]"):
        raise EndpointError(text, "the port is missing", f"{scheme}:[::1]:8000")
    host, colon, port = rest.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    if not colon:
        host = LOOPBACK
    elif bracketed and is_ipv6(host[1:-1]):
        host = host[1:-1]
    elif set("[]:") & set(host):
        raise EndpointError(text, f"{host!r} is not an IPv6 address in brackets", f"{scheme}:[::1]:8000")
    elif not is_host(host):
        raise EndpointError(text, "the host is missing or has a blank in it", f"{scheme}:127.0.0.1:8000")
    return host, parse_port(text, port, f"{scheme}:127.0.0.1:8000")


def is_host(text: str) -> bool:
    """Whether `text` can be the address or name of a machine: not empty, no blank, no control character."""
    return bool(text) and not any(each.isspace() or not each.isprintable() for each in text)


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
