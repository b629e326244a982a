"""The members of the room, as each server of the cluster derives them from the stream. It has no I/O.

The lesson: all servers read the same messages in the same order. If each of them applies the same rules, all
reach the same result, and there is nothing to agree on beside the order: a replicated state machine.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import count, repeat

from core.formats.text import fold
from servers.chat.cluster.messages import NAME_ONLY, Batch, Change, Gone, Hello, Message, Person, Roster

NOBODY = Person("", 0, "", {})
NO_CHANGE = Change("", 0, "")

MAX_APPLIED = 100_000
"""The most changes of one message: all members of a server leave."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A message with its place in the stream, and the time at which it was stored, in seconds since 1970."""

    place: int
    time: float
    message: Message


@dataclass(frozen=True, slots=True)
class Applied:
    """A change that a message has made. `kind` is one of these:

    - `joined`, `left`, `renamed`, `said`, `action`, `private`: it is done. `person` is the member
      concerned, before the change; `other` is the receiver of a private text. `room` is the room where
      it is done.
    - `returned`: `person` has taken over the name of `other`, with the same key. Later changes of `other`
      do not count.
    - `join refused`, `rename refused`, `private refused`: the name is taken, or no member has it.
    - `hello`: the server of `person` has begun, and needs our roster.
    - `ready`: the people of all servers are known now, and this server may send batches.

    `index` counts what one message has changed.
    """

    kind: str
    stored: Stored
    person: Person
    change: Change = NO_CHANGE
    other: Person | None = None
    index: int = 0
    room: str = ""

    @property
    def sequence(self) -> int:
        """A number that grows with the order in the stream, and is the same on each server."""
        return self.stored.place * MAX_APPLIED + self.index


class Phase(Enum):
    """How much this server knows.

    OUTSIDE    its Hello is not in the stream yet         its Hello comes: ASKING
    ASKING     the rosters of other servers are missing   the last one comes: JOINED
    JOINED     it knows all people                        -
    """

    OUTSIDE = "outside"
    ASKING = "asking"
    JOINED = "joined"


