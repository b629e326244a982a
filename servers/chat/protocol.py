"""Chat: a line goes to everyone else in the room.

The lesson: a protocol is a state machine. The same line means a name in one state and a message in the
next; the connection has a state, and the room, which all connections share, belongs to the factory.
"""

import logging
from enum import Enum

from core.formats.chat_events import COMMANDS, EVENTS_ARE_ON, LONGEST_LINE, Style, parse_line
from core.formats.text import visible
from core.interfaces import ReactorTime
from core.protocols.lines import LineReceiver
from core.protocols.protocol import Factory
from core.timers import DelayedCall
from servers.chat import commands
from servers.chat.room import ChatRoom
from servers.chat.token_bucket import Rate, TokenBucket
from servers.hosting.announcer import Announcer

log = logging.getLogger(__name__)

RULE = "~" * 40
BANNER = f"{RULE}\n  You are connected to the chat server.\n  /help tells what you can type.\n{RULE}"
PROMPT = "Choose a username:"
REGISTER_WITHIN = 60.0
"""Seconds that a session has to choose a name."""

MOST_WAITING = 256 * 1024
"""Bytes that may wait for a member who does not read them, before the room goes on without."""


class ChatState(Enum):
    """What a line means."""

    REGISTER = "REGISTER"  # a name
    CHAT = "CHAT"  # something to say


class ChatProtocol(LineReceiver, commands.CommandSender):
    """One session: its state, its style, and how fast it may talk."""

    factory: "ChatFactory"
    MAX_LENGTH = LONGEST_LINE

    def connection_made(self) -> None:
        """Greet, and ask for a name."""
        self.name = ""
        self.state = ChatState.REGISTER
        self.style = self.factory.style
        self.bucket = TokenBucket(self.factory.rate, self.factory.clock) if self.factory.rate else None
        self.pause: DelayedCall | None = None
        self.deadline = self.factory.clock.call_later(REGISTER_WITHIN, self.on_deadline)
        self.report(self.state.value)
        self.tell("banner", BANNER)
        self.tell("prompt", PROMPT)

    def connection_lost(self, reason: Exception) -> None:
        """Who was in the room leaves it; who was not leaves no trace."""
        for call in (self.deadline, self.pause):
            if call is not None and call.active():
                call.cancel()
        if self.state is ChatState.CHAT:
            self.factory.room.leave(self)

    # --- what comes in

    def line_received(self, line: bytes) -> None:
        """Do what the line means; and if it was one too many at once, take the next one later."""
        try:
            self.on_text(visible(line.decode()))
        except UnicodeDecodeError:
            self.tell("refused", "That was not UTF-8, so it was not sent.")
        if self.bucket is not None and (seconds := self.bucket.take()):
            self.pause_producing()
            self.pause = self.factory.clock.call_later(seconds, self.resume_producing)

    def on_text(self, text: str) -> None:
        """A command, a name or something to say, depending on how it begins and on the state."""
        command, rest = parse_line(text)
        if command:
            self.on_command(command, rest, text.partition(" ")[0])
        elif self.state is ChatState.REGISTER:
            self.on_name(rest)
        elif rest.strip():
            self.factory.room.say(self, rest)

    def on_command(self, command: str, rest: str, word: str) -> None:
        """Run a `/command`; `word` is the command as it was typed."""
        if command not in COMMANDS:
            self.tell("refused", f"There is no command {word}. Type /help for a list of the commands.")
        elif self.state is ChatState.REGISTER and COMMANDS[command].needs_name:
            self.tell("refused", f"{word} is for later. First choose a username.")
        else:
            commands.ACTIONS[command](self.factory.room, self, rest)

    def on_name(self, text: str) -> None:
        """Register under a name that is right and free; otherwise stay and say why."""
        room = self.factory.room
        try:
            name = room.free_name(text, self)
        except ValueError as error:
            self.tell("refused", str(error))
            return
        self.deadline.cancel()
        self.state = ChatState.CHAT
        self.take_name(name)
        room.join(self)
        self.tell("welcome", f"Welcome to the chat, {name}.")
        commands.names(room, self)

    def take_name(self, name: str) -> None:
        """And have it known to whoever watches the sessions."""
        self.name = name
        self.report(self.state.value, name)

    def on_deadline(self) -> None:
        """A name should not take that long."""
        self.tell("notice", f"You chose no username within {REGISTER_WITHIN:.0f} seconds. Good-bye.")
        self.transport.lose_connection()

    def on_kick(self, reason: str) -> None:
        """Whoever watches the sessions ends this one, for a reason that may be told."""
        self.tell("kicked", f"You were {visible(reason)}.")

    def line_length_exceeded(self, line: bytes) -> None:
        """A line that long is no conversation."""
        self.tell("refused", f"That line is over {self.MAX_LENGTH} bytes. Good-bye.")
        super().line_length_exceeded(line)

    # --- what goes out

    def tell(self, kind: str, text: str) -> None:
        """Tell this session something in the server's name."""
        self.factory.room.answer(self, kind, text)

    def receive(self, data: bytes) -> None:
        """Send what happened; but who does not read is not waited for."""
        if self.transport.waiting > MOST_WAITING:
            log.info("%s does not read, and is dropped", self.transport.peer)
            self.transport.abort_connection()
        else:
            self.transport.write(data)

    # --- the commands that act on the connection

    def use_events(self) -> None:
        """Switch to JSON, and ask for a name once more: a program cannot parse the prompt sent as text."""
        self.factory.room.deliver()
        self.style = Style.JSON
        self.receive(EVENTS_ARE_ON.encode() + self.delimiter)
        if self.state is ChatState.REGISTER:
            self.tell("prompt", PROMPT)

    def quit(self) -> None:
        """Close the connection after a last line."""
        self.tell("notice", "Good-bye.")
        self.transport.lose_connection()


class ChatFactory(Factory, Announcer):
    """Has the room, and the rules that are the same for all. `rate` None lets everyone talk at any speed."""

    protocol = ChatProtocol

    def __init__(
        self, clock: ReactorTime, room: ChatRoom, rate: Rate | None = None, style: Style = Style.PLAIN
    ):
        self.clock = clock
        self.room = room
        self.rate = rate
        self.style = style

    def announce(self, text: str) -> None:
        """Tell everyone in the room."""
        self.room.announce(text)
