"""How others get to a server: an address to be copied, and only what is really there to be typed."""

import socket
from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec

from core.endpoints import LOOPBACK, Endpoint, TCPEndpoint, UDPEndpoint, UnixEndpoint, parse

EVERYWHERE = {"0.0.0.0": ("192.0.2.1", LOOPBACK), "::": ("2001:db8::1", "::1")}
"""All addresses of this machine: one far away to ask the way to (RFC 5737, RFC 3849), and a near one."""


def how_to_connect(name: str, endpoints: Sequence[str]) -> str:
    """What to type to talk to the service `name`, in one line."""
    endpoint = reachable(parse(endpoints[0]))
    ways = [f"python -m clients.{name} --connect {endpoint}"] if _has_client(name) else []
    return "  " + "    or: ".join([*ways, _nc(endpoint)])


def reachable(endpoint: Endpoint) -> Endpoint:
    """`endpoint` as a client can use it: all addresses of this machine are told by one that others know."""
    if isinstance(endpoint, UnixEndpoint) or endpoint.host not in EVERYWHERE:
        return endpoint
    return replace(endpoint, host=_own_address(*EVERYWHERE[endpoint.host]))


def _own_address(far: str, near: str) -> str:
    """That from which this machine would speak to `far`. A UDP socket can be asked; it sends nothing."""
    with socket.socket(socket.AF_INET6 if ":" in far else socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((far, 9))
        except OSError:  # there is no network
            return near
        return str(probe.getsockname()[0])


def _has_client(name: str) -> bool:
    try:
        return find_spec(f"clients.{name}") is not None
    except ModuleNotFoundError:  # there are no clients at all
        return False


def _nc(endpoint: Endpoint) -> str:
    match endpoint:
        case TCPEndpoint(host, port):
            return f"nc {host} {port}"
        case UDPEndpoint(host, port):
            return f"nc -u {host} {port}"
        case UnixEndpoint(path):
            return f"nc -U {path}"
