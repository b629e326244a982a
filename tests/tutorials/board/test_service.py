"""The board and a learner's end of it, connected in memory; and 200 learners over sockets."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConnectionLost
from core.interfaces import AbstractConnector, IPv4Address
from core.reactor import Reactor
from core.testing import CLIENT, Clock, ConnectedPair, StringTransport
from tests.running import GUARD
from tutorials.board.link import Link, LinkProtocol, status_in
from tutorials.board.roster import Roster
from tutorials.board.service import (
    HELLO_WITHIN,
    MOST_CONNECTIONS,
    MOST_WAITING,
    BoardConnection,
    BoardFactory,
    BoardState,
)
from tutorials.board.wire import Status, message
from tutorials.course.progress import changing

FAILED = Status(2, 3, "not yet", "latin1", 1, 0)


class Board:
    """A board with the word `tulip`, and connections to it in memory."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.factory = BoardFactory(Roster(self.clock), "tulip", self.clock)

    def accept(self) -> BoardConnection:
        """The board's end of a new connection."""
        connection = self.factory.build_protocol(CLIENT)
        assert connection is not None
        return connection

    def join(self, name: str = "ann", word: str = "tulip") -> "Desk":
        """Connect a learner's `watch` to the board."""
        return Desk(self, name, word)

    def raw(self, *messages: bytes) -> StringTransport:
        """A connection that sends these lines. Returns the board's transport."""
        connection, transport = self.accept(), StringTransport()
        connection.make_connection(transport)
        connection.data_received(b"".join([line + b"\n" for line in messages]))
        return transport


class Desk:
    """A learner's link with the board, and what it has printed."""

    def __init__(self, board: Board, name: str, word: str) -> None:
        self.said: list[str] = []
        self.link = Link(name, word, self.said.append)
        self.link.report(FAILED)
        self._board = board
        self.connect()

    def connect(self) -> None:
        """Connect to the board, perhaps once more."""
        connection = self.link.build_protocol(CLIENT)
        self.pair = ConnectedPair(self._board.accept(), connection)
        self.pair.pump()


@pytest.fixture
def board() -> Board:
    """A board without learners."""
    return Board()


def reason(transport: StringTransport) -> str:
    """The reason for which the board has refused."""
    (line,) = transport.lines()
    assert transport.disconnecting
    return str(json.loads(line)["refused"])


def test_a_learner_joins_and_the_board_knows_the_state_and_each_change_of_it(board: Board) -> None:
    ann = board.join()
    assert ann.said == ["You are on the board as ann."]
    assert [(row.name, row.status) for row in board.factory.roster.rows()] == [("ann", FAILED)]
    ann.link.report(Status(3))
    ann.link.toggle_hand()
    ann.pair.pump()
    assert board.factory.roster.rows()[0].status == Status(3, hand=True)
    ann.link.report(Status(4))
    ann.pair.pump()
    assert board.factory.roster.rows()[0].status == Status(4, hand=True)
    assert ann.said[1:] == ["Your hand is raised."]


def test_a_state_that_has_not_changed_is_not_sent_again(board: Board) -> None:
    ann = board.join()
    ann.link.report(FAILED)
    assert ann.pair.to_server.lines() == []


def test_a_line_goes_to_all_or_to_one_and_is_made_visible(board: Board) -> None:
    ann, bob = board.join(), board.join("bob")
    assert board.factory.send("five minutes\x1b[2J") == 2
    assert board.factory.send("look at step 3", "bob") == 1
    assert board.factory.send("hello", "cem") == 0
    for desk in (ann, bob):
        desk.pair.pump()
    assert ann.said[1:] == ["Your teacher: five minutes␛[2J"]
    assert bob.said[1:] == ["Your teacher: five minutes␛[2J", "Your teacher: look at step 3"]


def test_a_wrong_word_is_refused_after_a_second(board: Board) -> None:
    eve = board.join("eve", "rose")
    assert eve.said == []
    board.clock.advance(1)
    eve.pair.pump()
    assert eve.said[0].startswith("The board says: the word is wrong; ")
    assert board.factory.roster.rows() == []
    assert board.factory.connections == set()


def test_a_name_in_use_is_refused_and_may_come_back_after_its_connection_has_ended(board: Board) -> None:
    ann, other = board.join(), board.join("ANN")
    assert "in use" in other.said[0]
    ann.pair.to_server.lose_connection()
    ann.pair.pump()
    other.connect()
    assert other.said[1:] == ["You are on the board as ANN."]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([b"GET / HTTP/1.1"], "not a line of JSON"),
        ([message(word="tulip")], "not a text"),
        ([message(hello="x" * 25, word="tulip")], "1 to 24 characters"),
        ([message(hello="ann")], "not a text"),
    ],
)
def test_a_first_message_that_is_none_is_refused(board: Board, lines: list[bytes], words: str) -> None:
    assert words in reason(board.raw(*lines))


def test_a_wrong_state_ends_the_connection_of_a_learner(board: Board) -> None:
    transport = board.raw(message(hello="ann", word="tulip"), b'{"lesson": "two"}', message(hello="bob"))
    assert "refused" in transport.lines()[-1]
    assert transport.disconnecting


@given(st.lists(st.binary(max_size=60)))
def test_any_bytes_of_a_stranger_raise_nothing(lines: list[bytes]) -> None:
    Board().raw(*lines)
    Board().raw(message(hello="ann", word="tulip"), *lines)


