"""A subscriber is told what changed; one that does not read is skipped, and right when it reads again."""

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
    """What a session needs of a transport."""

    peer: object = field(default_factory=lambda: IPv4Address("tcp", "127.0.0.1", 54321))
    bytes_in: int = 0
    bytes_out: int = 0
    waiting: int = 0
    active_at: float = 0.0
    tap: Tap | None = None

    def lose_connection(self) -> None: ...

    def abort_connection(self) -> None: ...


class House:
    """Sessions, a clock, and one subscriber that reads when it is told to."""

    def __init__(self, sessions: int = 0) -> None:
        self.clock = Clock()
        self.registry = SessionRegistry()
        self.transport = StringTransport()
        self.sent: list[Message] = []
        for _ in range(sessions):
            self.visitor()

    def visitor(self) -> Session:
        return self.registry.open("echo", Counting())

    def subscribe(self) -> None:
        """As the control protocol does."""
        self.subscription = Subscription(
            self.transport, self.send, self.registry, lambda: LOAD, self.clock, TICK
        )

    def send(self, message: Message) -> None:
        self.sent.append(message)
        self.transport.write(encode(message) + b"\r\n")

    def piece(self) -> Snapshot:
        """The next one of the snapshot."""
        assert self.transport.producer is not None
        self.transport.producer.resume_producing()
        (snapshot,) = self.read()
        assert isinstance(snapshot, Snapshot)
        return snapshot

    def snapshot(self) -> list[Row]:
        """All of it."""
        rows: list[Row] = []
        while self.transport.producer is not None:
            rows += self.piece().rows
        return rows

    def read(self) -> list[Message]:
        """What was sent and not yet read."""
        self.transport.take()
        messages, self.sent = self.sent, []
        return messages

    def next(self) -> list[Message]:
        """What is sent at the end of an interval."""
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


def subscribed(sessions: int = 0) -> House:
    """One whose subscriber has the snapshot."""
    house = House(sessions)
    house.subscribe()
    house.snapshot()
    return house


def traffic(session: Session) -> Counting:
    assert isinstance(session.traffic, Counting)
    return session.traffic


def ids(delta: Delta) -> list[int]:
    return [row.id for row in delta.rows]


# --- the snapshot


@pytest.mark.parametrize("count", [0, 1, ROWS_IN_A_PIECE, ROWS_IN_A_PIECE + 1, 1000])
def test_the_snapshot_has_every_row_once_in_pieces_of_which_only_the_last_says_so(count: int) -> None:
    house = House(count)
    house.subscribe()
    pieces: list[Snapshot] = []
    while house.transport.producer is not None:
        pieces.append(house.piece())
    assert [row.id for piece in pieces for row in piece.rows] == list(range(1, count + 1))
    assert max(len(piece.rows) for piece in pieces) <= 500
    assert [piece.last for piece in pieces] == [False] * (len(pieces) - 1) + [True]


def test_a_row_tells_all_of_a_session() -> None:
    house = House()
    session = house.visitor()
    house.clock.advance(10)
    counts = traffic(session)
    counts.bytes_in, counts.bytes_out, counts.waiting, counts.active_at = 10, 20, 30, 8.5
    session.report("CHAT", "bob")
    session.opened = 1795255200.0
    house.subscribe()
    assert house.snapshot() == [
        Row(1, "echo", "tcp", "127.0.0.1:54321", "CHAT", "bob", 1795255200.0, 1.5, 10, 20, 30)
    ]


def test_one_that_goes_before_its_piece_is_not_told_of_and_one_that_comes_is_in_the_delta() -> None:
    house = House(ROWS_IN_A_PIECE + 2)
    house.subscribe()
    house.piece()
    gone = house.registry.get(ROWS_IN_A_PIECE + 1)
    assert gone is not None
    house.close(gone, "done")
    late = house.visitor()
    assert [row.id for row in house.snapshot()] == [ROWS_IN_A_PIECE + 2]
    delta = house.delta()
    assert ids(delta) == [late.id]
    assert delta.gone == ()


# --- the deltas


def test_nothing_is_said_between_two_intervals_and_one_delta_at_the_end_of_each() -> None:
    house = subscribed(3)
    house.clock.advance(TICK * 0.9)
    assert house.read() == []
    house.clock.advance(TICK * 0.1)
    assert house.read() == [Delta((), (), LOAD)]
    assert house.next() == [Delta((), (), LOAD)]


