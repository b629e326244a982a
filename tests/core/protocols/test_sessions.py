"""The register knows who is there, and tells whoever watches; what it costs is paid by the watcher."""

import time

import pytest

from core.protocols.sessions import Observer, Session, SessionRegistry, Tap


class Wire:
    """What a session needs of a transport."""

    def __init__(self) -> None:
        self.bytes_in = self.bytes_out = self.waiting = 0
        self.active_at = 0.0
        self.tap: Tap | None = None
        self.peer: object = "somewhere"
        self.is_lost = False

    def lose_connection(self) -> None:
        self.is_lost = True

    abort_connection = lose_connection


class Diary(Observer):
    """Writes down what it hears."""

    def __init__(self) -> None:
        self.entries: list[tuple[object, ...]] = []

    def session_opened(self, session: Session) -> None:
        self.entries.append(("opened", session.id))

    def session_changed(self, session: Session) -> None:
        self.entries.append(("changed", session.id, session.state, session.user))

    def session_closed(self, session: Session, reason: str) -> None:
        self.entries.append(("closed", session.id, reason))


@pytest.fixture
def registry() -> SessionRegistry:
    return SessionRegistry()


@pytest.fixture
def diary(registry: SessionRegistry) -> Diary:
    diary = Diary()
    registry.observers.append(diary)
    return diary


def test_sessions_are_numbered_from_1_and_no_number_comes_again(registry: SessionRegistry) -> None:
    for number in (1, 2, 3):
        session = registry.open("chat", Wire())
        assert session.id == number
        session.close("done")


def test_the_register_holds_who_is_there_in_the_order_in_which_they_came(registry: SessionRegistry) -> None:
    one, two, three = (registry.open("chat", Wire()) for _ in range(3))
    two.close("done")
    assert list(registry) == [one, three]
    assert len(registry) == 2
    assert registry.get(three.id) is three
    assert registry.get(two.id) is None


def test_a_session_knows_its_service_its_traffic_and_when_it_began(registry: SessionRegistry) -> None:
    before, wire = time.time(), Wire()
    session = registry.open("echo", wire)
    assert session.service == "echo"
    assert session.traffic.peer == "somewhere"
    assert before <= session.opened <= time.time()


def test_whoever_watches_hears_of_birth_state_and_death(registry: SessionRegistry, diary: Diary) -> None:
    session = registry.open("chat", Wire())
    session.report("registering")
    session.report("chatting", "bob")
    session.close("gone home")
    assert diary.entries == [
        ("opened", 1),
        ("changed", 1, "registering", ""),
        ("changed", 1, "chatting", "bob"),
        ("closed", 1, "gone home"),
    ]


def test_a_session_ends_once(registry: SessionRegistry, diary: Diary) -> None:
    session = registry.open("chat", Wire())
    session.close("first")
    session.close("second")
    assert diary.entries[1:] == [("closed", 1, "first")]


def test_who_is_kicked_is_closed_in_good_order_and_the_reason_is_the_kickers(
    registry: SessionRegistry, diary: Diary
) -> None:
    wire = Wire()
    session = registry.open("chat", wire)
    session.kick("too loud")
    assert wire.is_lost
    assert len(registry) == 1
    session.close("connection was closed cleanly")
    assert diary.entries[-1] == ("closed", 1, "too loud")


def test_who_is_kicked_is_told_why_before_the_connection_is_lost(registry: SessionRegistry) -> None:
    wire, told = Wire(), list[tuple[str, bool]]()
    session = registry.open("chat", wire)
    session.on_kick = lambda reason: told.append((reason, wire.is_lost))
    session.kick("too loud")
    assert told == [("too loud", False)]
    assert wire.is_lost


def test_the_register_says_nothing_of_bytes_it_is_asked_for_them(
    registry: SessionRegistry, diary: Diary
) -> None:
    wire = Wire()
    session = registry.open("chat", wire)
    wire.bytes_in = 42
    assert session.traffic.bytes_in == 42
    assert diary.entries == [("opened", 1)]


class OneShot(Diary):
    """Wants to hear of one thing only, and is gone in the middle of being told."""

    def __init__(self, registry: SessionRegistry) -> None:
        super().__init__()
        self._registry = registry

    def session_opened(self, session: Session) -> None:
        super().session_opened(session)
        self._registry.observers.remove(self)


def test_an_observer_may_leave_while_it_is_told(registry: SessionRegistry) -> None:
    first, second = OneShot(registry), Diary()
    registry.observers += [first, second]
    for _ in range(2):
        registry.open("chat", Wire())
    assert first.entries == [("opened", 1)]
    assert second.entries == [("opened", 1), ("opened", 2)]


def test_an_observer_that_overrides_nothing_hears_nothing(registry: SessionRegistry) -> None:
    registry.observers.append(Observer())
    session = registry.open("chat", Wire())
    session.report("chatting")
    session.close("done")
    assert len(registry) == 0
