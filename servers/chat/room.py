"""The chat rooms: their members and history. They have no sockets and no lines, so are tested without either.

The lesson: the data that many connections share belongs in an object of its own. The room gathers the events
of a turn and sends all of them to a member in one write. An event is encoded once for each style in use, not
once for each member.
"""

import re
import time
import unicodedata
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from functools import partial
from itertools import count
from typing import NamedTuple

from core.formats.chat_events import HISTORY, LONGEST_NAME, MAX_MISSED, Event, Style, encode
from core.formats.text import fold, visible


class Member(ABC):
    """A member of the room, as the room sees it. In the chat server it is a ChatProtocol.

    Members whose `style` is the same object receive the same bytes.
    """

    name: str
    style: Hashable
    is_confirmed = True
    """Whether it receives its own private messages, too, as a confirmation of who has received them."""
    key = ""
    """A secret of the member. In a cluster, another connection with the same key may take over the name."""

    def encode(self, event: Event, author: "Member | None") -> bytes:
        """Encode `event` in this member's style. `author` is the member who acted, None: the server.

        The default is for the styles of the chat server. A member of another protocol overrides it.
        """
        assert isinstance(self.style, Style)
        return encode(event, self.style)

    def set_name(self, name: str) -> None:
        """Set the name. The room calls this when it renames the member."""
        self.name = name

    def on_joined(self, room: "ChatRoom") -> None:
        """The room has added the member under its name."""

    def on_registered(self) -> None:
        """The name is registered (ChatRoom.register)."""

    def on_refused(self, why: str) -> None:
        """The room has not added or registered the member. `why` is for the user."""

    def on_name_refused(self, why: str) -> None:
        """The room has not renamed the member. `why` is for the user."""

    def on_replaced(self) -> None:
        """The member has come back with another connection: this one is in the room no more."""

    @abstractmethod
    def send_data(self, data: bytes) -> None:
        """Send `data` to the member: events, encoded in its style."""


OnSaid = Callable[[], object]


class Gathered(NamedTuple):
    """An event that waits for delivery, the member who acted, and the member who does not receive it."""

    event: Event
    author: Member | None
    skipped: Member | None


class Batch:
    """Pieces of a turn, encoded in one style, each with the member who does not receive it, if there is one.

    A member does not receive its own messages.
    """

    def __init__(self, pieces: Iterable[tuple[bytes, Member | None]]) -> None:
        self._own: dict[Member | None, list[tuple[int, int]]] = {}
        joined, end = [], 0
        for piece, skipped in pieces:
            joined.append(piece)
            start, end = end, end + len(piece)
            self._own.setdefault(skipped, []).append((start, end))
        self._all = b"".join(joined)

    def send_to(self, members: Iterable[Member]) -> None:
        """Send to each of `members`. All who sent nothing themselves receive the same object."""
        if not self._all:  # as for the events of another protocol's own members
            return
        for member in members:
            if member not in self._own:
                member.send_data(self._all)
            elif data := self._without(self._own[member]):
                member.send_data(data)

    def _without(self, own: list[tuple[int, int]]) -> bytes:
        starts = [0, *(end for _, end in own)]
        ends = [*(start for start, _ in own), len(self._all)]
        view = memoryview(self._all)  # a slice of a view is no copy: the join copies each piece once
        return b"".join([view[start:end] for start, end in zip(starts, ends, strict=True)])


FIRST_ROOM = "chat"
"""The name of the room in which a session begins. It is IRC's channel #chat."""

ROOM_NAME = re.compile("[A-Za-z0-9_-]{1,32}")
MAX_ROOMS = 200


class Rules:
    """The rules of a room: each member may enter it, and it is listed. A channel of IRC has its own."""

    def refusal(self, member: Member) -> str:
        """The reason for the user why `member` may not enter, or ""."""
        return ""

    def is_secret(self) -> bool:
        """Whether only the members may know of the room."""
        return False


