"""The members of other servers, as the room sees them, and the names and keys of members."""

from hashlib import sha256

from core.formats.chat_events import LONGEST_NAME, Event
from servers.chat.room import Member


class RemoteMember(Member):
    """A member at another server, or one that has gone and whose leaving has not come back yet."""

    style = "remote"

    def __init__(self, name: str) -> None:
        self.name = name

    def encode(self, event: Event, author: Member | None) -> bytes:
        return b""

    def send_data(self, data: bytes) -> None:
        """Do nothing: the other server sends it."""


def hash_of(key: str) -> str:
    """What the other servers know of a member's key, which is a random number. "" if it has none."""
    return sha256(key.encode()).hexdigest()[:32] if key else ""


def other_name(name: str) -> str:
    """Another name, for a member whose name was taken while the server was cut off: `ann2`, then `ann3`."""
    base = name.rstrip("0123456789")
    number = int(name[len(base) :] or 1) + 1 if name[len(base) :].isascii() else 2
    return base[: LONGEST_NAME - len(str(number))] + str(number)
