"""The lines that a server prints to tell users how to connect: commands that work when they are copied."""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from shlex import quote

from core.endpoints import Endpoint, FDEndpoint, TCPEndpoint, TLSEndpoint, UDPEndpoint, UnixEndpoint, parse
from servers.hosting.addresses import on_loopback, reachable

SAFE = re.compile(r"[\w%+,./:@\[\]-]+")
"""Text that a shell leaves alone."""


def listening(endpoints: Mapping[str, Sequence[str]]) -> list[str]:
    """The lines that say where each service listens."""
    return [f"{name} listening on {endpoint}" for name, found in endpoints.items() for endpoint in found]


def describe(endpoints: Mapping[str, Sequence[str]], ca: str = "") -> list[str]:
    """The lines that say where each service listens, and how to connect."""
    commands = [line for name, found in endpoints.items() for line in how_to_connect(name, found, ca)]
    return [*listening(endpoints), "connect with", *commands]


def how_to_connect(name: str, endpoints: Sequence[str], ca: str = "") -> list[str]:
    """The commands that connect to the service `name`: a line for each address.

    `ca` is the file of the authority for clients that use TLS.
    """
    parsed = [_trusting(parse(endpoint), ca) for endpoint in endpoints]
    reached = [each for endpoint in parsed for each in reachable(endpoint)]
    return [_commands(name, each) for each in reached or map(on_loopback, parsed)]


def authority(endpoints: Iterable[Endpoint]) -> str:
    """The file of the authority that has signed the certificate of one of `endpoints`; FILE if unknown."""
    for endpoint in endpoints:
        if isinstance(endpoint, TLSEndpoint) and endpoint.cert:
            beside = Path(endpoint.cert).with_name("ca.pem")  # where servers.certificate writes it
            return str(beside) if beside.is_file() else "FILE"
    return ""


def _trusting(endpoint: Endpoint, ca: str) -> Endpoint:
    return replace(endpoint, ca=ca) if isinstance(endpoint, TLSEndpoint) else endpoint


def _commands(name: str, endpoint: Endpoint) -> str:
    if name == "web":
        return f"  {_url(endpoint)}"
    client = [f"python -m clients.{name} --connect {for_shell(str(endpoint))}"] if _has_client(name) else []
    return "  " + "    or: ".join([*client, _nc(endpoint)])


def _url(endpoint: Endpoint) -> str:
    match endpoint:
        case TCPEndpoint() | TLSEndpoint():
            scheme = "http" if isinstance(endpoint, TCPEndpoint) else "https"
            host = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
            return f"{scheme}://{host}:{endpoint.port}/"
        case UnixEndpoint(path):
            return f"curl --unix-socket {for_shell(path)} http://localhost/"
    return _nc(endpoint)


def for_shell(text: str) -> str:
    """`text` as an argument that bash and zsh take as it is, whatever its bytes."""
    if not text.isascii() or not text.isprintable():
        data = os.fsencode(text)
        return "$'" + "".join(chr(b) if chr(b).isalnum() and b < 128 else f"\\x{b:02x}" for b in data) + "'"
    return text if SAFE.fullmatch(text) else quote(text)


def _has_client(name: str) -> bool:
    try:
        return find_spec(f"clients.{name}") is not None
    except ModuleNotFoundError:  # the package `clients` is missing
        return False


def _nc(endpoint: Endpoint) -> str:
    match endpoint:
        case TCPEndpoint(host, port):
            return f"nc {for_shell(host)} {port}"
        case TLSEndpoint():
            address = for_shell(str(replace(endpoint, ca="")).removeprefix("tls:"))
            trust = f"-verify_quiet -verify_return_error -CAfile {for_shell(endpoint.ca)}"
            return f"openssl s_client -quiet {trust} -connect {address}"
        case UDPEndpoint(host, port):
            return f"nc -u {for_shell(host)} {port}"
        case UnixEndpoint(path):
            return f"nc -U {for_shell(path)}"
        case FDEndpoint():
            raise ValueError(f"only this process has {endpoint}: connect to the address of its port")
