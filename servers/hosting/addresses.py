"""The addresses of a server: all those of its host name, and those at which other machines reach it."""

import errno
import re
import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from ipaddress import IPv6Address, ip_address
from pathlib import Path

from core.endpoints import LOOPBACK, Endpoint, FDEndpoint, UDPEndpoint, UnixEndpoint
from core.errors import CannotListenError
from core.interfaces import Address, UnixAddress, address_of
from core.transports.sockets import look_up

ANY_ADDRESS = {"0.0.0.0": ("192.0.2.1", LOOPBACK), "::": ("2001:db8::1", "::1")}
"""The wildcard addresses, each with a remote address to find a route to (RFC 5737, RFC 3849) and loopback."""

NOT_HERE = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}
"""Errors for an address that this machine has not, such as one of IPv6 where that is switched off."""

PROC_NET = Path("/proc/net")
LOCAL = re.compile(r"\|-- (\S+)\n +/32 host LOCAL")
"""An IPv4 address of this machine in Linux's `/proc/net/fib_trie`."""


def for_each_address(endpoint: Endpoint) -> list[Endpoint]:
    """An endpoint for each address of the host name; an empty one means all addresses. CannotListenError."""
    if isinstance(endpoint, UnixEndpoint | FDEndpoint):
        return [endpoint]
    kind = socket.SOCK_DGRAM if isinstance(endpoint, UDPEndpoint) else socket.SOCK_STREAM
    try:
        targets = look_up(endpoint.host or None, endpoint.port, kind, socket.AI_PASSIVE)
    except OSError as error:
        raise CannotListenError(str(endpoint), error) from None
    addresses = [address_of(name) for _, name in targets]
    hosts = [address.host for address in addresses if not isinstance(address, UnixAddress)]
    return [replace(endpoint, host=host) for host in dict.fromkeys(hosts)]


def at_each_address(endpoint: Endpoint, listen: Callable[[Endpoint], Address]) -> list[Address]:
    """Call `listen` for each address of the host, and return the results. CannotListenError.

    A free port has the same number at all of them, if possible.
    """
    addresses: list[Address] = []
    missing: CannotListenError | None = None
    for each in for_each_address(endpoint):
        try:
            addresses.append(_listen_beside(addresses, each, listen))
        except CannotListenError as error:
            if error.errno not in NOT_HERE:
                raise
            missing = error
    if missing is not None and not addresses:
        raise missing
    return addresses


def _listen_beside(
    others: Sequence[Address], endpoint: Endpoint, listen: Callable[[Endpoint], Address]
) -> Address:
    if others and not isinstance(endpoint, UnixEndpoint | FDEndpoint) and not endpoint.port:
        try:
            return listen(replace(endpoint, port=port_of(others[0])))
        except CannotListenError as error:
            if error.errno != errno.EADDRINUSE:
                raise
    return listen(endpoint)


def port_of(address: Address) -> int:
    """The port of an address that has one, else 0."""
    return 0 if isinstance(address, UnixAddress) else address.port


def reachable(endpoint: Endpoint) -> list[Endpoint]:
    """The endpoint or, if its host is a wildcard, one for each address at which other machines reach it."""
    if isinstance(endpoint, UnixEndpoint | FDEndpoint) or endpoint.host not in ANY_ADDRESS:
        return [endpoint]
    return [replace(endpoint, host=host) for host in own_addresses(endpoint.host)]


def on_loopback(endpoint: Endpoint) -> Endpoint:
    """As `reachable`, for a machine that no other one can reach: a wildcard becomes a loopback address."""
    if isinstance(endpoint, UnixEndpoint | FDEndpoint) or endpoint.host not in ANY_ADDRESS:
        return endpoint
    return replace(endpoint, host=ANY_ADDRESS[endpoint.host][1])


def own_addresses(wildcard: str) -> list[str]:
    """The addresses of the family of `wildcard` on this machine, the usual one first, without loopback."""
    remote, _ = ANY_ADDRESS[wildcard]
    of_interfaces = _ipv6_of_interfaces if ":" in wildcard else _ipv4_of_interfaces
    found = [*_of_route(remote), *of_interfaces()]
    return [host for host in dict.fromkeys(found) if not ip_address(host).is_loopback]


def _of_route(remote: str) -> Iterator[str]:
    """The address from which this machine sends to `remote`. Connecting a UDP socket sends no packet."""
    family = socket.AF_INET6 if ":" in remote else socket.AF_INET
    with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:  # there may be no route
        probe.connect((remote, 9))
        yield str(probe.getsockname()[0])


def _ipv4_of_interfaces() -> Iterable[str]:
    return LOCAL.findall(_text_of("fib_trie"))


def _ipv6_of_interfaces() -> Iterator[str]:
    """Without link-local addresses: their zone is another one on each machine (RFC 4007)."""
    for line in _text_of("if_inet6").splitlines():
        address = IPv6Address(bytes.fromhex(line.split()[0]))
        if not address.is_link_local:
            yield str(address)


def _text_of(name: str) -> str:
    """The text of a file of `/proc/net`; empty where there is no such file, as on macOS."""
    with suppress(OSError):
        return (PROC_NET / name).read_text("ascii")
    return ""
