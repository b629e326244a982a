"""The lines that a server prints to tell users how to connect: commands that work when they are copied."""

import os
import re
from collections.abc import Sequence
from importlib.util import find_spec
from shlex import quote

from core.endpoints import Endpoint, TCPEndpoint, UDPEndpoint, UnixEndpoint, parse
from servers.hosting.addresses import on_loopback, reachable

SAFE = re.compile(r"[\w%+,./:@\[\]-]+")
"""Text that a shell leaves alone."""


def how_to_connect(name: str, endpoints: Sequence[str]) -> list[str]:
    """The commands that connect to the service `name`: a line for each address."""
    parsed = [parse(endpoint) for endpoint in endpoints]
    reached = [each for endpoint in parsed for each in reachable(endpoint)]
    return [_commands(name, each) for each in reached or map(on_loopback, parsed)]


def _commands(name: str, endpoint: Endpoint) -> str:
    client = [f"python -m clients.{name} --connect {for_shell(str(endpoint))}"] if _has_client(name) else []
    return "  " + "    or: ".join([*client, _nc(endpoint)])


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
        case UDPEndpoint(host, port):
            return f"nc -u {for_shell(host)} {port}"
        case UnixEndpoint(path):
            return f"nc -U {for_shell(path)}"
