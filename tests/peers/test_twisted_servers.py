"""Clients written on `core` work with Twisted's servers as with ours, on every engine."""

from collections.abc import Callable
from typing import TypeVar

from core import (
    ClientCreator,
    ConnectionDone,
    DatagramProtocol,
    LineReceiver,
    Protocol,
    Reactor,
    ReconnectingClientFactory,
)
from tests.conftest import turn_until
from tests.core.helpers import RecordingClientFactory, RecordingProtocol
from tests.program import port

HOST = "127.0.0.1"


class LineClient(LineReceiver):
    """A client that records the received lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.reason: Exception | None = None

    def line_received(self, line: bytes) -> None:
        self.lines.append(line.decode())

    def connection_lost(self, reason: Exception) -> None:
        self.reason = reason

    def has_received(self, line: str) -> Callable[[], bool]:
        """A condition: `line` has been received."""
        return lambda: line in self.lines


Client = TypeVar("Client", bound=Protocol)


def connected(reactor: Reactor, protocol: Callable[[], Client], endpoint: str) -> Client:
    """A protocol that is connected to the server at `endpoint`."""
    made: list[Client] = []
    ClientCreator(reactor, protocol).connect_tcp(HOST, int(port(endpoint))).add_callback(made.append)
    turn_until(reactor, lambda: made)
    return made[0]


def test_a_mebibyte_goes_to_a_twisted_echo_and_back(reactor: Reactor, theirs: dict[str, str]) -> None:
    data = bytes(range(256)) * 4096
    client = connected(reactor, RecordingProtocol, theirs["echo"])
    for start in range(0, len(data), 7001):
        client.transport.write(data[start : start + 7001])
    turn_until(reactor, lambda: client.data.endswith(data[-256:]) and len(client.data) > len(data))
    greeting, _, echoed = bytes(client.data).partition(b"\r\n")
    assert greeting.startswith(b"Welcome! There are currently ")
    assert echoed == data
    client.transport.lose_connection()
    turn_until(reactor, lambda: client.reasons)
    assert isinstance(client.reasons[0], ConnectionDone)


def test_a_factory_is_notified_of_each_clean_end_of_a_twisted_quote(
    reactor: Reactor, theirs: dict[str, str]
) -> None:
    factory = RecordingClientFactory(RecordingProtocol)
    for _ in range(5):
        reactor.connect_tcp(HOST, int(port(theirs["qotd"])), factory)
    turn_until(reactor, lambda: len(factory.losses) == 5)
    assert {bytes(protocol.data) for protocol in factory.built} == {b"A watched pot is a busy loop.\r\n"}
    assert {type(reason) for reason in factory.losses} == {ConnectionDone}


def test_a_reconnecting_client_returns_after_twisted_has_closed(
    reactor: Reactor, theirs: dict[str, str]
) -> None:
    made: list[RecordingProtocol] = []

    class ImpatientFactory(ReconnectingClientFactory):
        initial_delay = 0.0

        def build_protocol(self, address: object) -> Protocol:
            self.reset_delay()
            made.append(RecordingProtocol())
            return made[-1]

    factory = ImpatientFactory()
    reactor.connect_tcp(HOST, int(port(theirs["qotd"])), factory)
    turn_until(reactor, lambda: len(made) == 4)
    factory.stop_trying()
    assert all(b"watched pot" in protocol.data for protocol in made[:3])


def test_two_of_our_clients_meet_in_a_twisted_chat(reactor: Reactor, theirs: dict[str, str]) -> None:
    ann, bob = connected(reactor, LineClient, theirs["chat"]), connected(reactor, LineClient, theirs["chat"])
    ann.send_line(b"ann")
    turn_until(reactor, ann.has_received("Participants in chat: ann"))
    bob.transport.write(b"ann\r\nbob\r\nhello\r\n")
    turn_until(reactor, ann.has_received("<bob> hello"))
    assert bob.lines == [
        "Choose a username:",
        "Sorry, 'ann' is taken. Try something else.",
        "Participants in chat: ann, bob",
    ]
    bob.transport.lose_connection()
    turn_until(reactor, ann.has_received("bob has left the channel."))
    again = connected(reactor, LineClient, theirs["chat"])
    again.send_line(b"bob")
    turn_until(reactor, again.has_received("Participants in chat: ann, bob"))


def test_the_twisted_insult_server_answers_and_closes_on_quit(
    reactor: Reactor, theirs: dict[str, str]
) -> None:
    client = connected(reactor, LineClient, theirs["insult"])
    client.transport.write(b"printers\r\nspoons\r\nquit\r\n")
    turn_until(reactor, lambda: client.reason)
    assert isinstance(client.reason, ConnectionDone)
    assert client.lines == [
        "Enter a topic.",
        "It smells your deadline.",
        "I've got nothing.",
        "Goodbye, loser.",
    ]


def test_twisted_sends_every_datagram_back(reactor: Reactor, theirs: dict[str, str]) -> None:
    class DatagramClient(DatagramProtocol):
        def __init__(self) -> None:
            self.received: list[bytes] = []

        def start_protocol(self) -> None:
            self.transport.connect(HOST, int(port(theirs["udp_echo"])))

        def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
            self.received.append(data)

    client = DatagramClient()
    reactor.listen_udp(0, client)
    for size in (1, 0, 512, 8192, 60000):
        client.received.clear()
        client.transport.write(bytes(size))
        turn_until(reactor, lambda: client.received)
        assert client.received == [bytes(size)]