class Replica:
    """The people in the room, for the server with the identity `server`.

    `apply` and `expect` are generators: the state is that of the change which they have yielded last.
    """

    def __init__(self, server: str) -> None:
        self.begin(server)

    def begin(self, server: str) -> None:
        """Begin with this identity, and know nothing."""
        self.server = server
        self.phase = Phase.OUTSIDE
        self.servers: dict[str, int] = {}
        """The servers, each with the number of its last batch."""
        self.people: dict[str, Person] = {}
        """The people by folded name, in order of arrival."""
        self._gone: set[str] = set()  # a late copy of their Hello does not count
        self._overheard: dict[str, int] = {}  # the last batches of the servers before our Hello
        self._by_number: dict[tuple[str, int], str] = {}
        self._queue: list[Stored] = []  # the messages after the Hello, while rosters are missing
        self._missing: set[str] | None = None  # the servers whose rosters are missing; None: not known
        self._known_later: set[str] = set()  # these began or ended after the Hello
        self._from_rosters: list[Person] = []

    def begin_again(self, server: str) -> None:
        """Take a new identity, because the last one is gone. The other members stay known."""
        if self.phase is Phase.JOINED:
            self.server = server
        else:
            self.begin(server)

    def expect(self, servers: Iterable[str]) -> Iterator[Applied]:
        """The leases of `servers` were valid after our Hello: their rosters are needed."""
        if self.phase is Phase.ASKING and self._missing is None:
            self._missing = set(servers) - {self.server} - self._known_later - set(self.servers)
            yield from self._finish()

    def roster(self) -> list[Person]:
        """The people of this server."""
        return [person for person in self.people.values() if person.server == self.server]

    def waits_for(self) -> set[str]:
        """The other servers that must be alive: those that are known, and those with a missing roster."""
        return (set(self.servers) | (self._missing or set())) - {self.server}

    def is_held_by(self, name: str, key: str) -> bool:
        """Whether the member of this name has this key. No name is held by "", which is no key."""
        holder = self.people.get(fold(name))
        return holder is not None and bool(key) and holder.key == key

    def apply(self, stored: Stored) -> Iterator[Applied]:
        """Apply the next message of the stream."""
        message = stored.message
        if self.phase is Phase.JOINED:
            yield from self._apply(stored)
        elif self.phase is Phase.ASKING:
            self._queue.append(stored)
            self._note(message)
            yield from self._finish()
        elif isinstance(message, Batch):
            yield from self._overhear(stored, message)
        elif isinstance(message, Gone):
            self._gone.add(message.server)
        elif message == Hello(self.server):
            self.phase = Phase.ASKING
            self.servers = {self.server: 0}

    def _overhear(self, stored: Stored, batch: Batch) -> Iterator[Applied]:
        """Outside, lines are told for the history. Which of them count is known only in part."""
        counts = batch.number > self._overheard.get(batch.server, 0) and batch.server not in self._gone
        self._overheard[batch.server] = batch.number
        for index, change in enumerate(batch.changes if counts else ()):
            if change.kind in ("said", "action"):
                person = Person(batch.server, change.member, change.name, {})
                yield Applied(change.kind, stored, person, change, index=index, room=change.room)

    def _note(self, message: Message) -> None:
        """Take a roster, or a reason to wait for one no more."""
        match message:
            case Roster(server, reader, number, people, is_last) if reader == self.server:
                self._from_rosters += people
                if is_last:
                    self.servers[server] = number
                    self._ignore(server)
            case Hello(server) | Gone(server):
                self._known_later.add(server)
                self._ignore(server)

    def _ignore(self, server: str) -> None:
        if self._missing is not None:
            self._missing.discard(server)

    def _finish(self) -> Iterator[Applied]:
        """If no roster is missing, take over the people, and apply what has come since the Hello."""
        if self._missing is None or self._missing:
            return
        self.phase = Phase.JOINED
        known = [person for person in self._from_rosters if person.server in self.servers]
        for person in sorted(known, key=lambda person: person.since):
            self._add(person)
        queue, self._queue = self._queue, []
        yield Applied("ready", queue[0] if queue else Stored(0, 0.0, Hello(self.server)), NOBODY)
        for stored in queue:
            yield from self._apply(stored)

    # --- when all people are known

    def _apply(self, stored: Stored) -> Iterator[Applied]:
        match stored.message:
            case Hello(server) if server not in self.servers and server not in self._gone:
                self.servers[server] = 0
                yield Applied("hello", stored, Person(server, 0, "", {}))
            case Gone(server):
                self._gone.add(server)
                self.servers.pop(server, None)
                here = [person for person in self.people.values() if person.server == server]
                numbers = count()
                for person in here:
                    yield from self._leave_all(stored, person, NO_CHANGE, numbers)
            case Batch(server, number, changes) if number > self.servers.get(server, number):
                self.servers[server] = number
                for index, change in enumerate(changes):
                    yield from self._change(stored, server, change, index)

    def _change(self, stored: Stored, server: str, change: Change, index: int) -> Iterator[Applied]:
        known = self._by_number.get((server, change.member))
        person = self.people[known] if known is not None else None
        if change.kind in ("join", "return"):
            yield from self._join(stored, server, change, index)
        elif person is None:
            return
        elif change.kind == "leave" and change.room == NAME_ONLY:
            yield from self._leave_all(stored, person, change, repeat(index))
        elif change.kind == "leave":
            yield from self._leave(stored, person, change, index, change.room)
        elif change.kind == "rename":
            yield self._rename(stored, person, change, index)
        else:
            other = self.people.get(fold(change.to)) if change.kind == "private" else None
            kind = "private refused" if change.kind == "private" and other is None else change.kind
            yield Applied(kind, stored, person, change, other, index, change.room)

    def _join(self, stored: Stored, server: str, change: Change, index: int) -> Iterator[Applied]:
        known, place = self._by_number.get((server, change.member)), stored.place * MAX_APPLIED + index
        person = Person(server, change.member, change.name, {}, change.text)
        holder = self.people.get(known or fold(change.name))
        if known is None and holder is not None:
            yield self._return(stored, person, holder, change, index)
        elif holder is None or change.room not in holder.rooms:
            person = holder or person
            person = person._replace(rooms={**person.rooms, change.room: place})
            self._add(person)
            yield Applied("joined", stored, person, change, index=index, room=change.room)

    def _return(self, stored: Stored, person: Person, holder: Person, change: Change, index: int) -> Applied:
        """The name is taken: `person` may take it over from `holder` in a `return` with the same key."""
        if change.kind != "return" or not self.is_held_by(change.name, change.text):
            return Applied("join refused", stored, person, change, index=index, room=change.room)
        person = holder._replace(server=person.server, member=person.member)
        del self._by_number[holder.server, holder.member]
        self._add(person)
        return Applied("returned", stored, person, change, holder, index)

    def _leave(
        self, stored: Stored, person: Person, change: Change, index: int, room: str
    ) -> Iterator[Applied]:
        """The person leaves a room. In the last one, it leaves its name, too."""
        if room in person.rooms:
            rooms = {each: place for each, place in person.rooms.items() if each != room}
            if rooms:
                self._add(person._replace(rooms=rooms))
            else:
                self._remove(person)
            yield Applied("left", stored, person, change, index=index, room=room)

    def _leave_all(
        self, stored: Stored, person: Person, change: Change, numbers: Iterator[int]
    ) -> Iterator[Applied]:
        for room in person.rooms:
            yield from self._leave(stored, self.people[fold(person.name)], change, next(numbers), room)

    def _rename(self, stored: Stored, person: Person, change: Change, index: int) -> Applied:
        key, old = fold(change.name), fold(person.name)
        if key != old and key in self.people:
            return Applied("rename refused", stored, person, change, index=index)
        renamed = person._replace(name=change.name)
        self.people = {
            key if name == old else name: renamed if name == old else each
            for name, each in self.people.items()
        }
        self._by_number[person.server, person.member] = key
        return Applied("renamed", stored, person, change, index=index)

    def _add(self, person: Person) -> None:
        self.people[fold(person.name)] = person
        self._by_number[person.server, person.member] = fold(person.name)

    def _remove(self, person: Person) -> None:
        del self.people[fold(person.name)]
        del self._by_number[person.server, person.member]
