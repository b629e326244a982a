"""The messages that the servers of a cluster store in the stream of a room: JSON to values and back.

A message comes from another process, so `decode` checks each value, and replaces control characters.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from core.formats.json_values import as_items, as_objects, as_text, as_whole, parse_object
from core.formats.text import visible

TALK = ("said", "action", "private")
"""The changes that are a line of a member."""

NAME_ONLY = "*"
"""The room of a `join` that takes the name only, and of the `leave` that frees it and leaves all rooms."""

ROOM = re.compile(r"[a-z0-9_-]{0,32}|\*")
"""The name of a room in lower case, "" for the first room, or NAME_ONLY."""

KINDS = ("join", "return", "leave", "rename", *TALK)


class Change(NamedTuple):
    """A change that a member asks for. The server has given the member its number.

    `name` is the member's name, for `rename` the new one. `to` is the name of who receives a `private` text.
    A `return` is a join that may take over the name from a member with the same key. `text` is the hash of
    the member's key for both. `room` is where a member joins, leaves or speaks.
    """

    kind: str
    member: int
    name: str
    text: str = ""
    to: str = ""
    room: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Changes of the members of one server. Its batches have the numbers 1, 2, 3 and so on."""

    server: str
    number: int
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Hello:
    """A server begins. The others answer with a Roster: their members at this place of the stream."""

    server: str


@dataclass(frozen=True, slots=True)
class Gone:
    """A server has ended, or its lease has: its members leave, and its later batches do not count."""

    server: str


class Person(NamedTuple):
    """A member: its server, its number there, and its name.

    `rooms` has its rooms, each with the place of the stream where it has joined. `key` is the hash of its
    key; "": it has none.
    """

    server: str
    member: int
    name: str
    rooms: Mapping[str, int]
    key: str = ""

    @property
    def since(self) -> int:
        """The place where it has joined its oldest room."""
        return min(self.rooms.values(), default=0)


@dataclass(frozen=True, slots=True)
class Roster:
    """The members of `server` at the Hello of `reader`, or a part of them; and its last batch before."""

    server: str
    reader: str
    number: int
    people: tuple[Person, ...]
    is_last: bool


Message = Batch | Hello | Gone | Roster


def encode(message: Message) -> bytes:
    """Encode a message as JSON."""
    match message:
        case Batch(server, number, changes):
            found: dict[str, object] = {"batch": number, "server": server}
            found["changes"] = [change._asdict() for change in changes]
        case Roster(server, reader, number, people, is_last):
            found = {"roster": reader, "server": server, "number": number, "last": is_last}
            found["people"] = [list(person[1:]) for person in people]
        case _:
            found = {type(message).__name__.lower(): True, "server": message.server}
    return json.dumps(found, ensure_ascii=False).encode()


def decode(payload: bytes) -> Message:
    """Parse a message. ValueError if it is none."""
    found = parse_object(payload)
    server = visible(as_text(found.get("server")))
    if "batch" in found:
        changes = tuple(map(_as_change, as_objects(found.get("changes"))))
        return Batch(server, as_whole(found["batch"]), changes)
    if "roster" in found:
        people = tuple(_as_person(server, each) for each in as_items(found.get("people")))
        reader, number = as_text(found["roster"]), as_whole(found.get("number"))
        return Roster(server, reader, number, people, found.get("last") is True)
    if "hello" in found:
        return Hello(server)
    if "gone" in found:
        return Gone(server)
    raise ValueError("a message of an unknown kind")


def _as_change(found: Mapping[str, object]) -> Change:
    kind = as_text(found.get("kind"))
    if kind not in KINDS:
        raise ValueError(f"a change of an unknown kind: {kind!r:.40}")
    name, text, to = (visible(as_text(found.get(key, ""))) for key in ("name", "text", "to"))
    return Change(kind, as_whole(found.get("member")), name, text, to, _as_room(found.get("room", "")))


def _as_room(found: object) -> str:
    if ROOM.fullmatch(name := as_text(found)) is None:
        raise ValueError(f"no name of a room: {name!r:.40}")
    return name


def _as_person(server: str, found: object) -> Person:
    match found:
        case [int(member), str(name), dict(rooms), str(key)]:
            places = {_as_room(room): as_whole(place) for room, place in rooms.items()}
            return Person(server, member, visible(name), places, key)
    raise ValueError("a member of a roster is not [NUMBER, NAME, {ROOM: PLACE}, KEY]")
