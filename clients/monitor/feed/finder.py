"""Where to look for servers: each leaves a socket in the user's runtime directory while it runs.

Where there are no Unix sockets it leaves a file with the number of a loopback port, and with a token that
only this user can read.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from core.endpoints import LOOPBACK, StreamEndpoint, TCPEndpoint, UnixEndpoint


@dataclass(frozen=True)
class FeedAddress:
    """Where a server's feed is; `name` is unique here, as in `chat-4242`."""

    name: str
    endpoint: StreamEndpoint
    token: str = ""


def find_feeds(directory: Path) -> dict[str, FeedAddress]:
    """All places in `directory`, by name. Whether anybody still answers there is another question."""
    places: dict[str, FeedAddress] = {}
    try:
        paths = sorted(directory.iterdir())
    except OSError:
        return places
    for path in paths:
        place = _place_at(path)
        if place is not None:
            places[place.name] = place
    return places


def _place_at(path: Path) -> FeedAddress | None:
    if path.suffix == ".sock":
        return FeedAddress(path.stem, UnixEndpoint(str(path)))
    if path.suffix == ".port":
        return _place_in(path)
    return None


def _place_in(path: Path) -> FeedAddress | None:
    """What the file says; None while it is half written."""
    try:
        found: object = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    match found:
        case {"port": int(port), "token": str(token)} if 0 < port < 65536:
            return FeedAddress(path.stem, TCPEndpoint(LOOPBACK, port), token)
    return None


def remove_stale_socket(place: FeedAddress) -> None:
    """Nobody listens at `place`: if its process is gone as well, take away the socket that it left behind."""
    number = place.name.rpartition("-")[2]
    path = Path(place.endpoint.path) if isinstance(place.endpoint, UnixEndpoint) else None
    if path is None or not path.is_socket() or not number.isdecimal():
        return
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        path.unlink(missing_ok=True)
    except (OSError, OverflowError):  # it is somebody else's, or no process could be called so
        pass


def address_of(endpoint: StreamEndpoint, directory: Path) -> FeedAddress:
    """The place at `endpoint`, with its token if it has one."""
    for place in find_feeds(directory).values():
        if place.endpoint == endpoint:
            return place
    return FeedAddress(str(endpoint), endpoint)
