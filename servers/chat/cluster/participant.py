"""A server's part in a cluster: a request of a member goes into a stream, and happens when it comes back.

So all servers of the cluster tell their members the same lines in the same order. A server that loses its
lease, because it was cut off for long, takes a new identity, and its members join again.
"""

import logging
import time
from collections.abc import Callable, Iterable
from secrets import token_hex

from core.interfaces import ReactorTime
from servers.chat.cluster.conversation import Conversation
from servers.chat.cluster.journal import Journal
from servers.chat.cluster.members import hash_of
from servers.chat.cluster.messages import (
    NAME_ONLY,
    TALK,
    Batch,
    Change,
    Gone,
    Hello,
    Message,
    Roster,
    decode,
    encode,
)
from servers.chat.cluster.outbox import NOT_TAKEN, NOTICE, Outbox
from servers.chat.cluster.replica import Applied, Phase, Replica, Stored
from servers.chat.cluster.room import Cluster, ClusterRoom
from servers.chat.room import Member, OnSaid

log = logging.getLogger(__name__)

JOINED, CUT_OFF = "joined", "cut off"
"""The states of the rooms, as the monitor shows them."""

ROSTER_PART = 1000
"""People in one message of a roster."""

MISSING_FOR = 1.5
"""Seconds. After an election in the cluster, all servers first renew their leases."""

NOT_NOW = "The server is cut off from the other servers of the chat. Try again in a few seconds."


class Participant(Cluster):
    """This server's part in a cluster. `room` is the first room.

    The changes come from `journal`, which must be set before the first member joins.
    """

    journal: Journal

    def __init__(self, clock: ReactorTime, at_turn_end: Callable[[Callable[[], object]], object]) -> None:
        self._clock, self._at_turn_end = clock, at_turn_end
        self.room = ClusterRoom(self, at_turn_end)
        self._outbox = Outbox(clock, self._send)
        self._conversation = Conversation(self.room, self._outbox)
        self._conversation.server = self._server = token_hex(6)
        self._sent = ("", 0)  # the server and the number of the last batch
        self._replica = Replica(self._server)
        self._missing_since: dict[str, float] = {}
        self._will_pump = False
        self.room.rooms.cluster = JOINED

    # --- what the members ask for

    def is_held_by(self, name: str, member: Member) -> bool:
        return self._replica.is_held_by(name, hash_of(member.key))

    def enter(self, member: Member, room: str) -> bool:
        if self.is_cut_off:
            member.on_refused(NOT_NOW)
            return False
        self._conversation.local.enter(member, room)
        return self.ask("return", member, member.name, hash_of(member.key), room=room)

    def leave(self, member: Member, room: str) -> None:
        self.ask("leave", member, member.name, room=room)
        self._conversation.local.leave(member, room)

    def ask(self, kind: str, member: Member, name: str, text: str = "", to: str = "", room: str = "") -> bool:
        if kind in TALK and self._outbox.is_full(self.is_cut_off):
            self.room.send_text(member, "refused", NOT_TAKEN)
            return False
        number = self._conversation.local.number(member)
        self._outbox.add(Change(kind, number, name, text, to, room))
        if not self._will_pump:
            self._will_pump = True
            self._at_turn_end(self._pump)
        return True

    def expect(self, member: Member, on_said: OnSaid) -> None:
        self._conversation.local.expect(member, on_said)

    def _pump(self) -> None:
        """Store what waits, if this server is ready for it."""
        self._will_pump = False
        if self._replica.phase is Phase.JOINED and self._server in self._replica.servers:
            self._outbox.pump()

    def _send(self, changes: tuple[Change, ...]) -> None:
        number = self._replica.servers[self._server] + 1
        room = changes[0].room.replace(NAME_ONLY, "")
        self._sent = self._server, number
        self._store(Batch(self._server, number, changes), room)

    def _store(self, message: Message, room: str = "") -> None:
        self.journal.store(encode(message), room)

    # --- the cluster

    def begin(self) -> None:
        """Take part under this identity: take a lease, and then say Hello."""
        server = self._server
        taken = self.journal.take_lease(server)
        taken.add_callback(lambda _: self._store(Hello(server)))

    def end(self) -> Gone:
        """The message with which this server ends, for the others."""
        return Gone(self._server)

    def on_cut_off(self) -> None:
        """The cluster has not answered for a while."""
        self.room.rooms.cluster = CUT_OFF
        for room in self.room.rooms:
            room.announce(NOTICE)

    def on_back(self) -> None:
        """The cluster answers again."""
        self.room.rooms.cluster = JOINED

    @property
    def is_cut_off(self) -> bool:
        """Whether the cluster does not answer."""
        return self.room.rooms.cluster == CUT_OFF

    def on_leases(self, leases: set[str]) -> None:
        """These servers are alive. Another one that is needed and missing for MISSING_FOR has gone."""
        now = self._clock.seconds()
        missing = self._replica.waits_for() - leases
        self._missing_since = {server: self._missing_since.get(server, now) for server in missing}
        for server, since in self._missing_since.items():
            if now - since >= MISSING_FOR:
                self._store(Gone(server))

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
        elif isinstance(message, Batch) and (message.server, message.number) == self._sent:
            self._outbox.confirm(counted=message.server == self._server)
            self._pump()

    def _on_expected(self, leases: set[str], server: str) -> None:
        if server == self._server:
            self._apply(self._replica.expect(leases))

    def on_new_stream(self, place: int) -> None:
        """The stream was deleted at this place, and the next messages are those of a new one.

        All servers take new identities, and their members join again. The lines in flight are sent again.
        """
        self._sent = ("", 0)
        for server in tuple(self._replica.servers):
            self._apply(self._replica.apply(Stored(place, time.time(), Gone(server))))
        self._outbox.send_again()
        self._begin_again()

    def _begin_again(self) -> None:
        """The others take this server for gone: take a new identity."""
        log.warning("this server counts as gone: its members join again")
        self._conversation.server = self._server = token_hex(6)
        self._replica.begin_again(self._server)
        self.begin()

    # --- what comes back

    def _apply(self, changes: Iterable[Applied]) -> None:
        for applied in changes:
            if applied.kind == "ready":
                self._conversation.begin(self._replica.people.values())
                self._pump()
            elif applied.kind == "hello":
                self._on_hello(applied.person.server)
            else:
                self._conversation.apply(applied)

    def _on_hello(self, reader: str) -> None:
        """A server begins: send it our people. If it is this one, with a new identity, they join again."""
        if reader == self._server:
            self._outbox.add_first(self._conversation.join_again())
            self._pump()
            return
        people, number = self._replica.roster(), self._replica.servers.get(self._server, 0)
        for start in range(0, max(len(people), 1), ROSTER_PART):
            part = tuple(people[start : start + ROSTER_PART])
            roster = Roster(self._server, reader, number, part, start + ROSTER_PART >= len(people))
            self._store(roster)
