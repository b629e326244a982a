"""Text 2, the chat server. Colours come from colorama; a client without a name leaves unannounced."""

from collections import deque
from datetime import datetime
from enum import Enum

from colorama import Fore

from core import Address, Factory, LineReceiver, Reactor
from core.formats.text import decode

BANNER = ["~" * 50, "This is the chat server.", "~" * 50]


class State(Enum):
    REGISTER = "REGISTER"
    CHAT = "CHAT"


class Chat(LineReceiver):
    factory: "ChatFactory"
    name = ""
    state = State.REGISTER

    def connection_made(self) -> None:
        self.send_lines(*BANNER, now(), "Choose a username:")

    def connection_lost(self, reason: Exception) -> None:
        if self.state is State.CHAT:
            del self.factory.users[self.name]
            self.factory.broadcast(self, f"{self.name} has left the channel.", Fore.RED)

    def line_received(self, line: bytes) -> None:
        if self.state is State.REGISTER:
            self.handle_register(decode(line).strip())
        else:
            self.factory.broadcast(self, f"{now()}<{self.name}> {decode(line)}", Fore.MAGENTA)

    def handle_register(self, name: str) -> None:
        users = self.factory.users
        if not name or name in users:
            self.send_lines(
                f"Sorry, '{name}' is taken. Try something else." if name else "Choose a username:"
            )
            return
        self.name, self.state, users[name] = name, State.CHAT, self
        self.send_lines(f"Welcome to the chat, {name}.")
        self.factory.broadcast(self, f"{name} has joined the channel.", Fore.GREEN)
        alone = f"You're the only one here, '{name}'"
        self.send_lines("Participants in chat: " + ", ".join(users) if len(users) > 1 else alone)

    def send_lines(self, *lines: str) -> None:
        for line in lines:
            self.send_line(line.encode())


class ChatFactory(Factory):
    protocol = Chat

    def __init__(self) -> None:
        self.users: dict[str, Chat] = {}
        self.log: deque[str] = deque(maxlen=20)

    def broadcast(self, sender: Chat, text: str, color: str) -> None:
        self.log.append(text)
        for user in self.users.values():
            if user is not sender:
                user.send_lines(color + text + Fore.RESET)
        print("\033[2J\033[HUsers in chat:", ", ".join(self.users), "=" * 44, *self.log, sep="\n")


def now() -> str:
    return f"({datetime.now():%Y/%m/%d %H:%M:%S})"


def main(reactor: Reactor, port: int) -> Address:
    return reactor.listen_tcp(port, ChatFactory()).host
