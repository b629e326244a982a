"""The conversation of a cluster: it applies the changes that come back from the stream to the rooms."""

from collections.abc import Callable, Iterable

from core.formats.chat_events import Event
from core.formats.text import fold
from servers.chat.cluster.members import LocalMembers, RemoteMember, hash_of, other_name
from servers.chat.cluster.messages import NAME_ONLY, Change, Gone, Person
from servers.chat.cluster.outbox import Outbox
from servers.chat.cluster.replica import Applied
from servers.chat.cluster.room import ClusterRoom, waiting
from servers.chat.room import Member, taken, unknown


class Conversation:
    """The rooms and the members of this server, whose identity is `server`. `first` is the first room."""

    def __init__(self, first: ClusterRoom, outbox: Outbox) -> None:
        self.server = ""
        self.has_begun = False
        self.local = LocalMembers()
        self._rooms = first.rooms
        self._outbox = outbox
        self._remote: dict[tuple[str, int], RemoteMember] = {}
        self._again: dict[int, tuple[str, set[str]]] = {}
        """Our members that join again, by number: the names that they had, and their rooms."""

    def apply(self, applied: Applied) -> None:
        """Apply a change of a member."""
        HANDLERS[applied.kind](self, applied)

    def begin(self, people: Iterable[Person]) -> None:
        """Take over the people of the other servers."""
        self.has_begun = True
        places = [(place, room, person) for person in people for room, place in person.rooms.items()]
        for _, room, person in sorted(places, key=lambda found: found[0]):
            self._put(room, self._member(person))
        for each in self._rooms:
            self._rooms.drop_if_empty(each)  # its lines have come, and its members have left

    def join_again(self) -> list[Change]:
        """The requests of our members that count as gone, to join again. They take over no names."""
        changes = []
        for number, (name, rooms) in self._again.items():
            member = self.local.find(number)
            key = hash_of(member.key) if member is not None else ""
            changes += [Change("join", number, name, key, room=room) for room in sorted(rooms)]
        return changes

    # --- members and rooms

    def _is_ours(self, person: Person) -> bool:
        return person.server == self.server

    def _local_member(self, person: Person) -> Member | None:
        return self.local.find(person.member) if self._is_ours(person) else None

    def _member(self, person: Person) -> Member:
        """The member of this server, or the one that stands for the person, and receives nothing."""
        remote = RemoteMember(person.name)
        return self._local_member(person) or self._remote.setdefault((person.server, person.member), remote)

    def _room(self, name: str) -> ClusterRoom:
        room = self._rooms.make(name) if name else self._rooms.first
        assert isinstance(room, ClusterRoom)
        return room

    def _put(self, room: str, member: Member) -> None:
        if room == NAME_ONLY:
            self._rooms.registered[fold(member.name)] = member
        else:
            self._room(room).put(member)

    def _event(self, applied: Applied, kind: str, text: str, to: str = "") -> Event:
        time, name, number = applied.stored.time, applied.person.name, applied.sequence
        return Event(kind, time, name, text, to, seq=number, room=applied.room)

    # --- joining and leaving

    def _on_joined(self, applied: Applied) -> None:
        person, room = applied.person, applied.room
        member = self._member(person)
        event = self._event(applied, "joined", f"{person.name} has joined the channel.")
        if self._is_ours(person) and person.member in self._again:
            self._on_joined_again(applied, member, event)
        elif room == NAME_ONLY:
            self._put(room, member)
            member.on_registered()
        else:
            self._room(room).apply_join(member, event)

    def _on_joined_again(self, applied: Applied, member: Member, event: Event) -> None:
        number, room = applied.person.member, applied.room
        old, rooms = self._again[number]
        rooms.discard(room)
        if not rooms:
            del self._again[number]
        if member.name != event.name:
            text = f"{member.name} is now known as {event.name}."
            renamed = Event("renamed", event.time, member.name, text, event.name)
            member.set_name(event.name)
            member.send_data(member.encode(renamed, member))
        if room == NAME_ONLY:
            self._rooms.registered.pop(waiting(old), None)
            self._put(room, member)
        else:
            self._room(room).apply_join_again(member, event, old)

    def _on_returned(self, applied: Applied) -> None:
        """A member has come back with another connection. The others need not know."""
        person, member = applied.person, self._local_member(applied.person)
        for room in person.rooms:
            self._put(room, self._member(person))
        if (other := applied.other) is not None:
            self._remote.pop((other.server, other.member), None)
            if (holder := self._local_member(other)) is not None:
                holder.on_replaced()
        if member is not None:
            *others, newest = person.rooms  # two, if it was on its way from one to the other
            for room in others:
                self._outbox.add(Change("leave", person.member, person.name, room=room))
            self.local.stay_in(member, newest)
            member.set_name(person.name)
            member.on_joined(self._room(newest))

    def _on_left(self, applied: Applied) -> None:
        person, room = applied.person, applied.room
        key, registered = fold(person.name), self._rooms.registered
        if applied.stored.message == Gone(self.server):
            self._again.setdefault(person.member, (person.name, set()))[1].add(room)
            if room == NAME_ONLY:
                registered[waiting(person.name)] = registered.pop(key)
            else:
                self._room(room).wait(person.name)
            return
        if room == NAME_ONLY:
            del registered[key]
        else:
            event = self._event(applied, "left", f"{person.name} has left the channel.")
            self._room(room).apply_leave(event)
        if len(person.rooms) == 1:
            self._remote.pop((person.server, person.member), None)

    def _on_join_refused(self, applied: Applied) -> None:
        change, member = applied.change, self._local_member(applied.person)
        if self._is_ours(applied.person) and change.member in self._again:
            self._outbox.add_first([change._replace(name=other_name(change.name))])
        elif member is not None:
            self.local.leave(member, NAME_ONLY)
            member.on_refused(taken(change.name))

    # --- names and lines

    def _on_renamed(self, applied: Applied) -> None:
        old, new, registered = applied.person.name, applied.change.name, self._rooms.registered
        rooms = [self._room(room) for room in applied.person.rooms if room != NAME_ONLY]
        members = {self._member(applied.person), *(room.find_here(old) for room in rooms)}
        told: set[Member] = set()
        if NAME_ONLY in applied.person.rooms:
            registered[fold(new)] = registered.pop(fold(old))
        for room in rooms:
            event = self._event(applied, "renamed", f"{old} is now known as {new}.", new)
            room.apply_rename(event, told)
        for member in members:
            if member is not None:
                member.set_name(new)

    def _on_said(self, applied: Applied) -> None:
        room = self._room(applied.room)
        expected = self.local.pop_expected(applied.person.member) if self._is_ours(applied.person) else None
        if expected is not None:
            author, on_said = expected
            on_said()
        else:
            # Of a line before our Hello, the author may have left, or have another name now.
            name = applied.person.name
            author = room.find_here(name) or self._local_member(applied.person) or RemoteMember(name)
        room.apply_say(author, self._event(applied, applied.kind, applied.change.text))
        if self.has_begun:
            self._rooms.drop_if_empty(room)

    def _on_private(self, applied: Applied) -> None:
        member, other = self._local_member(applied.person), applied.other
        receivers = [self._local_member(other)] if other is not None else []
        if member is not None and member.is_confirmed:
            receivers.append(member)
        to = other.name if other is not None else ""
        event = Event("private", applied.stored.time, applied.person.name, applied.change.text, to)
        for each in dict.fromkeys(receivers):
            if each is not None:
                self._rooms.first.send(each, event)

    def _on_rename_refused(self, applied: Applied) -> None:
        if (member := self._local_member(applied.person)) is not None:
            member.on_name_refused(taken(applied.change.name))

    def _on_private_refused(self, applied: Applied) -> None:
        if (member := self._local_member(applied.person)) is not None:
            self._rooms.first.send_text(member, "refused", unknown(applied.change.to))


HANDLERS: dict[str, Callable[[Conversation, Applied], object]] = {
    "joined": Conversation._on_joined,
    "returned": Conversation._on_returned,
    "left": Conversation._on_left,
    "renamed": Conversation._on_renamed,
    "said": Conversation._on_said,
    "action": Conversation._on_said,
    "private": Conversation._on_private,
    "join refused": Conversation._on_join_refused,
    "rename refused": Conversation._on_rename_refused,
    "private refused": Conversation._on_private_refused,
}
"""The methods that apply a change from the stream, by its kind."""