@pytest.mark.parametrize("name", ["bytes_in", "bytes_out", "waiting"])
def test_a_delta_has_only_the_rows_whose_figures_changed_and_once(name: str) -> None:
    house = subscribed(3)
    session = house.registry.get(2)
    assert session is not None
    for _ in range(1000):
        setattr(session.traffic, name, getattr(session.traffic, name) + 1)
    delta = house.delta()
    assert [(row.id, row._asdict()[name]) for row in delta.rows] == [(2, 1000)]
    assert ids(house.delta()) == []


def test_a_new_state_and_a_new_user_are_a_change_and_growing_idle_is_none() -> None:
    house = subscribed(3)
    session = house.registry.get(2)
    assert session is not None
    session.report("REGISTER")
    assert [row.state for row in house.delta().rows] == ["REGISTER"]
    session.report("REGISTER", "bob")
    assert [row.user for row in house.delta().rows] == ["bob"]
    house.clock.advance(TICK)
    house.read()
    assert ids(house.delta()) == []


def test_one_that_went_is_told_with_the_reason_once() -> None:
    house = subscribed(3)
    session = house.registry.get(2)
    assert session is not None
    house.close(session, "connection was closed cleanly")
    assert house.delta().gone == ((2, "connection was closed cleanly"),)
    assert house.delta().gone == ()


def test_one_that_came_and_went_within_an_interval_was_never_there() -> None:
    house = subscribed()
    house.close(house.visitor(), "done")
    assert house.delta() == Delta((), (), LOAD)


def test_much_change_is_told_in_several_deltas_none_of_which_is_too_long() -> None:
    house = subscribed(1000)
    for session in list(house.registry)[:500]:
        house.close(session, "x" * 60)
    for session in house.registry:
        traffic(session).bytes_in += 1
    deltas = [message for message in house.next() if isinstance(message, Delta)]
    assert sum(len(delta.rows) for delta in deltas) == sum(len(delta.gone) for delta in deltas) == 500
    assert max(len(encode(delta)) for delta in deltas) < 65536


def test_what_happened_comes_before_the_rows() -> None:
    house = subscribed()
    happening = SessionEvent("error", 0, "", "oh", 0.0)
    house.subscription.add(happening)
    assert house.next() == [happening, Delta((), (), LOAD)]


# --- one that does not read


def test_one_that_does_not_read_is_skipped_and_its_rows_are_merged() -> None:
    house = subscribed(3)
    kept, gone = house.registry.get(1), house.registry.get(2)
    assert kept is not None
    assert gone is not None
    traffic(kept).bytes_in = 1
    house.clock.advance(TICK)
    owed = house.transport.waiting
    for number in range(100):
        traffic(kept).bytes_in += number
        house.clock.advance(TICK)
    house.close(gone, "done")
    came = house.visitor()
    house.clock.advance(TICK)
    assert house.transport.waiting == owed
    (old,) = house.read()
    assert isinstance(old, Delta)
    assert [row.bytes_in for row in old.rows] == [1]
    delta = house.delta()
    assert [(row.id, row.bytes_in) for row in delta.rows] == [(1, 4951), (came.id, 0)]
    assert delta.gone == ((2, "done"),)


def test_what_a_thousand_intervals_of_coming_and_going_leave_behind_is_nothing() -> None:
    house = subscribed()
    house.clock.advance(TICK)
    for _ in range(1000):
        house.close(house.visitor(), "done")
        house.clock.advance(TICK)
    house.read()
    assert house.delta() == Delta((), (), LOAD)


def test_more_happenings_than_are_kept_are_counted() -> None:
    house = subscribed()
    for _ in range(MAX_EVENTS + 7):
        house.subscription.add(SessionEvent("error", 0, "", "oh", 0.0))
    *news, gap, _ = house.next()
    assert len(news) == MAX_EVENTS
    assert gap == Gap(7)
    assert house.next() == [Delta((), (), LOAD)]


def test_more_wire_than_is_kept_is_counted_and_later_there_is_room_again() -> None:
    house = subscribed()
    piece = Wire(1, "in", 0.0, bytes(1 << 16))
    fitting = MAX_WIRE_BYTES // len(piece.data)
    for _ in range(fitting + 3):
        house.subscription.add(piece, len(piece.data))
    *wire, gap, _ = house.next()
    assert len(wire) == fitting
    assert gap == Gap(3)
    house.subscription.add(piece, len(piece.data))
    assert house.next() == [piece, Delta((), (), LOAD)]


def test_one_that_ended_is_looked_after_no_more() -> None:
    house = subscribed(3)
    house.subscription.end()
    assert house.clock.pending() == 0
    assert house.next() == []


def test_one_may_end_before_it_had_its_snapshot() -> None:
    house = House(1000)
    house.subscribe()
    house.piece()
    house.subscription.end()
    assert house.clock.pending() == 0
