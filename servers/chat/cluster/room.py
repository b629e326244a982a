"""The chat room of a cluster: a request of a member goes into a stream, and happens when it comes back.

So all servers of the cluster tell their members the same lines in the same order. A server that loses its
lease, because it was cut off for long, takes a new identity, and its members join again.
"""

import logging
import time
from collections.abc import Callable, Iterable
from secrets import token_hex

from core.formats.chat_events import Event
from core.formats.text import fold
from core.interfaces import ReactorTime
from servers.chat.cluster.journal import Journal
from servers.chat.cluster.members import RemoteMember, hash_of, other_name
from servers.chat.cluster.messages import TALK, Batch, Change, Gone, Hello, Message, Roster, decode, encode
from servers.chat.cluster.outbox import NOT_TAKEN, NOTICE, Outbox
from servers.chat.cluster.replica import Applied, Phase, Replica, Stored
from servers.chat.room import ChatRoom, Gathered, Member, normalize

log = logging.getLogger(__name__)

JOINED, CUT_OFF = "joined", "cut off"
"""The states of the room, as the monitor shows them."""

ROSTER_PART = 1000
"""People in one message of a roster."""

TAKEN = "Sorry, '{}' is taken. Try something else."
MISSING_FOR = 1.5
"""Seconds. After an election in the cluster, all servers first renew their leases."""

NOT_NOW = "The server is cut off from the other servers of the chat. Try again in a few seconds."


