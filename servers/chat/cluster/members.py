"""The members of this server and of others, as the rooms see them, and the names and keys of members."""

from collections import deque
from hashlib import sha256

from core.formats.chat_events import LONGEST_NAME, Event
from servers.chat.cluster.messages import NAME_ONLY
from servers.chat.room import Member, OnSaid


class RemoteMember(Member):
    """A member at another server."""

    style = "remote"

    def __init__(self, name: str) -> None:
        self.name = name

    def encode(self, event: Event, author: Member | None) -> bytes:
        return b""

    def send_data(self, data: bytes) -> None:
        """Do nothing: the other server sends it."""


class LeavingMember(RemoteMember):
    """Takes the place of `member`, which has left a room, until the leaving comes back."""

    def __init__(self, member: Member) -> None:
        super().__init__(member.name)
        self.member = member


class LocalMembers:
    """The members of this server, by the numbers that they have in the stream, until they leave.

    Of each one it knows the rooms that it has asked for, and what to call when its lines come back.
    """

    def __init__(self) -> None:
        self._last_number = 0
        self._members: dict[int, Member] = {}
        self._numbers: dict[Member, int] = {}
        self._rooms: dict[int, set[str]] = {}
        self._on_said: dict[int, deque[tuple[Member, OnSaid]]] = {}

    def find(self, number: int) -> Member | None:
        """The member with this number, if it has not left."""
        return self._members.get(number)

    def number(self, member: Member) -> int:
        """The number of a member that has not left."""
        return self._numbers[member]

    def enter(self, member: Member, room: str) -> int:
        """The member asks for a room. Returns its number."""
        if member not in self._numbers:
            self._last_number += 1
            self._members[self._last_number], self._numbers[member] = member, self._last_number
            self._rooms[self._last_number] = set()
        number = self._numbers[member]
        self._rooms[number].add(room)
        return number

    def leave(self, member: Member, room: str) -> int:
        """The member leaves a room, or all with NAME_ONLY. Returns its number, which may be free now."""
        number = self._numbers[member]
        self._rooms[number].discard(room)
        if room == NAME_ONLY or not self._rooms[number]:
            del self._members[number], self._numbers[member], self._rooms[number]
        return number

    def stay_in(self, member: Member, room: str) -> None:
        """The member has come back, and is in this room only."""
        self._rooms[self._numbers[member]] = {room}

    def expect(self, member: Member, on_said: OnSaid) -> None:
        """Keep `on_said` for the line that the member has said last."""
        self._on_said.setdefault(self._numbers[member], deque()).append((member, on_said))

    def pop_expected(self, number: int) -> tuple[Member, OnSaid] | None:
        """The member whose line has come back, and what it has given to `expect` with that, if it has."""
        expected = self._on_said.get(number)
        if not expected:
            return None
        found = expected.popleft()
        if not expected:
            del self._on_said[number]
        return found


def hash_of(key: str) -> str:
    """The hash of a member's key, which the other servers may know. "" if it has none."""
    return sha256(key.encode()).hexdigest()[:32] if key else ""


def other_name(name: str) -> str:
    """Another name, for a member whose name was taken while the server was cut off: `ann2`, then `ann3`."""
    base = name.rstrip("0123456789")
    number = int(name[len(base) :] or 1) + 1 if name[len(base) :].isascii() else 2
    return base[: LONGEST_NAME - len(str(number))] + str(number)
