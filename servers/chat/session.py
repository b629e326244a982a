"""A user's session in the chat: the meaning of each text in its state. It knows nothing of connections."""

from abc import abstractmethod
from enum import Enum

from core.formats.chat_events import COMMANDS, parse_line
from servers.chat import commands
from servers.chat.room import ChatRoom

RULE = "~" * 40
BANNER = f"{RULE}\n  You are connected to the chat server.\n  /help tells what you can type.\n{RULE}"
PROMPT = "Choose a username:"
REGISTER_WITHIN = 60.0
"""Seconds that a session has to choose a name."""


class ChatState(Enum):
    """The meaning of a text that is not a command. An allowed and free name leads to CHAT."""

    REGISTER = "REGISTER"  # a name
    CHAT = "CHAT"  # a message to the other members


class ChatSession(commands.CommandSender):
    """The state machine of a session. A subclass sends the events."""

    room: ChatRoom
    state: ChatState

    @abstractmethod
    def on_registered(self) -> None:
        """The session has a name, and is about to join the room."""

    def begin(self) -> None:
        """Send the banner, and ask for a name."""
        self.send_text("banner", BANNER)
        self.send_text("prompt", PROMPT)

    def on_text(self, text: str) -> None:
        """Handle a command, a name or a message."""
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

    def on_name(self, text: str) -> None:
        """Join the room under this name or, if it is not allowed or not free, send the reason."""
        try:
            name = self.room.free_name(text, self)
        except ValueError as error:
            self.send_text("refused", str(error))
            return
        self.on_registered()
        self.state = ChatState.CHAT
        self.set_name(name)
        self.room.join(self)
        self.send_text("welcome", f"Welcome to the chat, {name}.")
        commands.names(self.room, self)

    def send_text(self, kind: str, text: str) -> None:
        """Send a text of the server to this session."""
        self.room.send_text(self, kind, text)
