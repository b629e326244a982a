"""Channels: their members and rules, and the channels that are the rooms of the chat.

The lesson: the channel knows its members and its rules, and no command. A room of the chat is a channel with
guests: members of the room that are no users of IRC.
"""

import re
import time
from collections.abc import Iterable, Iterator
from fnmatch import translate
from functools import lru_cache
from typing import NamedTuple

from core.formats.irc import CaseMapping, lower_case
from core.formats.irc_numerics import Numeric
from servers.chat.room import ROOM_NAME, Batch, ChatRoom, Member, Rooms, Rules
from servers.irc.delivery import Delivery
from servers.irc.lines import Broadcast
from servers.irc.replies import REPLIES
from servers.irc.users import User, chat_text, identity

SYMBOLS = {"o": "@", "v": "+"}
"""The modes of a member, the highest first, and the symbols in front of its name."""

MAX_NAME = 50
"""Characters in the name of a channel."""


class Ban(NamedTuple):
    """A ban: the mask, such as `*!*@10.0.0.1`, the nick of its author, and its time in Unix seconds."""

    mask: str
    by: str
    at: int


class Topic(NamedTuple):
    """The topic of a channel, the nick of its author, and its time in Unix seconds."""

    text: str
    by: str
    at: int


class Channel:
    """A channel. `members` has each user's own modes, `modes` the flags of the channel itself."""

    def __init__(self, name: str, delivery: Delivery) -> None:
        self.name = name
        self._delivery = delivery
        self._gathered: list[tuple[Broadcast, User | None]] = []
        self.created = int(time.time())
        self.members: dict[User, str] = {}
        self.topic: Topic | None = None
        self.modes: set[str] = set()
        self.key = ""
        self.limit = 0
        self.bans: list[Ban] = []
        self.invited: set[User] = set()

    # --- members

    def guests(self) -> list[Member]:
        """The members that are no users of IRC."""
        return []

    def everyone(self) -> list[Member]:
        """All members: the guests first."""
        return [*self.guests(), *self.members]

    def has(self, member: Member) -> bool:
        """Whether the member is here."""
        return member in self.members if isinstance(member, User) else member in self.guests()

    def size(self) -> int:
        """The number of members. A channel without any does not exist."""
        return len(self.members)

    def symbols(self, member: Member, all_of_them: bool) -> str:
        """`@` for an operator, `+` for a voice; both only with `multi-prefix`."""
        modes = self.members.get(member, "") if isinstance(member, User) else ""
        symbols = "".join([symbol for mode, symbol in SYMBOLS.items() if mode in modes])
        return symbols if all_of_them else symbols[:1]

    def is_operator(self, user: User) -> bool:
        return "o" in self.members.get(user, "")

    def is_visible_to(self, user: User) -> bool:
        """Whether `user` may know of the channel: a secret one is known to its members only."""
        return "s" not in self.modes or user in self.members

    def seen_by(self, user: User) -> list[Member]:
        """The members that the user may see: from outside no invisible ones, and none of a secret channel."""
        if user in self.members:
            return self.everyone()
        if not self.is_visible_to(user):
            return []
        return [each for each in self.everyone() if not (isinstance(each, User) and "i" in each.modes)]

    # --- rules

    def join_refusal(self, member: Member, key: str) -> Numeric | None:
        """The reply to a member who may not join with this key, or None."""
        is_invited = member in self.invited
        if self.is_banned(member) and not is_invited:
            return Numeric.ERR_BANNEDFROMCHAN
        if "i" in self.modes and not is_invited:
            return Numeric.ERR_INVITEONLYCHAN
        if self.key and key != self.key:
            return Numeric.ERR_BADCHANNELKEY
        if self.limit and self.size() >= self.limit:
            return Numeric.ERR_CHANNELISFULL
        return None

    def is_banned(self, member: Member) -> bool:
        """Whether a ban matches the member."""
        return any(matches(ban.mask, identity(member).prefix) for ban in self.bans)

    def may_speak(self, user: User) -> bool:
        """Whether the user may send a message to the channel."""
        modes = self.members.get(user)
        if modes:
            return True
        return not ((modes is None and "n" in self.modes) or "m" in self.modes or self.is_banned(user))

    def mode_words(self, with_key: bool) -> list[str]:
        """The modes as MODE shows them: `+ntk`, and then the parameters."""
        letters = "".join(mode for mode in "imnst" if mode in self.modes)
        key = ("k" if self.key else "", self.key if with_key else "")
        limit = ("l", str(self.limit)) if self.limit else ("", "")
        return [f"+{letters}{key[0]}{limit[0]}", *filter(None, (key[1], limit[1]))]

    # --- changes

    def admit(self, user: User) -> bool:
        """Whether a user who may enter can do so at once. Otherwise the room calls `on_joined` later."""
        return True

    def add(self, user: User) -> None:
        """Add a user. The first one is the operator."""
        self._delivery.deliver()  # the new member must not receive what was said before
        self.members[user] = ""
        if self.size() == 1:
            self.members[user] = "o"
        self.invited.discard(user)

    def remove(self, user: User) -> None:
        """Remove a user that is here."""
        self._delivery.deliver()
        del self.members[user]

    def broadcast(self, lines: Broadcast, but: User | None = None) -> None:
        """Send the lines to all users here, without `but`, at the end of the turn."""
        self._gathered.append((lines, but))
        if len(self._gathered) == 1:
            self._delivery.schedule(self.deliver)

    def deliver(self) -> None:
        """Send the gathered lines. All members whose lines have the same form receive the same bytes."""
        gathered, self._gathered = self._gathered, []
        for form in {user.form for user in self.members}:
            members = (user for user in self.members if user.form is form)
            Batch([(lines[form], but) for lines, but in gathered]).send_to(members)

    def say(self, user: User, text: str, lines: Broadcast, but: User | None) -> None:
        """A user has sent the message `text`: broadcast its lines."""
        self.broadcast(lines, but)

    def forget(self, user: User) -> None:
        """The user has gone, or has no invitation any more."""
        self.invited.discard(user)


