"""A subscriber receives what changed. One that does not read is skipped, and is right when it reads again."""

from dataclasses import dataclass, field

import pytest

from core.addresses import IPv4Address
from core.formats.feed import (
    ROWS_IN_A_PIECE,
    Delta,
    Gap,
    Load,
    Message,
    Row,
    SessionEvent,
    Snapshot,
    Wire,
    encode,
)
from core.protocols.sessions import Session, SessionRegistry, Tap
from core.testing import Clock, StringTransport
from servers.feed.subscription import MAX_EVENTS, MAX_WIRE_BYTES, Subscription

TICK = 0.25
LOAD = Load(4.0, 0.5, 1.5, "EchoProtocol", 0.25, 3, 9, 1024, 0)


@dataclass
class Counting:
    """The part of a transport that a session needs."""

    peer: object = field(default_factory=lambda: IPv4Address("tcp", "127.0.0.1", 54321))
    bytes_in: int = 0
    bytes_out: int = 0
    waiting: int = 0
    active_at: float = 0.0
    tap: Tap | None = None

    def lose_connection(self) -> None: ...

    def abort_connection(self) -> None: ...


class Subscriber:
    """Sessions, a clock, and a subscriber that reads when a test tells it to."""

    def __init__(self, sessions: int = 0) -> None:
        self.clock = Clock()
        self.registry = SessionRegistry()
        self.transport = StringTransport()
        self.sent: list[Message] = []
        for _ in range(sessions):
            self.open_session()

    def open_session(self) -> Session:
        return self.registry.open("echo", Counting())

    def subscribe(self) -> None:
        """Start the subscription, as the control protocol does."""
        self.subscription = Subscription(
            self.transport, self.send, self.registry, lambda: LOAD, self.clock, TICK
        )

    def send(self, message: Message) -> None:
        self.sent.append(message)
        self.transport.write(encode(message) + b"\r\n")

    def piece(self) -> Snapshot:
        """The next piece of the snapshot."""
        assert self.transport.producer is not None
        self.transport.producer.resume_producing()
        (snapshot,) = self.read()
        assert isinstance(snapshot, Snapshot)
        return snapshot

    def snapshot(self) -> list[Row]:
        """All rows of the snapshot."""
        rows: list[Row] = []
        while self.transport.producer is not None:
            rows += self.piece().rows
        return rows

    def read(self) -> list[Message]:
        """The messages since the last read."""
        self.transport.take()
        messages, self.sent = self.sent, []
        return messages

    def next(self) -> list[Message]:
        """The messages at the end of the next interval."""
        self.clock.advance(TICK)
        return self.read()

    def delta(self) -> Delta:
        """The only message of the next interval."""
        (delta,) = self.next()
        assert isinstance(delta, Delta)
        return delta

    def close(self, session: Session, reason: str) -> None:
        session.close(reason)
        self.subscription.session_closed(session, reason)


def subscribed(sessions: int = 0) -> Subscriber:
    """A subscriber that has received the snapshot."""
    subscriber = Subscriber(sessions)
    subscriber.subscribe()
    subscriber.snapshot()
    return subscriber


def traffic(session: Session) -> Counting:
    assert isinstance(session.traffic, Counting)
    return session.traffic


def ids(delta: Delta) -> list[int]:
    return [row.id for row in delta.rows]


# --- the snapshot


@pytest.mark.parametrize("count", [0, 1, ROWS_IN_A_PIECE, ROWS_IN_A_PIECE + 1, 1000])
def test_the_snapshot_has_every_row_once_and_only_the_last_piece_is_marked_as_last(count: int) -> None:
    subscriber = Subscriber(count)
    subscriber.subscribe()
    pieces: list[Snapshot] = []
    while subscriber.transport.producer is not None:
        pieces.append(subscriber.piece())
    assert [row.id for piece in pieces for row in piece.rows] == list(range(1, count + 1))
    assert max(len(piece.rows) for piece in pieces) <= 500
    assert [piece.last for piece in pieces] == [False] * (len(pieces) - 1) + [True]


def test_a_row_has_all_values_of_a_session() -> None:
    subscriber = Subscriber()
    session = subscriber.open_session()
    subscriber.clock.advance(10)
    counts = traffic(session)
    counts.bytes_in, counts.bytes_out, counts.waiting, counts.active_at = 10, 20, 30, 8.5
    session.report("CHAT", "bob")
    session.opened = 1795255200.0
    subscriber.subscribe()
    assert subscriber.snapshot() == [
        Row(1, "echo", "tcp", "127.0.0.1:54321", "CHAT", "bob", 1795255200.0, 1.5, 10, 20, 30)
    ]


def test_a_session_closed_before_its_piece_is_left_out_and_a_new_one_is_in_the_delta() -> None:
    subscriber = Subscriber(ROWS_IN_A_PIECE + 2)
    subscriber.subscribe()
    subscriber.piece()
    gone = subscriber.registry.get(ROWS_IN_A_PIECE + 1)
    assert gone is not None
    subscriber.close(gone, "done")
    late = subscriber.open_session()
    assert [row.id for row in subscriber.snapshot()] == [ROWS_IN_A_PIECE + 2]
    delta = subscriber.delta()
    assert ids(delta) == [late.id]
    assert delta.gone == ()


# --- the deltas


def test_one_delta_is_sent_at_the_end_of_each_interval() -> None:
    subscriber = subscribed(3)
    subscriber.clock.advance(TICK * 0.9)
    assert subscriber.read() == []
    subscriber.clock.advance(TICK * 0.1)
    assert subscriber.read() == [Delta((), (), LOAD)]
    assert subscriber.next() == [Delta((), (), LOAD)]


