"""An IRC server and a chat server in one room, without sockets, for tests."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from core.errors import ConnectionDone
from core.interfaces import Address
from core.testing import CLIENT, Clock, StringTransport
from servers.chat.protocol import ChatFactory, ChatProtocol
from servers.chat.room import ChatRoom
from servers.irc.delivery import Delivery
from servers.irc.protocol import IRCFactory, IRCProtocol
from servers.irc.server import Server, Settings

TIME = re.compile(r"^@time=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
STAMP = re.compile(r"^\(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d\)")


class Network:
    """The servers, and the clock that the test advances. By default a turn has one event."""

    def __init__(self, settings: Settings | None = None, room: ChatRoom | None = None) -> None:
        self.clock = Clock()
        self._turn: list[Callable[[], object]] | None = None
        self.room = room or ChatRoom(self.at_turn_end)
        delivery = Delivery(self.at_turn_end)
        self.server = Server(self.clock, delivery, self.room, settings or Settings(rate=None))
        self.factory = IRCFactory(self.server)
        self.chat = ChatFactory(self.clock, self.room)

    def at_turn_end(self, deliver: Callable[[], object]) -> None:
        """Call it now or, during `one_turn`, at the end of the turn."""
        if self._turn is None:
            deliver()
        else:
            self._turn.append(deliver)

    @contextmanager
    def one_turn(self) -> Iterator[None]:
        """All that happens in the `with` block happens in one turn."""
        self._turn = []
        yield
        turn, self._turn = self._turn, None
        for deliver in turn:
            deliver()

    def visitor(self, peer: Address = CLIENT) -> "Person":
        """A connection that has sent nothing yet."""
        return Person(self.factory, peer)

    def person(self, nick: str, *channels: str, capabilities: str = "") -> "Person":
        """A registered user in these channels. Its received lines are read."""
        person = self.visitor()
        if capabilities:
            person.says(f"CAP REQ :{capabilities}")
        person.says(f"NICK {nick}", f"USER {nick} 0 * :{nick.title()} Smith", "CAP END")
        for channel in channels:
            person.says(f"JOIN {channel}")
        person.hears()
        return person

    def people(self, *nicks: str, channel: str = "#class") -> "list[Person]":
        """Registered users in one channel. Their received lines are read."""
        people = [self.person(nick, channel) for nick in nicks]
        for person in people:
            person.hears()
        return people

    def chatter(self, name: str) -> "Chatter":
        """A member of the line chat. Its received lines are read."""
        chatter = Chatter(self.chat)
        chatter.says(name)
        chatter.hears()
        return chatter


class Person:
    """The client of one IRC session."""

    def __init__(self, factory: IRCFactory, peer: Address) -> None:
        self.transport = StringTransport(peer)
        protocol = factory.build_protocol(peer)
        assert isinstance(protocol, IRCProtocol)
        self.protocol = protocol
        self.protocol.make_connection(self.transport)

    def says(self, *lines: str) -> "Person":
        """Send each line in a chunk of its own."""
        for line in lines:
            self.protocol.data_received(line.encode() + b"\r\n")
        return self

    def hears(self) -> list[str]:
        """The lines since the last time, with `@time` in place of each time."""
        data = self.transport.take().decode()
        assert data == "" or data.endswith("\r\n")
        return [TIME.sub("@time", line) for line in data.split("\r\n")[:-1]]

    def numbers(self) -> list[str]:
        """The commands of the lines since the last time."""
        return [re.sub(r"^(?:@\S+ )?(?::\S+ )?", "", line).split()[0] for line in self.hears()]

    def leaves(self, reason: Exception | None = None) -> None:
        """End the connection with `reason`."""
        self.protocol.connection_lost(reason or ConnectionDone())


class Chatter:
    """The client of one session of the line chat."""

    def __init__(self, factory: ChatFactory) -> None:
        self.transport = StringTransport()
        protocol = factory.build_protocol(CLIENT)
        assert isinstance(protocol, ChatProtocol)
        self.protocol = protocol
        self.protocol.make_connection(self.transport)

    def says(self, *lines: str) -> "Chatter":
        for line in lines:
            self.protocol.data_received(line.encode() + b"\r\n")
        return self

    def hears(self) -> list[str]:
        """The lines since the last time, without their times."""
        return [STAMP.sub("", line) for line in self.transport.take().decode().split("\r\n")[:-1]]
