"""Finds the feeds: each running server has a socket in the user's runtime directory.

Where there are no Unix sockets, a server leaves a file instead, which only this user can read: the number of
a loopback port, and a token.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from core.endpoints import LOOPBACK, StreamEndpoint, TCPEndpoint, UnixEndpoint


@dataclass(frozen=True)
class FeedAddress:
    """The address of a server's feed. `name` is unique in its directory, as in `chat-4242`."""

    name: str
    endpoint: StreamEndpoint
    token: str = ""


def find_feeds(directory: Path) -> dict[str, FeedAddress]:
    """All addresses in `directory`, by name. Some of them may have no server any more."""
    try:
        paths = sorted(directory.iterdir())
    except OSError:
        return {}
    sockets = [FeedAddress(path.stem, UnixEndpoint(str(path))) for path in paths if path.suffix == ".sock"]
    ports = [_read_port_file(path) for path in paths if path.suffix == ".port"]
    return {address.name: address for address in (*ports, *sockets) if address is not None}


def _read_port_file(path: Path) -> FeedAddress | None:
    """The address in the file; None while the file is incomplete."""
    try:
        found: object = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    match found:
        case {"port": int(port), "token": str(token)} if 0 < port < 65536:
            return FeedAddress(path.stem, TCPEndpoint(LOOPBACK, port), token)
    return None


def process_has_ended(address: FeedAddress) -> bool:
    """Whether no process has the number in the name of the Unix socket. (One in another container may.)"""
    number = address.name.rpartition("-")[2]
    if not isinstance(address.endpoint, UnixEndpoint) or not number.isdecimal():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):  # the process of another user, or no possible process number
        pass
    return False


def address_of(endpoint: StreamEndpoint, directory: Path) -> FeedAddress:
    """The address for `endpoint`, with its token if `directory` has one for it."""
    for address in find_feeds(directory).values():
        if address.endpoint == endpoint:
            return address
    return FeedAddress(str(endpoint), endpoint)