class ChatChannel(Channel, Rules):
    """The channel of a room of the chat: its guests are the members of the line chat.

    Its modes hold for them when they enter, except for the first room, where every session begins.
    """

    def __init__(self, room: ChatRoom, delivery: Delivery) -> None:
        super().__init__(f"#{room.name}", delivery)
        self._room = room
        room.rules = self

    def guests(self) -> list[Member]:
        return [member for member in self._room.members() if not isinstance(member, User)]

    def size(self) -> int:
        return self._room.size()

    def admit(self, user: User) -> bool:
        user.asked.append(lower(self.name))
        self._room.join(user)
        return False

    def remove(self, user: User) -> None:
        super().remove(user)
        self._room.leave(user)

    def refusal(self, member: Member) -> str:
        number = self.join_refusal(member, "") if self._room.label else None
        text = REPLIES[number] if number is not None else None
        return text.partition(": ")[2] if text is not None else ""

    def is_secret(self) -> bool:
        return "s" in self.modes

    def broadcast(self, lines: Broadcast, but: User | None = None) -> None:
        """As in any channel, but after the messages of the line chat that wait for delivery."""
        last = self._room.last_waiting()
        if last is not None and not isinstance(last.author, User):
            self._room.deliver()
        super().broadcast(lines, but)

    def say(self, user: User, text: str, lines: Broadcast, but: User | None) -> None:
        """Say it in the room, which knows messages and actions, and no other requests of clients."""
        kind, shown = chat_text(text)
        if shown:
            self._room.say(user, shown, kind, lambda: self.broadcast(lines, but))
        else:
            self.broadcast(lines, but)