class ChatRoom:
    """The members, by name and in order of arrival. `at_turn_end` is `call_at_turn_end` of the reactor.

    `rooms` are the rooms to which it belongs; None: it is the first one. Events that go to all members have
    sequence numbers that grow, also when the server was stopped and started again.

    The members ask for a change with `join`, `leave`, `rename`, `say` and `send_private`. Here it happens at
    once. A subclass may take the changes from elsewhere, and make them later with the `_on_` methods.
    """

    rules = Rules()

    def __init__(
        self,
        at_turn_end: Callable[[Callable[[], object]], object],
        rooms: "Rooms | None" = None,
        name: str = FIRST_ROOM,
    ) -> None:
        self.name = name
        self.label = name if rooms else ""  # the name as events have it
        self.history: deque[Event] = deque(maxlen=HISTORY)
        self.recent: deque[Event] = deque(maxlen=HISTORY if rooms else MAX_MISSED)
        self.rooms = rooms or Rooms(self)
        self._members: dict[str, Member] = {}
        self._at_turn_end = at_turn_end
        self._gathered: list[Gathered] = []

    def make_other(self, name: str) -> "ChatRoom":
        """Make the room `name` beside this one, which is the first."""
        return ChatRoom(self._at_turn_end, self.rooms, name)

    def size(self) -> int:
        """The number of members."""
        return len(self._members)

    @property
    def sequence(self) -> int:
        """The sequence number of the last event for all members."""
        return self.recent[-1].seq if self.recent else 0

    def names(self) -> tuple[str, ...]:
        """The names of all members, in order of arrival."""
        return tuple(member.name for member in self._members.values())

    def members(self) -> tuple[Member, ...]:
        """All members, in order of arrival."""
        return tuple(self._members.values())

    def find(self, name: str) -> Member | None:
        """The member of any room called `name`, in any case, or the one that has only registered the name."""
        key = fold(name)
        found = [self.rooms.registered.get(key), *(room._members.get(key) for room in self.rooms)]
        return next(filter(None, found), None)

    def free_name(self, text: str, member: Member) -> str:
        """Normalize the name `text`. ValueError, with the reason for the user, if `member` cannot have it."""
        name = normalize(text)
        if self.find(name) not in (None, member):
            raise ValueError(taken(text.strip()))
        return name

    def register(self, member: Member) -> None:
        """Keep the name of `member`, which must be free, for it. It need not be in a room.

        It is notified with `on_registered`, or with `on_refused` if the name was not free after all. So
        a user of IRC who is in other channels has a name that is unique, and receives private messages.
        """
        self.rooms.registered[fold(member.name)] = member
        member.on_registered()

    def unregister(self, member: Member) -> None:
        """Free the name of `member`, which is in no room."""
        del self.rooms.registered[fold(member.name)]

    def join(self, member: Member) -> None:
        """Add `member` under its name, which must be free, and notify the others.

        It is notified with `on_joined`, or with `on_refused` if the name was not free after all.
        """
        self._on_join(member, self._event("joined", member.name, f"{member.name} has joined the channel."))

    def leave(self, member: Member) -> None:
        """Remove `member`, for which `join` was called, and notify the others."""
        self._on_leave(member, self._event("left", member.name, f"{member.name} has left the channel."))

    def rename(self, member: Member, name: str) -> None:
        """Rename `member` with `set_name`, and notify its rooms. The order of arrival stays the same."""
        old, registered = member.name, self.rooms.registered
        if registered.get(fold(old)) is member:
            registered[fold(name)] = registered.pop(fold(old))
        for room in self.rooms:
            if room._members.get(fold(old)) is member:
                event = room._event("renamed", old, f"{old} is now known as {name}.", to=name)
                room._on_rename(member, event)
        member.set_name(name)

    def say(self, member: Member, text: str, kind: str = "said", on_said: OnSaid | None = None) -> None:
        """Send a message (`said`), or what the member does (`action`), to all other members.

        `on_said` is called right before that.
        """
        if on_said is not None:
            on_said()
        number = next(self.rooms.numbers)
        self._on_say(member, Event(kind, time.time(), member.name, text, seq=number, room=self.label))

    def send_private(self, member: Member, other: Member, text: str) -> None:
        """Send a message of `member` to `other` and, if the member `is_confirmed`, to itself."""
        event = Event("private", time.time(), member.name, text, to=other.name)
        for each in dict.fromkeys((other, member) if member.is_confirmed else (other,)):
            self.send(each, event)

    def since(self, sequence: int) -> list[Event]:
        """The events for all members with a larger sequence number, at most the last MAX_MISSED."""
        return [event for event in self.recent if event.seq > sequence]

    def announce(self, text: str) -> None:
        """Send a notice of the server to all members."""
        self._gather(Gathered(self._event("notice", "", text), None, None))

    def send(self, member: Member, event: Event) -> None:
        """Send `event` to one member, after all events before it."""
        self.deliver()
        member.send_data(member.encode(event, None))

    def send_text(self, member: Member, kind: str, text: str) -> None:
        """Send a text of the server to one member."""
        self.send(member, Event(kind, time.time(), member.name, text))

    def deliver(self) -> None:
        """Send the gathered events to all members."""
        events, self._gathered = self._gathered, []
        if not events:
            return
        readers = {member.style: member for member in self._members.values()}
        for style, reader in readers.items():
            members = (member for member in self._members.values() if member.style is style)
            pieces = [(reader.encode(event, author), skipped) for event, author, skipped in events]
            Batch(pieces).send_to(members)

    def last_waiting(self) -> Gathered | None:
        """The event that waits for delivery and was gathered last, if there is one."""
        return self._gathered[-1] if self._gathered else None

    # --- the changes

    def _event(self, kind: str, name: str, text: str, to: str = "") -> Event:
        return Event(kind, time.time(), name, text, to, seq=next(self.rooms.numbers), room=self.label)

    def _on_join(self, member: Member, event: Event) -> None:
        self.deliver()  # the new member must not receive what was said before
        self._members[fold(member.name)] = member
        self._gather(Gathered(event, member, member))
        member.on_joined(self)

    def _on_leave(self, member: Member, event: Event) -> None:
        del self._members[fold(event.name)]
        self._gather(Gathered(event, member, member))
        self.rooms.drop_if_empty(self)

    def _on_rename(self, member: Member, event: Event) -> None:
        self._set_key(member, fold(event.to))
        self._gather(Gathered(event, member, None))

    def _set_key(self, member: Member, new: str) -> None:
        self._members = {new if each is member else key: each for key, each in self._members.items()}

    def _on_say(self, member: Member, event: Event) -> None:
        if event.kind == "said":
            self.history.append(event)
        self._gather(Gathered(event, member, member))

    def _gather(self, gathered: Gathered) -> None:
        self._gathered.append(gathered)
        self.recent.append(gathered.event)
        if len(self._gathered) == 1:
            self._at_turn_end(self.deliver)
        self.rooms.on_event(gathered.event)


