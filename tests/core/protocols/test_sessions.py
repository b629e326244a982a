"""SessionRegistry: it has the open sessions and notifies observers; the bytes are read, not notified."""

import time

import pytest

from core.protocols.sessions import Observer, Session, SessionRegistry, Tap


class Wire:
    """The part of a transport that a session needs."""

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
    """An observer that records its notifications."""

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


def test_sessions_are_numbered_from_1_and_no_number_is_used_again(registry: SessionRegistry) -> None:
    for number in (1, 2, 3):
        session = registry.open("chat", Wire())
        assert session.id == number
        session.close("done")


def test_the_registry_lists_the_open_sessions_the_oldest_first(registry: SessionRegistry) -> None:
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


def test_an_observer_is_notified_of_the_opening_each_state_and_the_end(
    registry: SessionRegistry, diary: Diary
) -> None:
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


def test_a_kick_closes_the_connection_cleanly_and_gives_the_reason(
    registry: SessionRegistry, diary: Diary
) -> None:
    wire = Wire()
    session = registry.open("chat", wire)
    session.kick("too loud")
    assert wire.is_lost
    assert len(registry) == 1
    session.close("connection was closed cleanly")
    assert diary.entries[-1] == ("closed", 1, "too loud")


def test_on_kick_is_called_before_the_connection_is_closed(registry: SessionRegistry) -> None:
    wire, told = Wire(), list[tuple[str, bool]]()
    session = registry.open("chat", wire)

    class Chat:
        def on_kick(self, reason: str) -> None:
            told.append((reason, wire.is_lost))

    session.protocol = Chat()
    session.kick("too loud")
    assert told == [("too loud", False)]
    assert wire.is_lost


def test_bytes_are_read_from_the_registry_and_not_notified(registry: SessionRegistry, diary: Diary) -> None:
    wire = Wire()
    session = registry.open("chat", wire)
    wire.bytes_in = 42
    assert session.traffic.bytes_in == 42
    assert diary.entries == [("opened", 1)]


class OneShot(Diary):
    """An observer that removes itself during its first notification."""

    def __init__(self, registry: SessionRegistry) -> None:
        super().__init__()
        self._registry = registry

    def session_opened(self, session: Session) -> None:
        super().session_opened(session)
        self._registry.observers.remove(self)


def test_an_observer_may_remove_itself_while_it_is_notified(registry: SessionRegistry) -> None:
    first, second = OneShot(registry), Diary()
    registry.observers += [first, second]
    for _ in range(2):
        registry.open("chat", Wire())
    assert first.entries == [("opened", 1)]
    assert second.entries == [("opened", 1), ("opened", 2)]


def test_an_observer_that_overrides_nothing_does_nothing(registry: SessionRegistry) -> None:
    registry.observers.append(Observer())
    session = registry.open("chat", Wire())
    session.report("chatting")
    session.close("done")
    assert len(registry) == 0


def test_the_version_and_cipher_of_tls_stand_behind_the_state(registry: SessionRegistry) -> None:
    session = registry.open("chat", Wire())
    session.report("CHAT", "ann")
    assert (session.state, session.reported) == ("CHAT", "CHAT")
    session.security = "TLSv1.3 TLS_AES_256_GCM_SHA384"
    assert (session.state, session.reported) == ("CHAT TLSv1.3 TLS_AES_256_GCM_SHA384", "CHAT")
    session.report("")
    assert session.state == "TLSv1.3 TLS_AES_256_GCM_SHA384"
