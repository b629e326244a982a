"""The board's service: learners connect to it, tell where they are, and receive the teacher's lines."""

import hmac
from enum import Enum

from core.formats.json_values import as_text, parse_object
from core.interfaces import Address, ReactorTime
from core.protocols.lines import LineReceiver
from core.protocols.protocol import Factory
from core.timers import DelayedCall, cancel_if_active
from servers.chat.token_bucket import Rate, TokenBucket
from tutorials.board.roster import MOST_LEARNERS, Learner, Refused, Roster
from tutorials.board.wire import (
    LONGEST_MESSAGE,
    as_line,
    as_name,
    as_status,
    message,
    row_fields,
)

RATE = Rate(5, 5)
"""Messages of one learner: five a second. The board reads no more of them before their time."""

MOST_CONNECTIONS = MOST_LEARNERS + 50
"""Connections in all, with those that have not joined. Of more than these, each is closed at once."""

HELLO_WITHIN = 10.0
"""Seconds for the first message."""

WRONG_WORD = 1.0
"""Seconds until the answer to a wrong word: guessing takes long."""

MOST_WAITING = 16384
"""Bytes that may wait for a learner who does not read. With more of them the connection is aborted."""


class BoardState(Enum):
    """The message that the board expects from a connection.

    in state   a hello or a look                  a state of the learner   the end
    NEW        JOINED; REFUSED if it is not right REFUSED                  GONE
    JOINED     REFUSED                            JOINED                   GONE
    REFUSED    REFUSED                            REFUSED                  GONE

    In REFUSED everything is dropped. After a look the connection is in REFUSED, too.
    """

    NEW = "new"
    JOINED = "joined"
    REFUSED = "refused"
    GONE = "gone"


class BoardConnection(LineReceiver):
    """The board's end of a connection."""

    MAX_LENGTH = LONGEST_MESSAGE
    factory: "BoardFactory"

    def __init__(self) -> None:
        self.state = BoardState.NEW
        self.learner: Learner | None = None
        self._timer: DelayedCall | None = None
        self._pause: DelayedCall | None = None

    def connection_made(self) -> None:
        self._bucket = TokenBucket(RATE, self.factory.clock)
        self._timer = self.factory.clock.call_later(HELLO_WITHIN, self.transport.abort_connection)

    def line_received(self, line: bytes) -> None:
        if seconds := self._bucket.take():
            self.pause_producing()
            self._pause = self.factory.clock.call_later(seconds, self.resume_producing)
        try:
            if self.state is BoardState.NEW:
                self._on_hello(line)
            elif self.state is BoardState.JOINED and self.learner is not None:
                self.factory.roster.update(self.learner, as_status(parse_object(line)))
        except (ValueError, Refused) as error:
            self.refuse(str(error))

    def _on_hello(self, line: bytes) -> None:
        cancel_if_active(self._timer)
        fields = parse_object(line)
        if not self.factory.is_right(as_text(fields.get("word"))):
            self.state = BoardState.REFUSED
            reason = "the word is wrong; ask your teacher for it, and give it with --word"
            self._timer = self.factory.clock.call_later(WRONG_WORD, self.refuse, reason)
        elif "look" in fields:
            self.state = BoardState.REFUSED
            self.send_line(message(learners=[row_fields(row) for row in self.factory.roster.rows()]))
            self.transport.lose_connection()
        else:
            self.learner = self.factory.roster.join(as_name(fields.get("hello")))
            self.state = BoardState.JOINED
            self.send_line(message(welcome=self.learner.name))

    def refuse(self, reason: str) -> None:
        """Send the reason, and close the connection."""
        self.state = BoardState.REFUSED
        self.send_line(message(refused=reason))
        self.transport.lose_connection()

    def send_text(self, text: str) -> None:
        """Send a line of the teacher. A learner who does not read is dropped."""
        self.send_line(message(line=text))
        if self.transport.waiting > MOST_WAITING:
            self.transport.abort_connection()

    def connection_lost(self, reason: Exception) -> None:
        self.state = BoardState.GONE
        for call in (self._timer, self._pause):
            cancel_if_active(call)
        self.factory.connections.discard(self)
        if self.learner is not None:
            self.factory.roster.leave(self.learner)


class BoardFactory(Factory):
    """Makes the connections of one board. With a `word`, learners have to know it."""

    def __init__(self, roster: Roster, word: str, clock: ReactorTime) -> None:
        self.roster, self.clock = roster, clock
        self.connections: set[BoardConnection] = set()
        self._word = word

    def build_protocol(self, address: Address) -> BoardConnection | None:
        """A connection; None if there are too many."""
        if len(self.connections) >= MOST_CONNECTIONS:
            return None
        connection = BoardConnection()
        connection.factory = self
        self.connections.add(connection)
        return connection

    def is_right(self, word: str) -> bool:
        """Whether this is the board's word. Any word is, if the board has none."""
        return not self._word or hmac.compare_digest(word.encode(errors="replace"), self._word.encode())

    def send(self, text: str, name: str = "") -> int:
        """Send a line to the learner `name`, "": to all. Returns the number of learners it goes to."""
        reached = [
            each
            for each in self.connections
            if each.state is BoardState.JOINED and each.learner and name in ("", each.learner.name)
        ]
        for connection in reached:
            connection.send_text(as_line(text))
        return len(reached)