class Rooms:
    """The rooms, by name in any case, and what they share. A room exists while it has a member.

    The first room always exists. Sessions begin in it, and its name is FIRST_ROOM. The name of a user is
    unique in all rooms; `registered` has those whose users need not be in a room. `on_event` is called at
    once with each event that goes to all members of a room.
    """

    cluster = "none"
    """Whether the rooms are `joined` to those of other servers, `cut off` from them, or in `none`."""

    def __init__(self, first: ChatRoom) -> None:
        self.first = first
        self.registered: dict[str, Member] = {}
        self.numbers = count(time.time_ns() // 1000)
        self.on_event: Callable[[Event], object] = lambda event: None
        self._rooms = {FIRST_ROOM: first}

    def __iter__(self) -> Iterator[ChatRoom]:
        return iter(tuple(self._rooms.values()))

    def find(self, name: str) -> ChatRoom | None:
        """The room of this name, if it exists."""
        return self._rooms.get(name.lower())

    def find_or_make(self, name: str) -> ChatRoom:
        """The room of this name, for a member who enters it now. ValueError, with the reason, if not allowed.

        Without the limit of MAX_ROOMS, a user could fill the memory with rooms.
        """
        if not ROOM_NAME.fullmatch(name):
            raise ValueError("The name of a room has 1 to 32 letters A-Z, digits, _ and - in it.")
        if self.find(name) is None and len(self._rooms) >= MAX_ROOMS:
            raise ValueError(f"There are {MAX_ROOMS} rooms already. Enter one of them: /rooms lists them.")
        return self.make(name)

    def make(self, name: str) -> ChatRoom:
        """The room of this name, which is made if it does not exist."""
        room = self.find(name)
        if room is None:
            room = self._rooms[name.lower()] = self.first.make_other(name)
        return room

    def drop_if_empty(self, room: ChatRoom) -> None:
        """Forget a room that has no members, and its history. The first room stays."""
        if not room.size() and room is not self.first and self.find(room.name) is room:
            del self._rooms[room.name.lower()]


ALIKE = ("Latin", "Greek", "Cyrillic")
"""Scripts with letters that look the same, so a name has letters of one of them only."""

MOST_ACCENTS = 2
"""Combining marks on a letter, without the vowel signs (class 0) of scripts such as Burmese."""

MOST_MARKS = 4
"""Combining marks on a letter, with vowel signs."""


def taken(name: str) -> str:
    """The refusal of a name that another member has."""
    return f"Sorry, '{name}' is taken. Try something else."


def unknown(name: str) -> str:
    """The refusal of a private message to a name that no member has."""
    return f"There is nobody here called {name}."


def normalize(name: str) -> str:
    """The name in Unicode's form NFKC. ValueError, with the reason for the user, if it is not allowed.

    Allowed are letters and digits of any script, with combining marks after them, `_` and `-`. A name that
    could pass for another one, or that covers the lines around it with marks, is not allowed.
    """
    name = unicodedata.normalize("NFKC", name.strip())
    if not name:
        raise ValueError("A name needs at least one letter, digit, _ or -.")
    if len(name) > LONGEST_NAME:
        raise ValueError(f"That name is too long: {LONGEST_NAME} characters at most.")
    for before, character in zip(" " + name, name, strict=False):
        if not (character.isalnum() or character in "_-" or (_is_mark(character) and before not in " _-")):
            raise ValueError("A name has only letters, digits, _ and - in it.")
    if visible(name) != name:
        raise ValueError("A name has no invisible letters in it.")
    if _has_too_many_marks(name):
        raise ValueError(f"A letter in a name has at most {MOST_ACCENTS} accents or other marks.")
    scripts = [script for script in ALIKE if any(map(partial(_is_of, script), name))]
    if len(scripts) > 1:
        raise ValueError(f"A name does not mix {' and '.join(scripts)} letters, because some look the same.")
    return name


def _is_mark(character: str) -> bool:
    """Whether it is a combining mark. A variation selector does not count: in a name it is invisible."""
    is_selector = "VARIATION SELECTOR" in unicodedata.name(character, "")
    return unicodedata.category(character) in ("Mn", "Mc") and not is_selector


def _has_too_many_marks(name: str) -> bool:
    accents = marks = 0
    for character in name:
        is_mark = _is_mark(character)
        marks = marks + 1 if is_mark else 0
        accents = accents + (unicodedata.combining(character) > 0) if is_mark else 0
        if accents > MOST_ACCENTS or marks > MOST_MARKS:
            return True
    return False


def _is_of(script: str, letter: str) -> bool:
    return unicodedata.name(letter, "").startswith(script.upper())
