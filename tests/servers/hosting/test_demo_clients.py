"""The scripted class comes, talks and misbehaves over real connections, the same way each time."""

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


class HastyReactor(Reactor):
    """A real one, on which some time passes with every turn."""

    now = 0.0

    def seconds(self) -> float:
        return self.now

    def hurry(self) -> None:
        """Take a turn without waiting."""
        self.now += 0.05
        self.call_soon(int)
        self.turn()


class Hearing(Protocol):
    """Writes down what visitors say, and lets go of those who quit."""

    factory: "HearingFactory"

    def data_received(self, data: bytes) -> None:
        self.factory.heard += data
        if b"/quit" in data:
            self.transport.lose_connection()


class HearingFactory(Factory):
    protocol = Hearing

    def __init__(self) -> None:
        self.heard = bytearray()


class Guests(Observer):
    """Counts who came and who went again."""

    def __init__(self) -> None:
        self.came: list[str] = []
        self.went: list[str] = []

    def session_opened(self, session: Session) -> None:
        self.came.append(session.service)

    def session_closed(self, session: Session, reason: str) -> None:
        self.went.append(session.service)


class Strict(ChatProtocol):
    """Writes down what it refuses."""

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


class House:
    """Services that do nothing but listen, and the class that visits them."""

    def __init__(self) -> None:
        self.reactor = HastyReactor()
        self.sessions = SessionRegistry()
        self.guests = Guests()
        self.sessions.observers.append(self.guests)
        self.chat, self.insult = HearingFactory(), HearingFactory()
        self.endpoints: dict[str, list[str]] = {}
        services: dict[str, Factory] = {
            "chat": self.chat,
            "echo": EchoFactory(),
            "insult": self.insult,
            "qotd": HearingFactory(),
        }
        for name, factory in services.items():
            factory.service, factory.sessions = name, self.sessions
            self.endpoints[name] = [str(self.reactor.listen_tcp(0, factory).host)]

    def hurry_until(self, condition: Callable[[], object]) -> None:
        """Turn until `condition()` holds, in no more than the time of a lesson."""
        while not condition():
            assert self.reactor.now < 3600, "it never came to that"
            self.reactor.hurry()

    def close(self) -> None:
        self.reactor.clear()
        self.reactor.close()


@pytest.fixture
def house() -> Iterator[House]:
    house = House()
    yield house
    house.close()


def test_thirty_come_and_each_service_has_its_visitors(house: House) -> None:
    DemoClients(house.reactor, house.endpoints).start()
    house.hurry_until(lambda: set(house.guests.came) == set(house.endpoints) and len(house.guests.came) >= 29)


def test_chatters_say_their_name_talk_and_quit_and_come_again(house: House) -> None:
    DemoClients(house.reactor, house.endpoints).start()
    house.hurry_until(lambda: house.chat.heard.count(b"/quit\r\n") >= 3 and "chat" in house.guests.went)
    assert any(f"{name}\r\n".encode() in house.chat.heard for name in NAMES)
    came = len(house.guests.came)
    house.hurry_until(lambda: len(house.guests.came) > came)


def test_one_says_far_too_much(house: House) -> None:
    DemoClients(house.reactor, house.endpoints).start()
    house.hurry_until(lambda: b"Testing, 20 of 20." in house.chat.heard)


def test_nobody_comes_back_before_the_room_has_let_go_of_the_name(house: House) -> None:
    strict = StrictFactory(house.reactor)
    place = str(house.reactor.listen_tcp(0, strict).host)
    joined: list[str] = []
    strict.room.on_event = lambda event: joined.append(event.name) if event.kind == "joined" else None
    DemoClients(house.reactor, {"chat": [place]}).start()
    house.hurry_until(lambda: joined.count("ken") >= 3)  # who says too much is read from for long
    assert strict.refused == []


def test_one_does_not_read_so_that_bytes_wait_for_it(house: House) -> None:
    DemoClients(house.reactor, house.endpoints).start()
    house.hurry_until(lambda: any(session.traffic.waiting > 65536 for session in house.sessions))


def test_a_class_without_services_stays_away_and_tries_again(house: House) -> None:
    DemoClients(house.reactor, {}).start()
    for _ in range(200):
        house.reactor.hurry()
    assert house.guests.came == []
    assert house.reactor.timers >= 30
