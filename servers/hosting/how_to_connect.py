"""The lines that a server prints to tell users how to connect: commands that work when they are copied."""

import socket
from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec

from core.endpoints import LOOPBACK, Endpoint, TCPEndpoint, UDPEndpoint, UnixEndpoint, parse

ANY_ADDRESS = {"0.0.0.0": ("192.0.2.1", LOOPBACK), "::": ("2001:db8::1", "::1")}
"""The wildcard addresses, each with a remote address to find a route to (RFC 5737, RFC 3849) and loopback."""


def how_to_connect(name: str, endpoints: Sequence[str]) -> str:
    """The commands that connect to the service `name`, in one line."""
    endpoint = reachable(parse(endpoints[0]))
    client = [f"python -m clients.{name} --connect {endpoint}"] if _has_client(name) else []
    return "  " + "    or: ".join([*client, _nc(endpoint)])


def reachable(endpoint: Endpoint) -> Endpoint:
    """Replace a wildcard address in `endpoint`, if it has one, by an address of this machine."""
    if isinstance(endpoint, UnixEndpoint) or endpoint.host not in ANY_ADDRESS:
        return endpoint
    return replace(endpoint, host=_own_address(*ANY_ADDRESS[endpoint.host]))


def _own_address(remote: str, loopback: str) -> str:
    """The address from which this machine sends to `remote`. Connecting a UDP socket sends no packet."""
    with socket.socket(socket.AF_INET6 if ":" in remote else socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((remote, 9))
        except OSError:  # there is no network
            return loopback
        return str(probe.getsockname()[0])


def _has_client(name: str) -> bool:
    try:
        return find_spec(f"clients.{name}") is not None
    except ModuleNotFoundError:  # the package `clients` is missing
        return False


def _nc(endpoint: Endpoint) -> str:
    match endpoint:
        case TCPEndpoint(host, port):
            return f"nc {host} {port}"
        case UDPEndpoint(host, port):
            return f"nc -u {host} {port}"
        case UnixEndpoint(path):
            return f"nc -U {path}"
