"""Sort keys for texts: numbers inside a text sort by their value, and addresses by their numbers."""

import re
from functools import lru_cache
from ipaddress import ip_address

from core.formats.text import fold

Key = tuple[object, ...]
"""Keys of the same function can be compared with one another."""

DIGITS = re.compile("([0-9]{1,18})")
NO_ADDRESS = 9  # greater than the version of any address


@lru_cache(1 << 15)
def natural(text: str) -> Key:
    """The key that sorts `ann2` before `ann10`. Case is ignored."""
    pieces = DIGITS.split(fold(text))  # each second piece is a number
    return tuple([int(piece) if index % 2 else piece for index, piece in enumerate(pieces)])


@lru_cache(1 << 15)
def by_address(peer: str) -> Key:
    """The key that sorts by address, then by port. A peer that is no address comes last, by its name."""
    host, _, port = peer.rpartition(":")
    try:
        address = ip_address(host.strip("[]"))
        return address.version, int(address), int(port), natural(peer)
    except ValueError:
        return NO_ADDRESS, 0, 0, natural(peer)
