"""A room of a cluster: it passes what its members ask for to the cluster, and sends them what comes back."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable

from core.formats.chat_events import Event
from core.formats.text import fold
from servers.chat.cluster.members import LeavingMember
from servers.chat.cluster.messages import NAME_ONLY
from servers.chat.room import FIRST_ROOM, ChatRoom, Gathered, Member, OnSaid, Rooms, normalize


class Cluster(ABC):
    """The part of this server in a cluster, as its rooms see it. A `room` is the label of a ChatRoom."""

    @abstractmethod
    def is_held_by(self, name: str, member: Member) -> bool:
        """Whether `member` has the key of the one who has this name."""

    @abstractmethod
    def enter(self, member: Member, room: str) -> bool:
        """The member asks for a room, or for its name with NAME_ONLY. False, and it is told, if refused."""

    @abstractmethod
    def leave(self, member: Member, room: str) -> None:
        """The member leaves a room or, with NAME_ONLY, all of them."""

    @abstractmethod
    def ask(self, kind: str, member: Member, name: str, text: str = "", to: str = "", room: str = "") -> bool:
        """The member asks for another change (messages.Change). False, and it is told, if refused."""

    @abstractmethod
    def expect(self, member: Member, on_said: OnSaid) -> None:
        """Call `on_said` when the line that the member has asked for last comes back."""


class ClusterRoom(ChatRoom):
    """A room whose changes come from `cluster`."""

    def __init__(
        self,
        cluster: Cluster,
        at_turn_end: Callable[[Callable[[], object]], object],
        rooms: Rooms | None = None,
        name: str = FIRST_ROOM,
    ) -> None:
        super().__init__(at_turn_end, rooms, name)
        self._cluster = cluster

    def make_other(self, name: str) -> ChatRoom:
        return ClusterRoom(self._cluster, self._at_turn_end, self.rooms, name.lower())

    def names(self) -> tuple[str, ...]:
        """The names of all members, in order of arrival, without those of ours that have asked to leave."""
        here = self._members.values()
        return tuple(member.name for member in here if not isinstance(member, LeavingMember))

    # --- what the members ask for

    def free_name(self, text: str, member: Member) -> str:
        """Normalize the name `text`. It is free also for a member whose key is that of the one who has it."""
        name = normalize(text)
        return name if self._cluster.is_held_by(name, member) else super().free_name(text, member)

    def register(self, member: Member) -> None:
        self._cluster.enter(member, NAME_ONLY)

    def unregister(self, member: Member) -> None:
        self._cluster.leave(member, NAME_ONLY)
        replace(self.rooms.registered, member)

    def join(self, member: Member) -> None:
        if not self._cluster.enter(member, self.label):
            self.rooms.drop_if_empty(self)

    def leave(self, member: Member) -> None:
        self._cluster.leave(member, self.label)
        replace(self._members, member)

    def rename(self, member: Member, name: str) -> None:
        self._cluster.ask("rename", member, name)

    def say(self, member: Member, text: str, kind: str = "said", on_said: OnSaid | None = None) -> None:
        is_taken = self._cluster.ask(kind, member, member.name, text, room=self.label)
        if is_taken and on_said is not None:
            self._cluster.expect(member, on_said)

    def send_private(self, member: Member, other: Member, text: str) -> None:
        self._cluster.ask("private", member, member.name, text, other.name)

    # --- what comes back

    def _event(self, kind: str, name: str, text: str, to: str = "") -> Event:
        """An event of this server alone. It has no sequence number: these are those of the stream."""
        return Event(kind, time.time(), name, text, to, room=self.label)

    def find_here(self, name: str) -> Member | None:
        """The member of this room with this name."""
        return self._members.get(fold(name))

    def put(self, member: Member) -> None:
        """Add a member whose joining is known, perhaps in place of another connection of the same user."""
        self.deliver()
        self._members[fold(member.name)] = member

    def apply_join(self, member: Member, event: Event) -> None:
        self._on_join(member, event)

    def wait(self, name: str) -> None:
        """The other servers take this member of ours for gone. It goes on receiving what is said."""
        self._members[waiting(name)] = self._members.pop(fold(name))

    def apply_join_again(self, member: Member, event: Event, old: str) -> None:
        """The member has waited under the name `old`."""
        self.deliver()  # it receives what was said while it has waited
        self._members.pop(waiting(old), None)
        self._members[fold(member.name)] = member
        self._gather(Gathered(event, member, member))

    def apply_leave(self, event: Event) -> None:
        member = self._members[fold(event.name)]
        self._on_leave(member.member if isinstance(member, LeavingMember) else member, event)

    def apply_rename(self, event: Event, told: set[Member]) -> None:
        """Rename a member, and notify the others, without those in `told`. Adds them to it."""
        member = self._members[fold(event.name)]
        if not told:
            self._on_rename(member, event)
        else:
            self.deliver()
            self._set_key(member, fold(event.to))
            for other in self._members.values():
                if other not in told:
                    other.send_data(other.encode(event, member))
        told.update(self._members.values())

    def apply_say(self, author: Member, event: Event) -> None:
        self._on_say(author, event)


def waiting(name: str) -> str:
    """The key of a member that has this name here, while the other servers take it for gone."""
    return f"\0{fold(name)}"


def replace(members: dict[str, Member], member: Member) -> None:
    """Let a LeavingMember take the place of `member`."""
    for key in (fold(member.name), waiting(member.name)):
        if members.get(key) is member:
            members[key] = LeavingMember(member)
