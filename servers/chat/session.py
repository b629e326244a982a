"""A user's session in the chat: the meaning of each text in its state. It knows nothing of connections."""

import time
from abc import abstractmethod
from enum import Enum

from core.formats.chat_events import COMMANDS, Event, parse_line
from servers.chat import commands
from servers.chat.room import ChatRoom

RULE = "~" * 40
BANNER = f"{RULE}\n  You are connected to the chat server.\n  /help tells what you can type.\n{RULE}"
PROMPT = "Choose a username:"
REGISTER_WITHIN = 60.0
"""Seconds that a session has to choose a name."""


MAX_EARLY = 100
"""Texts that a session keeps in the state JOINING."""


class ChatState(Enum):
    """The meaning of a text. An allowed and free name leads from REGISTER to JOINING.

    The room leads from JOINING to CHAT, usually at once, or back to REGISTER if the name is taken after all.
    `/join` leads from CHAT to MOVING, and the answer of the other room back to CHAT.
    """

    REGISTER = "REGISTER"  # a name or a command
    JOINING = "JOINING"  # it is kept until the room has answered
    CHAT = "CHAT"  # a message to the other members or a command
    MOVING = "MOVING"  # as in JOINING


WAITING = (ChatState.JOINING, ChatState.MOVING)
"""The states in which the session waits for the answer of a room."""


class ChatSession(commands.CommandSender):
    """The state machine of a session. A subclass sends the events."""

    room: ChatRoom
    state: ChatState
    other_room: ChatRoom
    """The room that the session enters in the state MOVING."""
    early: list[str]
    """The texts that have come in a state of WAITING."""
    since: int | None
    """The sequence number after which the session wants the events when it joins."""

    @abstractmethod
    def on_welcome(self) -> None:
        """The session has joined the room under its name."""

    def begin(self) -> None:
        """Send the banner, and ask for a name."""
        self.early, self.since = [], None
        self.send_text("banner", BANNER)
        self.send_text("prompt", PROMPT)

    def on_text(self, text: str) -> None:
        """Handle a command, a name or a message."""
        if self.state in WAITING:
            self.on_early(text)
            return
        command, rest = parse_line(text)
        if command:
            self.on_command(command, rest, text.split()[0])
        elif self.state is ChatState.REGISTER:
            self.on_name(rest)
        elif rest.strip():
            self.room.say(self, rest)

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
            commands.ACTIONS[command](self.room, self, rest)

    def on_early(self, text: str) -> None:
        """Keep a text until the room has answered."""
        if len(self.early) < MAX_EARLY:
            self.early.append(text)
        else:
            self.send_text("refused", "That was not said, because you have not joined the chat yet.")

    def on_name(self, text: str) -> None:
        """Ask to join the room under this name or, if it is not allowed or not free, send the reason."""
        try:
            name = self.room.free_name(text, self)
        except ValueError as error:
            self.send_text("refused", str(error))
            return
        self.state, self.name = ChatState.JOINING, name
        self.room.join(self)

    def move(self, room: ChatRoom) -> None:
        self.state, self.other_room = ChatState.MOVING, room
        room.join(self)

    def on_joined(self, room: ChatRoom) -> None:
        if self.state is ChatState.MOVING:
            self._on_moved(room)
            return
        self.room = room
        self.on_welcome()
        self.state = ChatState.CHAT
        self.set_name(self.name)
        text = f"Welcome to the chat, {self.name}."
        seq, label = self.room.sequence, self.room.label
        self.room.send(self, Event("welcome", time.time(), self.name, text, seq=seq, room=label))
        commands.names(self.room, self)
        if self.since is not None:
            self.send_since(self.since)
        self.handle_early()

    def _on_moved(self, room: ChatRoom) -> None:
        """The other room has added the session, or will do so: leave the first one."""
        self.room.deliver()
        self.room.leave(self)
        self.state, self.room = ChatState.CHAT, room
        self.send_text("notice", f"You are in the room {self.room.name} now.")
        commands.names(self.room, self)
        self.handle_early()

    def on_refused(self, why: str) -> None:
        if self.state is ChatState.MOVING:
            self.state = ChatState.CHAT
        elif self.state is ChatState.JOINING:
            self.state, self.name = ChatState.REGISTER, ""
        self.send_text("refused", why)
        self.handle_early()

    def on_name_refused(self, why: str) -> None:
        self.send_text("refused", why)

    def on_replaced(self) -> None:
        self.send_text("notice", "You have come back with another connection. This one ends.")
        self.quit()

    def handle_early(self) -> None:
        """Handle the texts that have come in a state of WAITING."""
        early, self.early = self.early, []
        for text in early:
            self.on_text(text)

    def finish_joining(self) -> None:
        """The connection is lost. A session that the room has not answered yet sends the room its texts."""
        if self.state is ChatState.MOVING:
            self._on_moved(self.other_room)
        elif self.state is ChatState.JOINING:
            self.state = ChatState.CHAT
            self.handle_early()

    def send_since(self, sequence: int) -> None:
        if self.state is not ChatState.CHAT:
            self.since = sequence
            return
        for event in self.room.since(sequence):
            self.room.send(self, event)

    def send_text(self, kind: str, text: str) -> None:
        """Send a text of the server to this session."""
        self.room.send_text(self, kind, text)
