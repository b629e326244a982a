"""Clients written on our core find in Twisted's servers what they find in ours, on every engine."""

from collections.abc import Callable
from typing import TypeVar

from core import (
    ClientCreator,
    ClientFactory,
    ConnectionDone,
    Connector,
    DatagramProtocol,
    LineReceiver,
    Protocol,
    Reactor,
    ReconnectingClientFactory,
)
from tests.conftest import turn_until
from tests.peers.program import port

HOST = "127.0.0.1"


class Hearing(Protocol):
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.heard = bytearray()
        self.reason: Exception | None = None

    def data_received(self, data: bytes) -> None:
        self.heard += data

    def connection_lost(self, reason: Exception) -> None:
        self.reason = reason


class Talking(LineReceiver):
    """Keeps the lines that it hears."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.reason: Exception | None = None

    def line_received(self, line: bytes) -> None:
        self.lines.append(line.decode())

    def connection_lost(self, reason: Exception) -> None:
        self.reason = reason

    def hears(self, line: str) -> Callable[[], bool]:
        """A condition: the line has come."""
        return lambda: line in self.lines


Client = TypeVar("Client", bound=Protocol)


def connected(reactor: Reactor, protocol: Callable[[], Client], place: str) -> Client:
    """A protocol that is connected with the server at `place`."""
    made: list[Client] = []
    ClientCreator(reactor, protocol).connect_tcp(HOST, int(port(place))).add_callback(made.append)
    turn_until(reactor, lambda: made)
    return made[0]


def test_a_mebibyte_goes_to_a_twisted_echo_and_back(reactor: Reactor, theirs: dict[str, str]) -> None:
    data = bytes(range(256)) * 4096
    client = connected(reactor, Hearing, theirs["echo"])
    for start in range(0, len(data), 7001):
        client.transport.write(data[start : start + 7001])
    turn_until(reactor, lambda: client.heard.endswith(data[-256:]) and len(client.heard) > len(data))
    greeting, _, echoed = bytes(client.heard).partition(b"\r\n")
    assert greeting.startswith(b"Welcome! There are currently ")
    assert echoed == data
    client.transport.lose_connection()
    turn_until(reactor, lambda: client.reason)
    assert isinstance(client.reason, ConnectionDone)


def test_a_factory_hears_of_each_quote_from_twisted_and_of_its_clean_end(
    reactor: Reactor, theirs: dict[str, str]
) -> None:
    class QuoteFactory(ClientFactory):
        def __init__(self) -> None:
            self.made: list[Hearing] = []
            self.lost: list[Exception] = []

        def build_protocol(self, address: object) -> Protocol:
            self.made.append(Hearing())
            return self.made[-1]

        def client_connection_lost(self, connector: Connector, reason: Exception) -> None:
            self.lost.append(reason)

    factory = QuoteFactory()
    for _ in range(5):
        reactor.connect_tcp(HOST, int(port(theirs["qotd"])), factory)
    turn_until(reactor, lambda: len(factory.lost) == 5)
    assert {bytes(protocol.heard) for protocol in factory.made} == {b"A watched pot is a busy loop.\r\n"}
    assert {type(reason) for reason in factory.lost} == {ConnectionDone}


def test_a_client_that_twisted_leaves_comes_back(reactor: Reactor, theirs: dict[str, str]) -> None:
    made: list[Hearing] = []

    class ReturningFactory(ReconnectingClientFactory):
        initial_delay = 0.0

        def build_protocol(self, address: object) -> Protocol:
            self.reset_delay()
            made.append(Hearing())
            return made[-1]

    factory = ReturningFactory()
    reactor.connect_tcp(HOST, int(port(theirs["qotd"])), factory)
    turn_until(reactor, lambda: len(made) == 4)
    factory.stop_trying()
    assert all(b"watched pot" in protocol.heard for protocol in made[:3])


def test_two_of_us_meet_in_a_twisted_chat(reactor: Reactor, theirs: dict[str, str]) -> None:
    ann, bob = connected(reactor, Talking, theirs["chat"]), connected(reactor, Talking, theirs["chat"])
    ann.send_line(b"ann")
    turn_until(reactor, ann.hears("Participants in chat: ann"))
    bob.transport.write(b"ann\r\nbob\r\nhello\r\n")
    turn_until(reactor, ann.hears("<bob> hello"))
    assert bob.lines == [
        "Choose a username:",
        "Sorry, 'ann' is taken. Try something else.",
        "Participants in chat: ann, bob",
    ]
    bob.transport.lose_connection()
    turn_until(reactor, ann.hears("bob has left the channel."))
    ann.transport.lose_connection()
    again = connected(reactor, Talking, theirs["chat"])
    again.send_line(b"eve")
    turn_until(reactor, again.hears("Participants in chat: eve"))


def test_twisted_insults_us_and_closes_when_we_quit(reactor: Reactor, theirs: dict[str, str]) -> None:
    client = connected(reactor, Talking, theirs["insult"])
    client.transport.write(b"printers\r\nspoons\r\nquit\r\n")
    turn_until(reactor, lambda: client.reason)
    assert isinstance(client.reason, ConnectionDone)
    assert client.lines == [
        "Enter a topic.",
        "It smells your deadline.",
        "I've got nothing.",
        "Goodbye, loser.",
    ]


def test_every_datagram_comes_back_from_twisted(reactor: Reactor, theirs: dict[str, str]) -> None:
    class Echoed(DatagramProtocol):
        def __init__(self) -> None:
            self.heard: list[bytes] = []

        def start_protocol(self) -> None:
            self.transport.connect(HOST, int(port(theirs["udp_echo"])))

        def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
            self.heard.append(data)

    client = Echoed()
    reactor.listen_udp(0, client)
    for size in (1, 0, 512, 8192, 60000):
        client.heard.clear()
        client.transport.write(bytes(size))
        turn_until(reactor, lambda: client.heard)
        assert client.heard == [bytes(size)]