@pytest.mark.parametrize("name", ["bytes_in", "bytes_out", "waiting"])
def test_a_delta_has_each_changed_row_once_and_no_other(name: str) -> None:
    subscriber = subscribed(3)
    session = subscriber.registry.get(2)
    assert session is not None
    for _ in range(1000):
        setattr(session.traffic, name, getattr(session.traffic, name) + 1)
    delta = subscriber.delta()
    assert [(row.id, row._asdict()[name]) for row in delta.rows] == [(2, 1000)]
    assert ids(subscriber.delta()) == []


def test_a_new_state_or_user_is_a_change_and_a_longer_idle_time_is_not() -> None:
    subscriber = subscribed(3)
    session = subscriber.registry.get(2)
    assert session is not None
    session.report("REGISTER")
    assert [row.state for row in subscriber.delta().rows] == ["REGISTER"]
    session.report("REGISTER", "bob")
    assert [row.user for row in subscriber.delta().rows] == ["bob"]
    subscriber.clock.advance(TICK)
    subscriber.read()
    assert ids(subscriber.delta()) == []


def test_a_closed_session_is_reported_once_with_the_reason() -> None:
    subscriber = subscribed(3)
    session = subscriber.registry.get(2)
    assert session is not None
    subscriber.close(session, "connection was closed cleanly")
    assert subscriber.delta().gone == ((2, "connection was closed cleanly"),)
    assert subscriber.delta().gone == ()


def test_a_session_opened_and_closed_within_an_interval_is_not_reported() -> None:
    subscriber = subscribed()
    subscriber.close(subscriber.open_session(), "done")
    assert subscriber.delta() == Delta((), (), LOAD)


def test_many_changes_are_sent_in_several_deltas_of_limited_length() -> None:
    subscriber = subscribed(1000)
    for session in list(subscriber.registry)[:500]:
        subscriber.close(session, "x" * 60)
    for session in subscriber.registry:
        traffic(session).bytes_in += 1
    deltas = [message for message in subscriber.next() if isinstance(message, Delta)]
    assert sum(len(delta.rows) for delta in deltas) == sum(len(delta.gone) for delta in deltas) == 500
    assert max(len(encode(delta)) for delta in deltas) < 65536


def test_events_are_sent_before_the_rows() -> None:
    subscriber = subscribed()
    event = SessionEvent("error", 0, "", "oh", 0.0)
    subscriber.subscription.add(event)
    assert subscriber.next() == [event, Delta((), (), LOAD)]


# --- one that does not read


def test_a_subscriber_that_does_not_read_is_skipped_and_its_rows_are_merged() -> None:
    subscriber = subscribed(3)
    kept, gone = subscriber.registry.get(1), subscriber.registry.get(2)
    assert kept is not None
    assert gone is not None
    traffic(kept).bytes_in = 1
    subscriber.clock.advance(TICK)
    owed = subscriber.transport.waiting
    for number in range(100):
        traffic(kept).bytes_in += number
        subscriber.clock.advance(TICK)
    subscriber.close(gone, "done")
    came = subscriber.open_session()
    subscriber.clock.advance(TICK)
    assert subscriber.transport.waiting == owed
    (old,) = subscriber.read()
    assert isinstance(old, Delta)
    assert [row.bytes_in for row in old.rows] == [1]
    delta = subscriber.delta()
    assert [(row.id, row.bytes_in) for row in delta.rows] == [(1, 4951), (came.id, 0)]
    assert delta.gone == ((2, "done"),)


def test_a_thousand_sessions_opened_and_closed_leave_nothing_behind() -> None:
    subscriber = subscribed()
    subscriber.clock.advance(TICK)
    for _ in range(1000):
        subscriber.close(subscriber.open_session(), "done")
        subscriber.clock.advance(TICK)
    subscriber.read()
    assert subscriber.delta() == Delta((), (), LOAD)


def test_events_over_the_limit_are_dropped_and_counted() -> None:
    subscriber = subscribed()
    for _ in range(MAX_EVENTS + 7):
        subscriber.subscription.add(SessionEvent("error", 0, "", "oh", 0.0))
    *news, gap, _ = subscriber.next()
    assert len(news) == MAX_EVENTS
    assert gap == Gap(7)
    assert subscriber.next() == [Delta((), (), LOAD)]


def test_bytes_over_the_limit_are_dropped_and_counted_and_later_bytes_are_sent() -> None:
    subscriber = subscribed()
    piece = Wire(1, "in", 0.0, bytes(1 << 16))
    fitting = MAX_WIRE_BYTES // len(piece.data)
    for _ in range(fitting + 3):
        subscriber.subscription.add(piece, len(piece.data))
    *wire, gap, _ = subscriber.next()
    assert len(wire) == fitting
    assert gap == Gap(3)
    subscriber.subscription.add(piece, len(piece.data))
    assert subscriber.next() == [piece, Delta((), (), LOAD)]


def test_an_ended_subscription_sends_nothing() -> None:
    subscriber = subscribed(3)
    subscriber.subscription.end()
    assert subscriber.clock.pending() == 0
    assert subscriber.next() == []


def test_a_subscription_may_end_before_the_snapshot_is_complete() -> None:
    subscriber = Subscriber(1000)
    subscriber.subscribe()
    subscriber.piece()
    subscriber.subscription.end()
    assert subscriber.clock.pending() == 0
