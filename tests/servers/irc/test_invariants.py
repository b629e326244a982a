"""Users of IRC and of the line chat do anything in any order, and the invariants hold."""

from random import Random

import pytest

from core.errors import ConnectionLost
from core.formats.text import fold
from servers.irc.commands import COMMANDS
from tests.servers.irc.network import Chatter, Network, Person

NICKS = ["ann", "bob", "carl", "zed"]
WORDS = [
    *(
        "#a",
        "#b",
        "#chat",
        "#a,#b,#chat",
        "ann",
        "bob",
        "zoë",
        "zed",
        "nobody",
        "ann,bob,zoë",
        "0",
        "5",
        "key",
    ),
    *("+o", "-o", "+v", "+k", "-k", "+l", "+i", "-i", "+b", "-b", "+imnst", "-imnst", "*!*@*", "ann!*@*"),
    *(":", ":x y", ":\x01ACTION x\x01", "LS", "REQ", "END", ":server-time", ":echo-message", ":-server-time"),
    *("é" * 200, "#" + "x" * 60, ",", "*", "?", "[", "irc.reactor-school", "\x02", "\x1b[2J"),
]
SAID = ["hi", "/me x", "/nick ann", "/nick zed", "/nick zoë", "/msg ann hi", "/msg bob hi", "x" * 2000]
SAID += ["/join a", "/join b", "/join chat", "/rooms"]


class World:
    """Three users of IRC and two members of the line chat. They act at random."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.network = Network()
        self.people = [
            self.network.person("ann"),
            self.network.person("bob", "#chat"),
            self.network.visitor(),
        ]
        self.chatters = [self.network.chatter("zoë"), self.network.chatter("zed")]

    def step(self) -> None:
        """One of them does something."""
        kind = self.random.random()
        if kind < 0.85:
            self.send_line(self.random.choice(self.people))
        elif kind < 0.97:
            self.say(self.random.choice(self.chatters))
        else:
            self.replace(self.random.randrange(len(self.people)))
        self.network.clock.advance(self.random.choice([0, 0, 0, 1, 20]))

    def send_line(self, person: Person) -> None:
        """Send any command with any parameters."""
        if not person.transport.disconnecting:
            words = self.random.choices(WORDS, k=self.random.randrange(5))
            tags = "@+x=1;y " if self.random.random() < 0.1 else ""
            person.says(tags + " ".join([self.random.choice(list(COMMANDS)), *words]))

    def say(self, chatter: Chatter) -> None:
        """Say something in the line chat."""
        if not chatter.transport.disconnecting:
            chatter.says(self.random.choice(SAID))

    def replace(self, number: int) -> None:
        """A connection is lost, and another user comes."""
        self.people[number].leaves(ConnectionLost())
        self.people[number] = self.network.visitor()
        self.people[number].says(f"NICK {self.random.choice(NICKS)}", "USER x 0 * :x")

    def check(self) -> None:
        """Each line is whole, and server, channels and room agree on who is where."""
        for person in self.people:
            data = person.transport.take()
            assert data == b"" or data.endswith(b"\r\n")
            for line in data.split(b"\r\n")[:-1]:
                body = line.partition(b" ")[2] if line.startswith(b"@") else line
                assert 0 < len(body) <= 510
                assert not set(b"\r\n\0") & set(line)
        server = self.network.server
        for channel in server.channels:
            assert channel.size() > 0
            assert all(channel in server.channels.of(member) for member in channel.members)
        for user in server.registered:
            assert self.network.room.find(user.name) is user
            assert server.users[fold(user.name)] is user
        for room in self.network.room.rooms:
            channel_ = server.channels.find(f"#{room.name}")
            here = [member.name for member in channel_.everyone()] if channel_ is not None else []
            assert sorted(here) == sorted(room.names())
            assert room.size() or room is room.rooms.first


@pytest.mark.parametrize("seed", range(10))
def test_server_channels_and_room_agree_whatever_the_users_do(seed: int) -> None:
    world = World(seed)
    for number in range(300):
        if number % 3:
            world.step()
        else:
            with world.network.one_turn():
                world.step()
                world.step()
        world.check()
    for person in world.people:
        person.leaves()
    server = world.network.server
    assert [len(each) for each in (server.sessions, server.users, server.registered)] == [0, 0, 0]
    assert sum(channel.size() for channel in server.channels) == len(world.chatters)