class ClusterRoom(ChatRoom):
    """A room whose changes come from `journal`, which must be set before the first member joins."""

    journal: Journal

    def __init__(self, clock: ReactorTime, at_turn_end: Callable[[Callable[[], object]], object]) -> None:
        super().__init__(at_turn_end)
        self._clock = clock
        self._server = token_hex(6)
        self._identities = {self._server}
        self._replica = Replica(self._server)
        self._last_number = 0
        self._local: dict[int, Member] = {}
        self._number_of: dict[Member, int] = {}
        self._present: dict[int, str] = {}  # our members in the stream, with their names
        self._again: dict[int, str] = {}  # those that join again, with the names that they had
        self._outbox = Outbox(clock, self._send)
        self._missing_since: dict[str, float] = {}
        self._will_pump = False
        self.cluster = JOINED

    def make_other(self, name: str) -> ChatRoom:
        raise ValueError("A chat on a cluster has one room only.")

    # --- what the members ask for

    def free_name(self, text: str, member: Member) -> str:
        """Normalize the name `text`. It is free also for a member whose key is that of the one who has it."""
        name = normalize(text)
        is_own = self._replica.is_held_by(name, hash_of(member.key))
        return name if is_own else super().free_name(text, member)

    def join(self, member: Member) -> None:
        if self.is_cut_off:
            member.on_name_refused(NOT_NOW)
            return
        self._last_number += 1
        self._local[self._last_number] = member
        self._number_of[member] = self._last_number
        self._ask("return", member, member.name, hash_of(member.key))

    def leave(self, member: Member) -> None:
        self._ask("leave", member, member.name)
        number = self._number_of.pop(member)
        del self._local[number]
        for key in (fold(member.name), f"\0{number}"):
            if self._members.get(key) is member:
                self._members[key] = RemoteMember(member.name)

    def rename(self, member: Member, name: str) -> None:
        self._ask("rename", member, name)

    def say(self, member: Member, text: str, kind: str = "said") -> None:
        self._ask(kind, member, member.name, text)

    def send_private(self, member: Member, other: Member, text: str, confirms: bool = True) -> None:
        self._ask("private", member, member.name, text, other.name)

    def _ask(self, kind: str, member: Member, name: str, text: str = "", to: str = "") -> None:
        if kind in TALK and self._outbox.is_full(self.is_cut_off):
            self.send_text(member, "refused", NOT_TAKEN)
            return
        self._outbox.add(Change(kind, self._number_of[member], name, text, to))
        if not self._will_pump:
            self._will_pump = True
            self._at_turn_end(self._pump)

    def _pump(self) -> None:
        """Store what waits, if the room is ready for it."""
        self._will_pump = False
        if self._replica.phase is Phase.JOINED and self._server in self._replica.servers:
            self._outbox.pump()

    def _send(self, changes: tuple[Change, ...]) -> None:
        number = self._replica.servers[self._server] + 1
        self._store(Batch(self._server, number, changes), f"{self._server}-{number}")

    def _store(self, message: Message, message_id: str) -> None:
        self.journal.store(encode(message), message_id)

    # --- the cluster

    def begin(self) -> None:
        """Take part under this identity: take a lease, and then say Hello."""
        server = self._server
        taken = self.journal.take_lease(server)
        taken.add_callback(lambda _: self._store(Hello(server), f"{server}-hello"))

    def end(self) -> Gone:
        """The message with which this server ends, for the others."""
        return Gone(self._server)

    def on_cut_off(self) -> None:
        """The cluster has not answered for a while."""
        self.cluster = CUT_OFF
        self._gather(Gathered(self._event("notice", "", NOTICE), None, None))

    def on_back(self) -> None:
        """The cluster answers again."""
        self.cluster = JOINED

    @property
    def is_cut_off(self) -> bool:
        """Whether the cluster does not answer."""
        return self.cluster == CUT_OFF

    def on_leases(self, leases: set[str]) -> None:
        """These servers are alive. Another one that is needed and missing for MISSING_FOR has gone."""
        now = self._clock.seconds()
        missing = self._replica.waits_for() - leases
        self._missing_since = {server: self._missing_since.get(server, now) for server in missing}
        for server, since in self._missing_since.items():
            if now - since >= MISSING_FOR:
                self._store(Gone(server), f"{server}-gone")

    def on_message(self, place: int, stored_at: float, payload: bytes) -> None:
        """Apply a message of the stream. One that is no message of ours is ignored."""
        try:
            message = decode(payload)
        except ValueError as error:
            log.warning("message %d of the stream is ignored: %s", place, error)
            return
        self._apply(self._replica.apply(Stored(place, stored_at, message)))
        if message == Gone(self._server):
            self._begin_again()
        elif message == Hello(self._server):
            self.journal.leases().add_callback(self._on_expected, self._server)
        elif isinstance(message, Batch) and message.server in self._identities:
            self._outbox.confirm(message.changes, counted=message.server == self._server)
            self._pump()

    def _on_expected(self, leases: set[str], server: str) -> None:
        if server == self._server:
            self._apply(self._replica.expect(leases))

    def on_new_stream(self, place: int) -> None:
        """The stream was deleted at this place, and the next messages are those of a new one.

        All servers take new identities, and their members join again. The lines in flight are sent again.
        """
        self._identities.clear()
        for server in tuple(self._replica.servers):
            self._apply(self._replica.apply(Stored(place, time.time(), Gone(server))))
        self._outbox.send_again()
        self._begin_again()

    def _begin_again(self) -> None:
        """The others take this server for gone: take a new identity."""
        log.warning("this server counts as gone: its members join again")
        self._server = token_hex(6)
        self._identities.add(self._server)
        self._replica.begin_again(self._server)
        self.begin()

    # --- what comes back

    def _apply(self, changes: Iterable[Applied]) -> None:
        for applied in changes:
            HANDLERS[applied.kind](self, applied)

    def _on_ready(self, applied: Applied) -> None:
        """Take over the people of the other servers."""
        self._members = {key: RemoteMember(person.name) for key, person in self._replica.people.items()}
        self._pump()

    def _on_hello(self, applied: Applied) -> None:
        """A server begins: send it our people. If it is this one, with a new identity, they join again."""
        reader = applied.person.server
        if reader == self._server:
            self._outbox.add_first([self._join_again(*item) for item in self._again.items()])
            self._pump()
            return
        people, number = self._replica.roster(), self._replica.servers.get(self._server, 0)
        for start in range(0, max(len(people), 1), ROSTER_PART):
            part = tuple(people[start : start + ROSTER_PART])
            roster = Roster(self._server, reader, number, part, start + ROSTER_PART >= len(people))
            self._store(roster, f"{self._server}-roster-{reader}-{start}")

    def _join_again(self, number: int, name: str) -> Change:
        """A join that takes over no name: a member that has come back at another server keeps it."""
        key = self._local[number].key if number in self._local else ""
        return Change("join", number, name, hash_of(key))

    def _event(self, kind: str, name: str, text: str, to: str = "") -> Event:
        """An event of this server alone. It has no sequence number: these are those of the stream."""
        return Event(kind, time.time(), name, text, to)

    def _event_of(self, applied: Applied, kind: str, text: str, to: str = "") -> Event:
        return Event(kind, applied.stored.time, applied.person.name, text, to, seq=applied.sequence)

    def _member(self, applied: Applied) -> Member | None:
        """The member of this server that the change concerns, if it has one that is still here."""
        is_ours = applied.person.server == self._server
        return self._local.get(applied.person.member) if is_ours else None

    def _on_joined(self, applied: Applied) -> None:
        person, member = applied.person, self._member(applied)
        event = self._event_of(applied, "joined", f"{person.name} has joined the channel.")
        if person.server == self._server:
            self._present[person.member] = person.name
        if person.server == self._server and person.member in self._again:
            self._on_joined_again(member, event, person.member)
        else:
            member = member or RemoteMember(person.name)
            member.set_name(person.name)
            self._on_join(member, event)

    def _on_returned(self, applied: Applied) -> None:
        """A member has come back with another connection. The others need not know."""
        person, holder, member = applied.person, applied.other, self._member(applied)
        self.deliver()
        self._members[fold(person.name)] = member or RemoteMember(person.name)
        if holder is not None and holder.server == self._server:
            self._present.pop(holder.member, None)
            if holder.member in self._local:
                self._local[holder.member].on_replaced()
        if person.server == self._server:
            self._present[person.member] = person.name
        if member is not None:
            member.set_name(person.name)
            member.on_joined(self)

    def _on_joined_again(self, member: Member | None, event: Event, number: int) -> None:
        old, name = self._again.pop(number), event.name
        self.deliver()
        self._members.pop(f"\0{number}", None)
        self._members[fold(name)] = member or RemoteMember(name)
        self._gather(Gathered(event, member, member))
        if member is not None and name != old:
            member.set_name(name)
            text = f"{old} is now known as {name}."
            self.send(member, Event("renamed", event.time, old, text, to=name))

    def _on_left(self, applied: Applied) -> None:
        person = applied.person
        member = self._members[fold(person.name)]
        if applied.stored.message == Gone(self._server):
            self._again[person.member] = self._present.pop(person.member)
            self._members[f"\0{person.member}"] = self._members.pop(fold(person.name))
            return  # it goes on receiving what is said
        if person.server == self._server:
            self._present.pop(person.member, None)
        self._on_leave(member, self._event_of(applied, "left", f"{person.name} has left the channel."))

    def _on_renamed(self, applied: Applied) -> None:
        old, new = applied.person.name, applied.change.name
        if applied.person.server == self._server:
            self._present[applied.person.member] = new
        event = self._event_of(applied, "renamed", f"{old} is now known as {new}.", new)
        member = self._members[fold(old)]
        self._on_rename(member, event)
        member.set_name(new)

    def _on_said(self, applied: Applied) -> None:
        text = applied.change.text
        author = self._members.get(fold(applied.person.name)) or RemoteMember(applied.person.name)
        self._on_say(author, self._event_of(applied, applied.kind, text))

    def _on_private(self, applied: Applied) -> None:
        text, other = applied.change.text, applied.other
        receivers = [self._member(applied)]
        if other is not None and other.server == self._server:
            receivers.insert(0, self._local.get(other.member))
        name, to = applied.person.name, other.name if other is not None else ""
        event = Event("private", applied.stored.time, name, text, to)
        for member in dict.fromkeys(receivers):
            if member is not None:
                self.send(member, event)

    def _on_join_refused(self, applied: Applied) -> None:
        change, member = applied.change, self._member(applied)
        if applied.person.server == self._server and change.member in self._again:
            self._outbox.add_first([change._replace(name=other_name(change.name))])
        elif member is not None:
            del self._local[change.member], self._number_of[member]
            member.on_name_refused(TAKEN.format(change.name))

    def _on_refused(self, applied: Applied) -> None:
        change, member = applied.change, self._member(applied)
        if member is not None:
            nobody = f"There is nobody here called {change.to}."
            text = nobody if applied.kind == "private refused" else TAKEN.format(change.name)
            self.send_text(member, "refused", text)


HANDLERS: dict[str, Callable[[ClusterRoom, Applied], object]] = {
    "ready": ClusterRoom._on_ready,
    "hello": ClusterRoom._on_hello,
    "joined": ClusterRoom._on_joined,
    "returned": ClusterRoom._on_returned,
    "left": ClusterRoom._on_left,
    "renamed": ClusterRoom._on_renamed,
    "said": ClusterRoom._on_said,
    "action": ClusterRoom._on_said,
    "private": ClusterRoom._on_private,
    "join refused": ClusterRoom._on_join_refused,
    "rename refused": ClusterRoom._on_refused,
    "private refused": ClusterRoom._on_refused,
}
"""The methods that apply a change from the stream, by its kind."""
