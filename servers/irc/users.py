"""A user of the IRC server: its names, modes and capabilities, and the replies to it.

The lesson: commands need a user, not a socket. In the server it is an IRCProtocol; a test may use any other.
"""

from abc import abstractmethod
from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from core.formats.chat_events import Event
from core.formats.irc_formatting import strip_formatting
from core.formats.irc_numerics import Numeric
from core.formats.text import visible
from servers.chat.room import FIRST_ROOM, Member
from servers.irc.lines import Broadcast, form_of, message, render
from servers.irc.replies import REPLIES

SERVER_NAME = "irc.reactor-school"


class IRCState(Enum):
    """How far a session is. CHAT needs NICK, USER and, if the server has one, the password.

    in state    CAP LS, CAP REQ   CAP END            NICK, USER      QUIT, kick, timeout
    REGISTER    NEGOTIATE         REGISTER           CHAT if given   CLOSED
    NEGOTIATE   NEGOTIATE         CHAT or REGISTER   NEGOTIATE       CLOSED
    CHAT        CHAT              CHAT               CHAT            CLOSED
    """

    REGISTER = "REGISTER"  # most commands are refused
    NEGOTIATE = "NEGOTIATE"  # as REGISTER; the client asks for capabilities, and ends that with CAP END
    CHAT = "CHAT"
    CLOSED = "CLOSED"


class User(Member):
    """A session of the IRC server, and a Member of each room of the chat whose channel it is in.

    `name` is the nickname, "" before NICK. `channels` has the keys of the channels that the user is in.
    `asked` has the nickname, or the keys of the channels, for which the user waits: a room may answer later.
    """

    is_confirmed = False

    def begin(self, host: str, now: float) -> None:
        """Set the values of a new connection from `host`. `now` is the time of the reactor's clock."""
        self.state = IRCState.REGISTER
        self.name = self.username = self.realname = self.password = self.away = ""
        self.host = f"0{host}" if host.startswith(":") else host  # a parameter must not begin with a colon
        self.tags: Mapping[str, str] = {}
        self.modes: set[str] = set()
        self.channels: dict[str, None] = {}
        self.asked: list[str] = []
        self.signed_on = 0
        self.active_at = now
        self.set_capabilities(set())

    def set_capabilities(self, capabilities: set[str]) -> None:
        """Use these capabilities from now on. The form of the lines is the style of the member."""
        self.capabilities = capabilities
        self.form = form_of(capabilities)
        self.style = self.form

    @property
    def prefix(self) -> str:
        """The user as the source of a line: `ann!ann@127.0.0.1`."""
        return f"{self.name}!{self.username}@{self.host}"

    def encode(self, event: Event, author: Member | None) -> bytes:
        """The event of the chat in lines of IRC. Nothing for an event of IRC: the channel has sent it."""
        if isinstance(author, User):
            return b""
        return Broadcast(chat_lines(event, self.name))[self.form]

    def send(self, lines: Broadcast) -> None:
        """Send the user its form of `lines`."""
        self.send_data(lines[self.form])

    def answer(self, number: Numeric, *params: str, text: str | None = None) -> None:
        """Send a numeric reply, with its usual text if there is no other."""
        text = REPLIES[number] if text is None else text
        self.send_data(render(SERVER_NAME, number, self.name or "*", *params, text=text))

    def set_name(self, name: str) -> None:
        super().set_name(name)
        self.show()

    @abstractmethod
    def close(self, reason: str) -> None:
        """Send an ERROR with the reason, and close the connection."""

    @abstractmethod
    def show(self) -> None:
        """Show the monitor the state, the name and the channels, because one of them has changed."""


class Identity(NamedTuple):
    """A member as WHO and WHOIS show it: also one of the line chat, which has no user name of its own."""

    nick: str
    username: str
    host: str
    realname: str

    @property
    def prefix(self) -> str:
        """The member as the source of a line."""
        return f"{self.nick}!{self.username}@{self.host}"


def chat_identity(name: str) -> Identity:
    """The member `name` of the line chat, as IRC shows it: `ann!chat@irc.reactor-school`."""
    return Identity(name, "chat", SERVER_NAME, "a member of the chat")


def identity(member: Member) -> Identity:
    """The member as IRC shows it."""
    if isinstance(member, User):
        return Identity(member.name, member.username, member.host, member.realname)
    return chat_identity(member.name)


def chat_text(text: str) -> tuple[str, str]:
    """The text of a message as the line chat says it: `said` or `action`, and the text without colours.

    The text is "" if there is nothing to say, as in a question of one IRC client to another (CTCP).
    """
    kind = "said"
    if text.startswith("\x01"):
        tag, _, text = text.strip("\x01").partition(" ")
        kind, text = "action", text if tag.upper() == "ACTION" else ""
    shown = visible(strip_formatting(text))
    return kind, shown if shown.strip() else ""


def chat_lines(event: Event, reader: str) -> bytes:
    """An event of the line chat as IRC. `reader` is the nick of the user who receives a private message."""
    prefix, text = chat_identity(event.name).prefix, visible(event.text)  # a line end would end the line
    channel = f"#{event.room or FIRST_ROOM}"
    match event.kind:
        case "said":
            return message(prefix, "PRIVMSG", channel, text)
        case "action":
            return message(prefix, "PRIVMSG", channel, f"\x01ACTION {text}\x01")
        case "private":
            return message(prefix, "PRIVMSG", reader, text)
        case "joined":
            return render(prefix, "JOIN", channel)
        case "left":
            return render(prefix, "PART", channel)
        case "renamed":
            return render(prefix, "NICK", event.to)
        case "notice" | "refused":
            return message(SERVER_NAME, "NOTICE", channel if event.kind == "notice" else reader, text)
    return b""
