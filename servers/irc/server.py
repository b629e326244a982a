"""The state that the sessions of an IRC server share: users, channels, the room of the chat, settings."""

import re
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from core.formats.chat_events import LONGEST_NAME
from core.formats.irc_numerics import Numeric
from core.formats.text import fold
from core.interfaces import ReactorTime
from servers.chat.room import ChatRoom, Member
from servers.chat.token_bucket import Rate
from servers.irc.channels import MAX_NAME, SYMBOLS, Channels, lower
from servers.irc.delivery import Delivery
from servers.irc.lines import Broadcast, render
from servers.irc.users import SERVER_NAME, Identity, IRCState, User, identity

VERSION = "reactor-school-0.1"
NICK = re.compile(r"[A-Za-z\[\]\\`_^{|}][A-Za-z0-9\[\]\\`_^{|}-]*\Z")
"""RFC 2812, 2.3.1: letters, digits and some signs of ASCII, and no digit or `-` at the start."""

CHANNEL = re.compile(r"[#&][^\x00-\x20,\x7f]*\Z")
MAX_CHANNELS = 50
MAX_TEXT = 400
MAX_BANS = 50
MAX_MODES = 5
MAX_TARGETS = 10
REMEMBERED = 100
"""The limits: channels of a user, characters in a topic and the like, bans of a channel, modes with a
parameter in one MODE, receivers of one message, users that WHOWAS remembers."""

DEFAULT_RATE = Rate(40, 5)
"""A client sends some twenty lines when it connects and joins its channels."""


class Gone(NamedTuple):
    """A user who has gone or changed the name, for WHOWAS; `at` is in Unix seconds."""

    who: Identity
    at: int


@dataclass(frozen=True)
class Settings:
    """`rate` None: no flood control. `channels` empty: users may make any. `motd` has its lines."""

    rate: Rate | None = DEFAULT_RATE
    password: str = ""
    motd: Sequence[str] = ()
    channels: frozenset[str] = frozenset()


class Server:
    """The shared state. `sessions` has all connections, `registered` those that may speak.

    `users` has all that have a nickname, by the folded nickname. All are in order of arrival.
    """

    def __init__(self, clock: ReactorTime, delivery: Delivery, room: ChatRoom, settings: Settings) -> None:
        self.clock = clock
        self.room = room
        self.settings = settings
        self.delivery = delivery
        self.channels = Channels(room.rooms, delivery)
        self.sessions: dict[User, None] = {}
        self.registered: dict[User, None] = {}
        self.users: dict[str, User] = {}
        self.gone: deque[Gone] = deque(maxlen=REMEMBERED)
        self.started = time.time()
        self.most_users = 0

    def find(self, nick: str) -> Member | None:
        """The user of IRC, or the member of the line chat, with this name in any case."""
        return self.room.find(nick)

    def is_us(self, name: str) -> bool:
        """Whether the optional parameter "server" of a command means this server."""
        return not name or lower(name) == SERVER_NAME or self.find(name) is not None

    # --- names

    def name_refusal(self, nick: str, user: User) -> tuple[Numeric, str | None] | None:
        """The reply to a user who may not have this nickname, and its text if it is a special one."""
        if len(nick) > LONGEST_NAME:
            return Numeric.ERR_ERRONEUSNICKNAME, f"A nickname has at most {LONGEST_NAME} characters"
        if not NICK.match(nick):
            return (
                Numeric.ERR_ERRONEUSNICKNAME,
                "A nickname has only A-Z, 0-9 and -_[]{}\\|^` in it, no digit first",
            )
        if self.users.get(fold(nick), user) is not user or self.room.find(nick) not in (None, user):
            return Numeric.ERR_NICKNAMEINUSE, None
        return None

    def rename(self, user: User, nick: str) -> None:
        """Give the user the nickname, which is free. A registered user has it when the room has set it."""
        if user.state is not IRCState.CHAT:
            self.free_name(user)
            user.set_name(nick)
            self.users[fold(nick)] = user
        elif nick != user.name:
            user.asked.append(nick)
            self.room.rename(user, nick)

    def on_rename(self, user: User, nick: str) -> None:
        """The room renames the user: notify all that share a channel with it."""
        line = Broadcast(render(user.prefix, "NICK", nick))
        self._deliver()
        for peer in self.channels.peers(user):
            peer.send(line)
        self._remember(user)
        del self.users[fold(user.name)]
        self.users[fold(nick)] = user

    def free_name(self, user: User) -> None:
        """Take the nickname away from a user that has not registered yet."""
        if self.users.get(fold(user.name)) is user:
            del self.users[fold(user.name)]
        user.name = ""

    # --- coming and going

    def register(self, user: User) -> None:
        """The user has given a name that is free: ask for it."""
        user.asked.append(user.name)
        self.room.register(user)

    def on_registered(self, user: User) -> None:
        """The user has its name, and may join channels and receive messages now."""
        user.state = IRCState.CHAT
        user.signed_on = int(time.time())
        self.registered[user] = None
        self.most_users = max(self.most_users, len(self.registered))
        user.show()

    def remove(self, user: User, reason: str) -> None:
        """The user goes: notify all that share a channel with it, and free the name. Idempotent."""
        if user.state is IRCState.CHAT:
            line = Broadcast(render(user.prefix, "QUIT", text=reason))
            self._deliver()
            for peer in self.channels.peers(user):
                if peer is not user:
                    peer.send(line)
            for channel in self.channels.of(user):
                self.channels.leave(user, channel)
            self.channels.forget(user)
            self.room.unregister(user)
            del self.registered[user]
            self._remember(user)
        elif user.asked:
            self.room.unregister(user)
        if self.users.get(fold(user.name)) is user:
            del self.users[fold(user.name)]
        self.sessions.pop(user, None)
        user.state = IRCState.CLOSED

    def _deliver(self) -> None:
        for room in self.room.rooms:
            room.deliver()

    def _remember(self, user: User) -> None:
        self.gone.appendleft(Gone(identity(user), int(time.time())))


ISUPPORT = (
    ("CASEMAPPING=ascii", "CHANTYPES=#&", f"CHANLIMIT=#&:{MAX_CHANNELS}", f"CHANNELLEN={MAX_NAME}"),
    (f"PREFIX=({''.join(SYMBOLS)}){''.join(SYMBOLS.values())}", "CHANMODES=b,k,l,imnst"),
    (f"NICKLEN={LONGEST_NAME}", f"TOPICLEN={MAX_TEXT}", f"KICKLEN={MAX_TEXT}", f"AWAYLEN={MAX_TEXT}"),
    (f"MODES={MAX_MODES}", f"MAXLIST=b:{MAX_BANS}", f"TARGMAX=PRIVMSG:{MAX_TARGETS},NOTICE:{MAX_TARGETS}"),
    ("NETWORK=ReactorSchool", "UTF8ONLY"),
)
"""The features of the server, in the words of ISUPPORT that the clients of today read."""
