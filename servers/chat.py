"""Chat: a line goes to everyone else in the room.

The lesson: a protocol is a state machine. The same line means a name in one state and a message in the
next; the connection has a state, and the room, which all connections share, belongs to the factory.
"""

import logging
import time
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from dataclasses import replace
from enum import Enum

from core.formats.chat import EVENTS_ARE_ON, Event, Style
from core.formats.text import visible
from core.interfaces import ReactorCore, ReactorTime
from core.lines import LineReceiver
from core.protocol import Factory
from core.timers import DelayedCall
from servers.flood import Rate, TokenBucket, parse_rate
from servers.panel import Panel
from servers.room import ChatRoom, Member, normalize
from servers.runner import Service, run

log = logging.getLogger(__name__)

BANNER = "~" * 40 + "\n  You are connected to the chat server.\n" + "~" * 40
PROMPT = "Choose a username:"
REGISTER_WITHIN = 60.0
"""Seconds that a session has to choose a name."""

MOST_WAITING = 256 * 1024
"""Bytes that may wait for a member who does not read them, before the room goes on without."""


class State(Enum):
    """What a line means."""

    REGISTER = "REGISTER"  # a name
    CHAT = "CHAT"  # something to say


class ChatProtocol(LineReceiver, Member):
    """One session: its state, its style, and how fast it may talk."""

    factory: "ChatFactory"

    def connection_made(self) -> None:
        """Greet, and ask for a name."""
        self.name = ""
        self.state = State.REGISTER
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
        if self.state is State.CHAT:
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
        if text.startswith("/") and not text.startswith("//"):
            self.on_command(text)
        elif self.state is State.REGISTER:
            self.on_name(text)
        else:
            self.factory.room.say(self, text.removeprefix("/"))

    def on_command(self, text: str) -> None:
        """What begins with a slash is said to nobody."""
        word, _, rest = text.partition(" ")
        command = COMMANDS.get(word)
        if command is None:
            self.tell("refused", f"There is no command {word}. Type /help for those that there are.")
        elif self.state is State.REGISTER and word not in BEFORE_REGISTERING:
            self.tell("refused", f"{word} is for later. First choose a username.")
        else:
            command(self, rest.strip())

    def on_name(self, text: str) -> None:
        """Register under a name that is right and free; otherwise stay and say why."""
        name = self.free_name(text)
        if name is None:
            return
        room = self.factory.room
        self.deadline.cancel()
        self.name, self.state = name, State.CHAT
        room.join(self)
        self.report(self.state.value, name)
        self.tell("welcome", f"Welcome to the chat, {name}.")
        self.do_names()

    def free_name(self, text: str) -> str | None:
        """The name that `text` stands for, if this session may have it."""
        try:
            name = normalize(text)
        except ValueError as error:
            self.tell("refused", str(error))
            return None
        if self.factory.room.find(name) not in (None, self):
            self.tell("refused", f"Sorry, '{text.strip()}' is taken. Try something else.")
            return None
        return name

    def on_deadline(self) -> None:
        """A name should not take that long."""
        self.tell("notice", f"You chose no username within {REGISTER_WITHIN:.0f} seconds. Good-bye.")
        self.transport.lose_connection()

    def line_length_exceeded(self, line: bytes) -> None:
        """A line that long is no conversation."""
        self.tell("refused", f"That line is over {self.MAX_LENGTH} bytes. Good-bye.")
        self.transport.lose_connection()

    # --- what goes out

    def tell(self, kind: str, text: str) -> None:
        """Tell this session something in the server's name."""
        self.factory.room.tell(self, Event(kind, time.time(), self.name, text))

    def receive(self, data: bytes) -> None:
        """Send what happened; but who does not read is not waited for."""
        if self.transport.waiting > MOST_WAITING:
            log.info("%s does not read, and is dropped", self.transport.peer)
            self.transport.abort_connection()
        else:
            self.transport.write(data)

    # --- commands

    def do_help(self, rest: str = "") -> None:
        """What there is."""
        self.tell("notice", HELP)

    def do_names(self, rest: str = "") -> None:
        """Who is here."""
        names = self.factory.room.names()
        alone = f"You're the only one here, '{self.name}'"
        text = alone if len(names) == 1 else "Participants in chat: " + ", ".join(names)
        self.factory.room.tell(self, Event("names", time.time(), text=text, names=names))

    def do_me(self, rest: str) -> None:
        """Say what you do."""
        self.factory.room.say(self, rest, kind="action")

    def do_msg(self, rest: str) -> None:
        """Tell one member alone. The sender sees it too, since it is known now to whom it went."""
        name, _, text = rest.partition(" ")
        member = self.factory.room.find(name)
        if member is None:
            self.tell("refused", f"There is nobody here called {name or '(no name given)'}.")
            return
        event = Event("private", time.time(), self.name, text.strip(), to=member.name)
        for each in dict.fromkeys((member, self)):
            self.factory.room.tell(each, event)

    def do_nick(self, rest: str) -> None:
        """Go by another name."""
        name = self.free_name(rest)
        if name is not None:
            self.factory.room.rename(self, name)
            self.report(self.state.value, name)

    def do_history(self, rest: str) -> None:
        """What was said lately."""
        lines = tuple(self.factory.room.history)
        self.factory.room.tell(self, Event("history", time.time(), lines=lines))

    def do_color(self, rest: str) -> None:
        """Colours, or not."""
        if rest not in ("on", "off"):
            self.tell("refused", "Say /color on or /color off.")
        elif self.style is not Style.JSON:
            self.style = Style.COLOR if rest == "on" else Style.PLAIN
            self.tell("notice", f"Colours are {rest}.")

    def do_events(self, rest: str) -> None:
        """From now on JSON, and the question once more for whoever could not understand it."""
        self.factory.room.deliver()
        self.style = Style.JSON
        self.send_line(EVENTS_ARE_ON.encode())
        if self.state is State.REGISTER:
            self.tell("prompt", PROMPT)

    def do_quit(self, rest: str) -> None:
        """Leave."""
        self.tell("notice", "Good-bye.")
        self.transport.lose_connection()