def test_who_says_nothing_is_dropped_and_who_has_joined_is_not(board: Board) -> None:
    silent, ann = board.raw(), board.join()
    board.clock.advance(HELLO_WITHIN)
    assert silent.aborted
    assert not ann.pair.to_client.aborted


def test_five_messages_a_second_are_read_and_the_rest_later(board: Board) -> None:
    states = [
        message(lesson=n, step=0, result="", mistake="", tries=0, hints=0, hand=False) for n in range(1, 21)
    ]
    transport = board.raw(message(hello="ann", word="tulip"), *states)
    assert board.factory.roster.rows()[0].status.lesson == 4
    assert transport.paused
    board.clock.advance(1)
    assert board.factory.roster.rows()[0].status.lesson == 9
    board.clock.advance(3)
    assert board.factory.roster.rows()[0].status.lesson == 20


def test_a_learner_who_does_not_read_is_dropped_and_the_others_are_not(board: Board) -> None:
    ann, bob = board.join(), board.join("bob")
    for _ in range(MOST_WAITING // 200 + 1):
        board.factory.send("x" * 200)
        bob.pair.pump()
    assert ann.pair.to_client.aborted
    assert not bob.pair.to_client.aborted


def test_too_many_connections_are_closed_at_once(board: Board) -> None:
    for _ in range(MOST_CONNECTIONS):
        board.accept()
    assert board.factory.build_protocol(CLIENT) is None


def test_a_look_gets_the_learners_and_needs_the_word_too(board: Board) -> None:
    board.join()
    transport = board.raw(message(look=True, word="tulip"))
    (line,) = transport.lines()
    assert [row["name"] for row in json.loads(line)["learners"]] == ["ann"]
    assert transport.disconnecting
    wrong = board.raw(message(look=True, word=""))
    board.clock.advance(1)
    assert "the word is wrong" in reason(wrong)


class FakeConnector(AbstractConnector):
    """Counts the attempts; its reactor is a clock."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.attempts = 0

    @property
    def reactor(self) -> Clock:  # type: ignore[override]
        """The clock, which is not stopping."""
        return self.clock

    def connect(self) -> None:
        self.attempts += 1

    def disconnect(self) -> None: ...

    def stop_connecting(self) -> None: ...


def test_without_the_board_a_learner_is_told_once_and_it_is_tried_again_more_and_more_rarely() -> None:
    said: list[str] = []
    link, connector = Link("ann", "", said.append), FakeConnector()
    delays = []
    for _ in range(12):
        link.client_connection_failed(connector, ConnectionRefusedError("refused"))
        before = connector.attempts
        while connector.attempts == before:
            connector.clock.advance(0.5)
            delays.append(connector.clock.seconds())
    assert said == ["The board cannot be reached: refused. It is tried again."]
    assert connector.clock.seconds() > 5 * 30 * 0.5
    assert link.delay <= 30


def test_a_lost_board_is_told_and_the_hand_stays_raised_for_the_next_connection(board: Board) -> None:
    ann, connector = board.join(), FakeConnector()
    connector.clock.stopping = False  # type: ignore[attr-defined]
    ann.link.toggle_hand()
    ann.pair.pump()
    ann.pair.to_client.lose_connection()
    ann.pair.pump()
    ann.link.client_connection_lost(connector, ConnectionLost())
    assert ann.said[-1].startswith("The connection with the board has ended.")
    assert not board.factory.roster.rows()[0].status.hand
    ann.connect()
    assert ann.said[-1] == "You are on the board as ann."
    assert board.factory.roster.rows()[0].status.hand


def test_a_message_that_is_not_understood_is_ignored(board: Board) -> None:
    ann = board.join()
    protocol = ann.pair.client
    assert isinstance(protocol, LinkProtocol)
    for line in (b"nonsense", b"[]", b'{"line": 5}', b'{"other": 1}'):
        protocol.line_received(line)
    assert ann.said == ["You are on the board as ann."]


def test_the_state_of_a_learner_is_that_of_the_lesson_begun_last(tmp_path: Path) -> None:
    assert status_in(tmp_path) == Status()
    with changing(tmp_path) as progress:
        progress.here = 2
        entry = progress.entry(2)
        entry.tries, entry.hints, entry.step = 4, 1, 3
        entry.result, entry.mistake = "not yet", "latin1"
    assert status_in(tmp_path) == Status(2, 3, "not yet", "latin1", 4, 1)


def test_two_hundred_learners_are_on_the_board_and_a_line_gets_to_all(reactor: Reactor) -> None:
    factory = BoardFactory(Roster(reactor), "", reactor)
    host = reactor.listen_tcp(0, factory).host
    assert isinstance(host, IPv4Address)
    heard: list[str] = []

    def say(text: str) -> None:
        heard.append(text)
        if len(heard) == 200:
            assert factory.send("welcome") == 200
        if heard.count("Your teacher: welcome") == 200:
            reactor.stop()

    for number in range(200):
        link = Link(f"learner {number}", "", say)
        link.report(FAILED)
        link.stop_trying()
        reactor.connect_tcp("127.0.0.1", host.port, link)
    reactor.call_later(GUARD, reactor.stop)
    reactor.run()
    assert heard.count("Your teacher: welcome") == 200


def test_states_of_a_connection_are_those_of_the_table(board: Board) -> None:
    ann = board.join()
    connection = ann.pair.server
    assert isinstance(connection, BoardConnection)
    states = [connection.state]
    connection.refuse("because")
    states.append(connection.state)
    ann.pair.pump()
    assert [*states, connection.state] == [BoardState.JOINED, BoardState.REFUSED, BoardState.GONE]
    assert ann.said[-1] == "The board says: because"