class Channels:
    """The channels that exist, by name in lower case. A channel exists while it has a member.

    A channel is a room of the chat if `#` and the name of a room make its name. Others are of IRC alone.
    """

    def __init__(self, rooms: Rooms, delivery: Delivery) -> None:
        self._rooms = rooms
        self._delivery = delivery
        self._channels: dict[str, Channel] = {}

    def __iter__(self) -> Iterator[Channel]:
        for name in (*self._channels, *(f"#{room.name}" for room in self._rooms)):
            self.find(name)
        return iter(list(self._channels.values()))

    def find(self, name: str) -> Channel | None:
        """The channel of this name, in any case, if it exists."""
        key = lower(name)
        channel = self._channels.get(key)
        if channel is not None and not channel.size():
            del self._channels[key]
            channel = None
        room = self._rooms.find(key[1:]) if channel is None and key.startswith("#") else None
        if room is not None and room.size():
            channel = self._channels[key] = ChatChannel(room, self._delivery)
        return channel

    def find_or_make(self, name: str) -> Channel:
        """The channel of this name, for a user who joins it now. ValueError if there are too many rooms."""
        channel = self.find(name)
        if channel is None:
            channel = self._channels[lower(name)] = self._make(name)
        return channel

    def of_room(self, room: ChatRoom) -> Channel:
        """The channel of a room that exists."""
        return self.find_or_make(f"#{room.name}")

    def _make(self, name: str) -> Channel:
        if name.startswith("#") and ROOM_NAME.fullmatch(name, 1):
            return ChatChannel(self._rooms.find_or_make(name[1:]), self._delivery)
        return Channel(name, self._delivery)

    def of(self, user: User) -> list[Channel]:
        """The channels that the user is in, in the order in which it has joined them."""
        return [self._channels[key] for key in user.channels]

    def join(self, user: User, channel: Channel) -> None:
        """Add the user to the channel."""
        channel.add(user)
        user.channels[lower(channel.name)] = None
        user.show()

    def leave(self, user: User, channel: Channel) -> None:
        """Remove the user from the channel, and an empty channel from the server."""
        key = lower(channel.name)
        channel.remove(user)
        del user.channels[key]
        user.show()
        if not channel.size():
            del self._channels[key]

    def forget(self, user: User) -> None:
        """The user has gone: no invitation may keep the object."""
        for channel in self._channels.values():
            channel.forget(user)

    def peers(self, user: User) -> Iterable[User]:
        """The user and all users that share a channel with it, each once."""
        found = {user: None}
        for channel in self.of(user):
            found.update(dict.fromkeys(channel.members))
        return found


def lower(name: str) -> str:
    """The name in lower case, as this server compares names (CASEMAPPING=ascii)."""
    return name.lower() if name.isascii() else lower_case(name, CaseMapping.ASCII)


def matches(mask: str, text: str) -> bool:
    """Whether `text` matches a mask with the wildcards `*` and `?`."""
    return _pattern(mask).match(text) is not None


@lru_cache(maxsize=1024)
def _pattern(mask: str) -> re.Pattern[str]:
    return re.compile(translate(mask.replace("[", "[[]")), re.IGNORECASE)


def full_mask(mask: str) -> str:
    """A mask with all its three parts: `ann` is `ann!*@*`, `ann@host` is `*!ann@host`."""
    if "!" not in mask and "@" in mask:
        mask = f"*!{mask}"
    nick, _, rest = mask.partition("!")
    username, _, host = rest.partition("@")
    return f"{nick or '*'}!{username or '*'}@{host or '*'}"


def names_for(user: User, channel: Channel) -> list[str]:
    """The members that the user may see as NAMES shows them, after the capabilities of the user."""
    multi_prefix = "multi-prefix" in user.capabilities
    with_hosts = "userhost-in-names" in user.capabilities
    return [
        channel.symbols(member, multi_prefix) + (identity(member).prefix if with_hosts else member.name)
        for member in channel.seen_by(user)
    ]