COMMANDS: dict[str, Callable[[ChatProtocol, str], None]] = {
    "/help": ChatProtocol.do_help,
    "/names": ChatProtocol.do_names,
    "/me": ChatProtocol.do_me,
    "/msg": ChatProtocol.do_msg,
    "/nick": ChatProtocol.do_nick,
    "/history": ChatProtocol.do_history,
    "/color": ChatProtocol.do_color,
    "/events": ChatProtocol.do_events,
    "/quit": ChatProtocol.do_quit,
}
BEFORE_REGISTERING = {"/help", "/events", "/quit"}
HELP = (
    "/names  /me TEXT  /msg NAME TEXT  /nick NAME  /history  /color on|off  /events  /quit;"
    "  //x says /x, and anything else is said to everyone here"
)


class ChatFactory(Factory):
    """Has the room, and the rules that are the same for all. `rate` None lets everyone talk at any speed."""

    protocol = ChatProtocol

    def __init__(
        self, clock: ReactorTime, room: ChatRoom, rate: Rate | None = None, style: Style = Style.PLAIN
    ):
        self.clock = clock
        self.room = room
        self.rate = rate
        self.style = style


def flood(text: str) -> Rate | None:
    """For argparse: a rate, or `off`."""
    try:
        return parse_rate(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


def add_arguments(parser: ArgumentParser) -> None:
    """The flags of this server."""
    parser.add_argument(
        "--flood",
        type=flood,
        default="10,5",
        metavar="BURST,RATE",
        help="lines at once, then a second; or off",
    )
    parser.add_argument(
        "--color", action="store_true", help="ANSI colours for every session, not only after /color on"
    )


def make(options: Namespace, reactor: ReactorCore) -> ChatFactory:
    """The factory that `options` ask for."""
    style = Style.COLOR if options.color else Style.PLAIN
    return ChatFactory(reactor, ChatRoom(reactor.call_at_turn_end), options.flood, style)


def make_with_panel(options: Namespace, reactor: ReactorCore) -> ChatFactory:
    """As `make`, and who is there is shown on this terminal."""
    factory = make(options, reactor)
    factory.room.on_event = Panel(factory.room, reactor).on_event
    return factory


SERVICE = Service("chat", 8000, add_arguments=add_arguments, stream=make)

if __name__ == "__main__":
    run(replace(SERVICE, stream=make_with_panel))
