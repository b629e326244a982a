"""Who is in the chat, and what was said. It knows no lines and no sockets: its members do.

It gathers as the transports do: what one turn brought goes to each member in one write, encoded once for
each style in use, whoever many members share it.
"""

import time
import unicodedata
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable

from core.formats.chat_events import HISTORY, LONGEST_NAME, Event, Style, encode, fold


class Member(ABC):
    """Somebody who is told what happens."""

    name: str
    style: Style

    def take_name(self, name: str) -> None:
        """From now on this is the member's name."""
        self.name = name

    @abstractmethod
    def receive(self, data: bytes) -> None:
        """Events, encoded in the member's style."""


class Batch:
    """Encoded events in one style; nobody gets back what they said themselves."""

    def __init__(self, said: "list[tuple[Event, Member | None]]", style: Style) -> None:
        self._own: dict[Member | None, list[tuple[int, int]]] = {}
        pieces, end = [], 0
        for event, sender in said:
            pieces.append(encode(event, style))
            start, end = end, end + len(pieces[-1])
            self._own.setdefault(sender, []).append((start, end))
        self._all = b"".join(pieces)

    def without_own(self, member: Member) -> bytes:
        """What `member` gets. All who said nothing share the same bytes."""
        own = self._own.get(member)
        if own is None:
            return self._all
        starts = [0, *(end for _, end in own)]
        ends = [*(start for start, _ in own), len(self._all)]
        everything = memoryview(self._all)  # whose pieces are copied once, by the join
        return b"".join([everything[start:end] for start, end in zip(starts, ends, strict=True)])


class ChatRoom:
    """Members by name, in order of arrival. `at_turn_end(f)` has `f()` called once the turn is over."""

    def __init__(self, at_turn_end: Callable[[Callable[[], object]], object]) -> None:
        self.history: deque[Event] = deque(maxlen=HISTORY)
        self.on_event: Callable[[Event], object] = lambda event: None
        self._members: dict[str, Member] = {}
        self._at_turn_end = at_turn_end
        self._gathered: list[tuple[Event, Member | None]] = []

    def names(self) -> tuple[str, ...]:
        """Who is here."""
        return tuple(member.name for member in self._members.values())

    def find(self, name: str) -> Member | None:
        """The member of that name, whatever its case."""
        return self._members.get(fold(name))

    def free_name(self, text: str, member: Member) -> str:
        """The name that `text` stands for, if `member` may have it. ValueError says why not."""
        name = normalize(text)
        if self.find(name) not in (None, member):
            raise ValueError(f"Sorry, '{text.strip()}' is taken. Try something else.")
        return name

    def join(self, member: Member) -> None:
        """Let `member` in under its name, which has to be free, and tell the others."""
        self.deliver()  # the new member must not receive what was said before
        self._members[fold(member.name)] = member
        self._tell_others("joined", f"{member.name} has joined the channel.", member)

    def leave(self, member: Member) -> None:
        """Let `member` go, and tell the others."""
        del self._members[fold(member.name)]
        self._tell_others("left", f"{member.name} has left the channel.", member)

    def rename(self, member: Member, name: str) -> None:
        """Have `member` keep its place under another name, and tell everyone."""
        old = member.name
        members = self._members.items()
        self._members = {fold(name) if each is member else key: each for key, each in members}
        member.take_name(name)
        self._gather(Event("renamed", time.time(), old, f"{old} is now known as {name}.", to=name), None)

    def say(self, member: Member, text: str, kind: str = "said") -> None:
        """Tell everyone else what `member` said, or (`action`) does."""
        event = Event(kind, time.time(), member.name, text)
        if kind == "said":
            self.history.append(event)
        self._gather(event, member)

    def announce(self, text: str) -> None:
        """Tell everyone something in the server's name."""
        self._gather(Event("notice", time.time(), text=text), None)

    def tell_one(self, member: Member, event: Event) -> None:
        """Tell one member alone, after what the others said before."""
        self.deliver()
        member.receive(encode(event, member.style))

    def answer(self, member: Member, kind: str, text: str) -> None:
        """Tell one member something in the server's name."""
        self.tell_one(member, Event(kind, time.time(), member.name, text))

    def deliver(self) -> None:
        """Give to each member what was gathered."""
        said, self._gathered = self._gathered, []
        if not said:
            return
        batches: dict[Style, Batch] = {}
        for member in self._members.values():
            if member.style not in batches:
                batches[member.style] = Batch(said, member.style)
            if data := batches[member.style].without_own(member):
                member.receive(data)

    def _tell_others(self, kind: str, text: str, member: Member) -> None:
        self._gather(Event(kind, time.time(), member.name, text), member)

    def _gather(self, event: Event, sender: Member | None) -> None:
        self._gathered.append((event, sender))
        if len(self._gathered) == 1:
            self._at_turn_end(self.deliver)
        self.on_event(event)


def normalize(name: str) -> str:
    """The name as it will be shown. ValueError says what is wrong with it, to whoever typed it.

    Of letters and digits those of any script will do, with the marks that some scripts write on them.
    """
    name = unicodedata.normalize("NFKC", name.strip())
    if not name:
        raise ValueError("A name needs at least one letter or digit.")
    if len(name) > LONGEST_NAME:
        raise ValueError(f"That name is too long: {LONGEST_NAME} characters at most.")
    for before, character in zip(" " + name, name, strict=False):
        is_mark = unicodedata.category(character) in ("Mn", "Mc") and before not in " _-"
        if not (character.isalnum() or character in "_-" or is_mark):
            raise ValueError("A name has only letters, digits, _ and - in it.")
    return name
