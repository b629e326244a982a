"""Chat: each line that a member types is sent to all other members.

The lesson: a protocol is a state machine. The same line is a name in one state and a message in the next. The
state belongs to the connection; the room, which all connections share, belongs to the factory.
"""

import logging
from enum import Enum

from core.errors import ConnectionLost
from core.formats.chat_events import COMMANDS, EVENTS_ARE_ON, LONGEST_LINE, Style, parse_line
from core.formats.text import visible
from core.interfaces import ReactorTime
from core.protocols.protocol import Factory
from core.timers import DelayedCall
from servers.chat import commands
from servers.chat.room import ChatRoom
from servers.chat.token_bucket import Rate, TokenBucket
from servers.hosting.announcer import Announcer
from servers.hosting.typed_lines import TypedLineReceiver

log = logging.getLogger(__name__)

RULE = "~" * 40
BANNER = f"{RULE}\n  You are connected to the chat server.\n  /help tells what you can type.\n{RULE}"
PROMPT = "Choose a username:"
REGISTER_WITHIN = 60.0
"""Seconds that a session has to choose a name."""

MAX_WAITING = 256 * 1024
"""Bytes that may wait for a member who does not read. With more the connection is aborted."""


class ChatState(Enum):
    """The meaning of a line that is not a command. A name that is allowed and free leads to CHAT."""

    REGISTER = "REGISTER"  # a name
    CHAT = "CHAT"  # a message to the other members


class ChatProtocol(TypedLineReceiver, commands.CommandSender):
    """One session: its name, its state, its style, and its token bucket."""

    factory: "ChatFactory"
    MAX_LENGTH = LONGEST_LINE

    def connection_made(self) -> None:
        """Send the banner, and ask for a name."""
        super().connection_made()
        self.name = ""
        self.state = ChatState.REGISTER
        self.style = self.factory.style
        self.bucket = TokenBucket(self.factory.rate, self.factory.clock) if self.factory.rate else None
        self.pause: DelayedCall | None = None
        self.deadline = self.factory.clock.call_later(REGISTER_WITHIN, self.on_deadline)
        self.report(self.state.value)
        self.send_text("banner", BANNER)
        self.send_text("prompt", PROMPT)

    def connection_lost(self, reason: Exception) -> None:
        """Leave the room, if the session has joined it.

        Lines that flood control still holds back are handled before, because the member did send them.
        """
        self.bucket = None
        for line in self.pop_lines() if isinstance(reason, ConnectionLost) else ():
            self.line_received(line)
        for call in (self.deadline, self.pause):
            if call is not None and call.active():
                call.cancel()
        if self.state is ChatState.CHAT:
            self.factory.room.leave(self)

    # --- receiving

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

    def on_text(self, text: str) -> None:
        """Handle a command, a name or a message."""
        command, rest = parse_line(text)
        if command:
            self.on_command(command, rest, text.split()[0])
        elif self.state is ChatState.REGISTER:
            self.on_name(rest)
        elif rest.strip():
            self.factory.room.say(self, rest)

    def on_command(self, command: str, rest: str, typed: str) -> None:
        """Run a `/command`. `typed` is the command as the user typed it, for error messages."""
        if command.startswith(" "):
            name = command.strip()
            how = f"Type {name} at the start of the line to run it, or /{name} to say it."
            self.send_text("refused", f"That was not said, because a blank stands before {name}. {how}")
        elif command not in COMMANDS:
            self.send_text("refused", f"There is no command {typed}. Type /help for a list of the commands.")
        elif self.state is ChatState.REGISTER and COMMANDS[command].needs_name:
            self.send_text("refused", f"{typed} is for later. First choose a username.")
        else:
            commands.ACTIONS[command](self.factory.room, self, rest)

    def on_name(self, text: str) -> None:
        """Join the room under this name or, if it is not allowed or not free, send the reason."""
        room = self.factory.room
        try:
            name = room.free_name(text, self)
        except ValueError as error:
            self.send_text("refused", str(error))
            return
        self.deadline.cancel()
        self.state = ChatState.CHAT
        self.set_name(name)
        room.join(self)
        self.send_text("welcome", f"Welcome to the chat, {name}.")
        commands.names(room, self)

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

    def send_text(self, kind: str, text: str) -> None:
        """Send a text of the server to this session."""
        self.factory.room.send_text(self, kind, text)

    def receive(self, data: bytes) -> None:
        """Send encoded events to the client. If the client does not read them, abort the connection."""
        transport = self.transport
        if transport.waiting > MAX_WAITING:
            log.info("%s does not read: connection aborted", transport.peer)
            transport.abort_connection()
        elif not transport.disconnecting:  # a member that has quit may still be in the room
            transport.write(data)

    def reply(self, data: bytes) -> None:
        self.receive(data)

    # --- the commands that act on the connection

    def use_events(self) -> None:
        """Switch to JSON, and ask for a name once more: a program cannot parse the prompt sent as text."""
        self.factory.room.deliver()
        self.style = Style.JSON
        self.receive(EVENTS_ARE_ON.encode() + self.delimiter)
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
        self.room.announce(text)
