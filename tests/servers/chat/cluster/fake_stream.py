"""A stream in memory: the stored messages are passed to the rooms when a test says so."""

from collections.abc import Callable

from core.deferred import Deferred, succeed
from core.formats.chat_events import Style
from core.testing import Clock
from servers.chat.cluster.journal import Journal
from servers.chat.cluster.participant import Participant
from servers.chat.room import ChatRoom, Member


class FakeStream:
    """Messages in order, and the leases of the servers. `copies`: how often each message is stored."""

    def __init__(self, copies: int = 1) -> None:
        self.copies = copies
        self.payloads: list[bytes] = []
        self.rooms: list[str] = []
        self.alive: set[str] = set()
        self.nodes: list[FakeNode] = []

    def pump(self, *nodes: "FakeNode") -> None:
        """Pass everything to these servers, by default to all, until nothing more is stored."""
        while sum(node.step() for node in nodes or tuple(self.nodes)):
            pass


class FakeNode(Journal):
    """A chat server: its room, and how far it has read the stream. `queue` holds back what it stores."""

    def __init__(self, stream: FakeStream) -> None:
        self.stream = stream
        self.clock = Clock()
        self.turn_ends: list[Callable[[], object]] = []
        self.participant = Participant(self.clock, self.turn_ends.append)
        self.participant.journal = self
        self.room = self.participant.room
        self.place = 0
        self.server = ""
        self.is_connected = True
        self.queue: list[tuple[bytes, str]] = []
        stream.nodes.append(self)
        self.participant.begin()

    def store(self, payload: bytes, room: str = "") -> None:
        self.queue.append((payload, room))

    def take_lease(self, server: str) -> Deferred[None]:
        self.stream.alive.discard(self.server)
        self.server = server
        self.stream.alive.add(server)
        return succeed(None)

    def leases(self) -> Deferred[set[str]]:
        return succeed(set(self.stream.alive))

    def end_turn(self) -> None:
        """Run what waits for the end of the turn."""
        calls, self.turn_ends[:] = list(self.turn_ends), []
        for call in calls:
            call()

    def step(self) -> bool:
        """End the turn, store what waits, and read the next message. Whether there was anything to do."""
        self.end_turn()
        if not self.is_connected:
            return False
        stored, self.queue = self.queue, []
        for payload, room in stored * self.stream.copies:
            self.stream.rooms.append(room)
            self.stream.payloads.append(payload)
        if self.place == len(self.stream.payloads):
            self.end_turn()
            return bool(stored or self.queue)
        self.place += 1
        self.participant.on_message(self.place, float(self.place), self.stream.payloads[self.place - 1])
        return True

    def read(self, count: int) -> None:
        """Read the next messages in one turn."""
        for payload in self.stream.payloads[self.place : self.place + count]:
            self.place += 1
            self.participant.on_message(self.place, float(self.place), payload)
        self.end_turn()

    def guest(self, name: str, key: str = "") -> "Guest":
        """A member that has asked to join."""
        guest = Guest(name, key)
        self.room.join(guest)
        return guest


class Guest(Member):
    """Records what it receives."""

    style = Style.PLAIN

    def __init__(self, name: str, key: str = "") -> None:
        self.name, self.key = name, key
        self.registered = 0
        self.rooms: list[ChatRoom] = []
        self.is_replaced = False
        self.refusals: list[str] = []
        self.got: list[str] = []

    def on_joined(self, room: ChatRoom) -> None:
        self.rooms.append(room)

    @property
    def joined(self) -> int:
        return len(self.rooms)

    def on_registered(self) -> None:
        self.registered += 1

    def on_refused(self, why: str) -> None:
        self.refusals.append(why)

    def on_name_refused(self, why: str) -> None:
        self.refusals.append(why)

    def on_replaced(self) -> None:
        self.is_replaced = True

    def send_data(self, data: bytes) -> None:
        self.got += [line.partition(")")[2] or line for line in data.decode().splitlines()]

    def heard(self) -> list[str]:
        """The lines since the last time, without their times."""
        got, self.got = self.got, []
        return got
