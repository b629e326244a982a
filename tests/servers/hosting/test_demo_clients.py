"""The demo clients connect, talk and misbehave over real connections, the same way each time."""

import gc
from collections.abc import Callable, Iterator

import pytest

from core.protocols.protocol import Factory, Protocol
from core.protocols.sessions import Observer, Session, SessionRegistry
from core.reactor import Reactor
from servers.chat.protocol import ChatFactory, ChatProtocol
from servers.chat.room import ChatRoom
from servers.chat.token_bucket import Rate
from servers.echo import EchoFactory
from servers.hosting.demo_clients import NAMES, DemoClients
from tests.core.helpers import SteppedReactor


class Recording(Protocol):
    """Records the received data, and closes the connection after `/quit`."""

    factory: "RecordingFactory"

    def data_received(self, data: bytes) -> None:
        self.factory.received += data
        if b"/quit" in data:
            self.transport.lose_connection()


class RecordingFactory(Factory):
    protocol = Recording

    def __init__(self) -> None:
        self.received = bytearray()


class Sessions(Observer):
    """Records the services whose sessions opened and closed."""

    def __init__(self) -> None:
        self.opened: list[str] = []
        self.closed: list[str] = []

    def session_opened(self, session: Session) -> None:
        self.opened.append(session.service)

    def session_closed(self, session: Session, reason: str) -> None:
        self.closed.append(session.service)


class Strict(ChatProtocol):
    """Records the lines that it refuses."""

    factory: "StrictFactory"

    def send_text(self, kind: str, text: str) -> None:
        super().send_text(kind, text)
        if kind == "refused":
            self.factory.refused.append(text)


class StrictFactory(ChatFactory):
    protocol = Strict

    def __init__(self, reactor: Reactor) -> None:
        super().__init__(reactor, ChatRoom(reactor.call_at_turn_end), Rate(10, 5))
        self.refused: list[str] = []


class Servers:
    """Servers for the demo clients, which only record what they receive."""

    def __init__(self) -> None:
        self.reactor = SteppedReactor()
        self.sessions = SessionRegistry()
        self.counts = Sessions()
        self.sessions.observers.append(self.counts)
        self.chat, self.insult = RecordingFactory(), RecordingFactory()
        self.endpoints: dict[str, list[str]] = {}
        services: dict[str, Factory] = {
            "chat": self.chat,
            "echo": EchoFactory(),
            "insult": self.insult,
            "qotd": RecordingFactory(),
        }
        for name, factory in services.items():
            factory.service, factory.sessions = name, self.sessions
            self.endpoints[name] = [str(self.reactor.listen_tcp(0, factory).host)]

    def turn_until(self, condition: Callable[[], object]) -> None:
        """Turn until `condition()` holds, for at most an hour of the clock."""
        while not condition():
            assert self.reactor.now < 3600, "the condition never held"
            self.reactor.advance(0.05)

    def close(self) -> None:
        self.reactor.clear()
        self.reactor.close()


@pytest.fixture
def servers() -> Iterator[Servers]:
    servers = Servers()
    yield servers
    servers.close()


def test_thirty_clients_connect_and_each_service_has_some(servers: Servers) -> None:
    DemoClients(servers.reactor, servers.endpoints).start()
    servers.turn_until(
        lambda: set(servers.counts.opened) == set(servers.endpoints) and len(servers.counts.opened) >= 29
    )


def test_chatters_join_talk_quit_and_connect_again(servers: Servers) -> None:
    DemoClients(servers.reactor, servers.endpoints).start()
    servers.turn_until(
        lambda: servers.chat.received.count(b"/quit\r\n") >= 3 and "chat" in servers.counts.closed
    )
    assert any(f"{name}\r\n".encode() in servers.chat.received for name in NAMES)
    opened = len(servers.counts.opened)
    servers.turn_until(lambda: len(servers.counts.opened) > opened)


def test_one_client_floods_the_chat(servers: Servers) -> None:
    DemoClients(servers.reactor, servers.endpoints).start()
    servers.turn_until(lambda: b"Testing, 20 of 20." in servers.chat.received)


def test_no_client_comes_back_before_its_name_is_free(servers: Servers) -> None:
    strict = StrictFactory(servers.reactor)
    place = str(servers.reactor.listen_tcp(0, strict).host)
    joined: list[str] = []
    strict.room.rooms.on_event = lambda event: joined.append(event.name) if event.kind == "joined" else None
    DemoClients(servers.reactor, {"chat": [place]}).start()
    servers.turn_until(lambda: joined.count("ken") >= 3)  # the flood of ken is read slowly
    assert strict.refused == []


def test_one_client_does_not_read_so_that_bytes_wait_for_it(servers: Servers) -> None:
    DemoClients(servers.reactor, servers.endpoints).start()
    servers.turn_until(lambda: any(session.traffic.waiting > 65536 for session in servers.sessions))


def test_the_shares_of_three_servers_are_one_class(servers: Servers) -> None:
    clients = [DemoClients(servers.reactor, servers.endpoints, share=(number, 3)) for number in (1, 2, 3)]
    for each in clients[:2]:
        each.start()
    servers.turn_until(lambda: all(f"{name}\r\n".encode() in servers.chat.received for name in NAMES[:2]))
    assert f"{NAMES[2]}\r\n".encode() not in servers.chat.received


def test_without_services_the_clients_try_again(servers: Servers) -> None:
    DemoClients(servers.reactor, {}).start()
    for _ in range(200):
        servers.reactor.advance(0.05)
    assert servers.counts.opened == []
    assert servers.reactor.timers >= 30


def test_a_client_that_connects_while_the_servers_stop_ends_without_a_word(
    reactor: Reactor, caplog: pytest.LogCaptureFixture
) -> None:
    port = reactor.listen_tcp(0, RecordingFactory())
    clients = DemoClients(reactor, {"chat": [str(port.host)]})

    def connect_and_stop() -> None:
        clients._start_one(clients.chatter, "ada")
        reactor.stop()

    reactor.call_when_running(connect_and_stop)
    reactor.run()
    gc.collect()
    assert caplog.messages == []
