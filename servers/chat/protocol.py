"""Chat: each line that a member types is sent to all other members.

The lesson: a protocol is a state machine. The same line is a name in one state and a message in the next. The
state belongs to the connection; the room, which all connections share, belongs to the factory.
"""

import logging

from core.errors import ConnectionLost
from core.formats.chat_events import EVENTS_ARE_ON, LONGEST_LINE, Style
from core.formats.text import visible
from core.interfaces import ReactorTime
from core.protocols.protocol import Factory
from core.timers import DelayedCall, cancel_if_active
from servers.chat.room import ChatRoom
from servers.chat.session import PROMPT, REGISTER_WITHIN, WAITING, ChatSession, ChatState
from servers.chat.token_bucket import Rate, TokenBucket
from servers.hosting.announcer import Announcer
from servers.hosting.typed_lines import TypedLineReceiver

log = logging.getLogger(__name__)

MAX_WAITING = 256 * 1024
"""Bytes that may wait for a member who does not read. With more the connection is aborted."""


class ChatProtocol(TypedLineReceiver, ChatSession):
    """A session over a connection: its style, and its token bucket."""

    factory: "ChatFactory"
    MAX_LENGTH = LONGEST_LINE

    def connection_made(self) -> None:
        """Send the banner, and ask for a name."""
        super().connection_made()
        self.name = ""
        self.is_input_over = False
        self.state = ChatState.REGISTER
        self.room, self.style = self.factory.room, self.factory.style
        self.bucket = TokenBucket(self.factory.rate, self.factory.clock) if self.factory.rate else None
        self.pause: DelayedCall | None = None
        self.deadline = self.factory.clock.call_later(REGISTER_WITHIN, self.on_deadline)
        self.report(self.state.value)
        self.begin()

    def connection_lost(self, reason: Exception) -> None:
        """Leave the room, if the session has joined it.

        Lines that flood control still holds back are handled before, because the member did send them.
        """
        self.bucket = None
        for line in self.pop_lines() if isinstance(reason, ConnectionLost) else ():
            self.line_received(line)
        for call in (self.deadline, self.pause):
            cancel_if_active(call)
        self.finish_joining()
        if self.state is ChatState.CHAT:
            self.room.leave(self)

    # --- receiving

    def read_connection_lost(self) -> None:
        """Close the connection, but not before the room has answered and the answer is sent."""
        self.is_input_over = True
        if self.state not in WAITING:
            super().read_connection_lost()

    def handle_early(self) -> None:
        super().handle_early()
        if self.is_input_over and self.state not in WAITING:
            self.transport.lose_connection()

    def line_received(self, line: bytes) -> None:
        """Handle the line. If the session has sent too many lines, pause reading for a while."""
        typed = self.first_line(line) if self.is_first_line else line
        if typed is None:
            return
        try:
            self.on_text(visible(typed.decode()))
        except UnicodeDecodeError:
            self.send_text("refused", "That was not UTF-8, so it was not sent.")
        if self.bucket is not None and (seconds := self.bucket.take()):
            self.pause_producing()
            self.pause = self.factory.clock.call_later(seconds, self.resume_producing)

    def on_welcome(self) -> None:
        self.deadline.cancel()

    def set_name(self, name: str) -> None:
        """Change the name, and report it to the session registry."""
        self.name = name
        self.report(self.state.value, name)

    def on_deadline(self) -> None:
        """Close the connection, because the session has chosen no name in time."""
        self.send_text("notice", f"You chose no username within {REGISTER_WITHIN:.0f} seconds. Good-bye.")
        self.transport.lose_connection()

    def on_kick(self, reason: str) -> None:
        """Send `reason`. The caller closes the connection afterwards."""
        self.pop_lines()
        self.send_text("kicked", f"You were {visible(reason)}.")

    def line_length_exceeded(self, line: bytes) -> None:
        self.send_text("refused", f"That line is over {self.MAX_LENGTH} bytes. Good-bye.")
        super().line_length_exceeded(line)

    # --- sending

    def send_data(self, data: bytes) -> None:
        """Send encoded events to the client. If the client does not read them, abort the connection."""
        transport = self.transport
        if transport.waiting > MAX_WAITING:
            log.info("%s does not read: connection aborted", transport.peer)
            transport.abort_connection()
        elif not transport.disconnecting:  # a member that has quit may still be in the room
            transport.write(data)

    def reply(self, data: bytes) -> None:
        self.send_data(data)

    # --- the commands that act on the connection

    def use_events(self) -> None:
        """Switch to JSON, and ask for a name once more: a program cannot parse the prompt sent as text."""
        self.room.deliver()
        self.style = Style.JSON
        self.send_data(EVENTS_ARE_ON.encode() + self.delimiter)
        if self.state is ChatState.REGISTER:
            self.send_text("prompt", PROMPT)

    def quit(self) -> None:
        self.send_text("notice", "Good-bye.")
        self.transport.lose_connection()


class ChatFactory(Factory, Announcer):
    """Keeps the room and the settings, which all sessions share. `rate` None: no rate limit."""

    protocol = ChatProtocol

    def __init__(
        self,
        clock: ReactorTime,
        room: ChatRoom,
        rate: Rate | None = None,
        style: Style = Style.PLAIN,
    ) -> None:
        self.clock = clock
        self.room = room
        self.rate = rate
        self.style = style

    def announce(self, text: str) -> None:
        for room in self.room.rooms:
            room.announce(text)

    def cluster(self) -> str:
        return self.room.rooms.cluster
