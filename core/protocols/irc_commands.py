"""The commands of an IRC client, as lines of at most 512 bytes and, if asked for, at a limited rate.

A server passes a text on behind the sender's prefix. So a text that the client could just send may be too
long for the others, and `msg` leaves room for the prefix.
"""

import random
import string
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator

from core.formats.irc import (
    CHANNEL_PREFIXES,
    MAX_COMMAND_LENGTH,
    X_DELIM,
    ctcp_quote,
    ctcp_stringify,
    cut,
    low_quote,
    lower_case,
    split,
)
from core.formats.irc_features import ServerSupportedFeatures
from core.formats.irc_text import CtcpMessage
from core.interfaces import ReactorTime
from core.protocols.lines import LineReceiver
from core.timers import DelayedCall

LONGEST_USER = 20
"""Bytes of a user name in a prefix, with the `~` that a server may put before it."""

LONGEST_NICK = 100
"""Bytes of a nickname for which room is left, even if a server allows longer ones."""

LONGEST_HOST = 63
"""Bytes of a host name in a prefix (RFC 2812, 2.3.1)."""

MAX_PINGS = 12
"""Pings to other users that wait for an answer. Older ones are forgotten."""


class IRCCommands(LineReceiver):
    """The sending side of an IRC client. A channel's name without one of `&#!+` in front gets a `#`."""

    delimiter = b"\r\n"

    nickname = "irc"
    """The name of this client: the one to register with, then the one that the server has accepted."""

    username: str | None = None
    realname: str | None = None
    """For the USER command. None: the nickname."""

    password: str | None = None
    """For the PASS command, which is sent before all others if this is not None."""

    line_rate: float | None = None
    """The least number of seconds between two lines. None: no limit. It needs a `clock`."""

    clock: ReactorTime | None = None
    """The reactor, or a Clock in a test. `line_rate` and the heartbeat need it."""

    supported = ServerSupportedFeatures()
    """The features that the server has announced. Each connection has its own."""

    _attempted_nick = ""
    _lines: deque[str] | None = None  # the lines that wait, from the first one with a line_rate
    _next_line: DelayedCall | None = None
    _pings: dict[tuple[str, str], float] | None = None

    def seconds(self) -> float:
        """The time of `clock`, or of the system if there is none."""
        return time.monotonic() if self.clock is None else self.clock.seconds()

    def send_line(self, line: str | bytes) -> None:
        """Send a line, now or as soon as `line_rate` allows it. One that is too long is cut at 512 bytes.

        The answer to a PING goes before the lines that wait. NUL, CR and LF are quoted (`low_quote`).
        """
        text = line.decode(errors="surrogateescape") if isinstance(line, bytes) else line
        if self.line_rate is None:
            self._transmit(text)
            return
        self._lines = self._lines if self._lines is not None else deque()
        if text.startswith("PONG "):
            self._lines.appendleft(text)
        else:
            self._lines.append(text)
        if self._next_line is None:
            self._send_next_line()

    def _transmit(self, text: str) -> None:
        line = cut(low_quote(text), MAX_COMMAND_LENGTH - len(self.delimiter))
        super().send_line(line.encode(errors="surrogateescape"))

    def _send_next_line(self) -> None:
        self._next_line = None
        if not self._lines or self.line_rate is None:
            return
        if self.clock is None:
            raise RuntimeError("line_rate needs a clock: set `clock`, to the reactor or to a Clock")
        self._next_line = self.clock.call_later(self.line_rate, self._send_next_line)
        self._transmit(self._lines.popleft())

    def stop_sending(self) -> None:
        """Forget the lines that wait."""
        self._lines = None
        if self._next_line is not None:
            self._next_line.cancel()
            self._next_line = None

    def register(self, nickname: str, hostname: str = "foo", servername: str = "bar") -> None:
        """Sign on. Servers ignore `hostname` and `servername` today."""
        if self.password is not None:
            self.send_line(f"PASS {self.password}")
        self.set_nick(nickname)
        self.username = nickname if self.username is None else self.username
        self.realname = nickname if self.realname is None else self.realname
        self.send_line(f"USER {self.username} {hostname} {servername} :{self.realname}")

    def set_nick(self, nickname: str) -> None:
        """Ask for another nickname. It is ours when the server says so, by `nick_changed`."""
        self._attempted_nick = nickname
        self.send_line(f"NICK {nickname}")

    def join(self, channel: str, key: str | None = None) -> None:
        """Join a channel, with its key if it has one."""
        self._send("JOIN", channel_name(channel), key or "")

    def leave(self, channel: str, reason: str | None = None) -> None:
        """Leave a channel, with an optional reason for its other users."""
        self._send("PART", channel_name(channel), text=reason or None)

    part = leave

    def kick(self, channel: str, user: str, reason: str | None = None) -> None:
        """Remove a user from a channel."""
        self._send("KICK", channel_name(channel), user, text=reason or None)

    def invite(self, user: str, channel: str) -> None:
        """Invite a user to a channel."""
        self._send("INVITE", user, channel_name(channel))

    def topic(self, channel: str, topic: str | None = None) -> None:
        """Set the topic of a channel, or ask for it if `topic` is None."""
        self._send("TOPIC", channel_name(channel), text=topic)

    def mode(
        self,
        channel: str,
        set: bool,
        modes: str,
        limit: int | None = None,
        user: str | None = None,
        mask: str | None = None,
    ) -> None:
        """Add (`set`) or remove modes of a channel, or of this user if `channel` is our own nickname.

        The first of `limit`, `user` and `mask` that is not None is the parameter.
        """
        target = channel if self.is_me(channel) else channel_name(channel)
        param = next((str(value) for value in (limit, user, mask) if value is not None), "")
        self._send("MODE", target, ("+" if set else "-") + modes, param)

    def say(self, channel: str, message: str, length: int | None = None) -> None:
        """As `msg`, to a channel."""
        self.msg(channel_name(channel), message, length)

    def msg(self, user: str, message: str, length: int | None = None) -> None:
        """Send a message to a user or a channel: a command for each line, and more for a long line.

        `length`: the longest command in bytes, with its CRLF. By default it is as long as it can be so that
        the server need not cut it. Raises ValueError if nothing fits.
        """
        self._send_text("PRIVMSG", user, message, length)

    def notice(self, user: str, message: str, length: int | None = None) -> None:
        """As `msg`, but as a notice, which no program may answer."""
        self._send_text("NOTICE", user, message, length)

    def describe(self, channel: str, action: str) -> None:
        """Tell a channel or a user of an action: `/me` in many clients."""
        room = self._room(f"PRIVMSG {channel} :", None) - len(f"{X_DELIM}ACTION {X_DELIM}")
        for piece in _pieces(action, room, lambda text: low_quote(ctcp_quote(text))):
            self.ctcp_make_query(channel, [("ACTION", piece)])

    def away(self, message: str = "") -> None:
        """Say that you are away; without a message, that you are back."""
        self._send("AWAY", text=message)

    def back(self) -> None:
        """Say that you are back."""
        self.away()

    def whois(self, nickname: str, server: str | None = None) -> None:
        """Ask for information about a user; `server` is the one to ask."""
        self._send("WHOIS", server or "", nickname)

    def quit(self, message: str = "") -> None:
        """End the session. The server closes the connection."""
        self._send("QUIT", text=message)

    def ping(self, user: str, text: str | None = None) -> None:
        """Measure the time to another user and back. `pong` is called with it."""
        key = text or "".join(random.choices(string.ascii_letters + string.digits, k=12))
        self._pings = self._pings if self._pings is not None else {}
        self._pings[user, key] = self.seconds()
        self.ctcp_make_query(user, [("PING", key)])
        for oldest in sorted(self._pings, key=self._pings.__getitem__)[:-MAX_PINGS]:
            del self._pings[oldest]

    def ctcp_make_query(self, user: str, messages: Iterable[CtcpMessage]) -> None:
        """Send CTCP queries to a user or a channel. The data of a tag may be None."""
        self._send_ctcp("PRIVMSG", user, messages)

    def ctcp_make_reply(self, user: str, messages: Iterable[CtcpMessage]) -> None:
        """Answer CTCP queries of `user`, a nickname. The data of a tag may be None."""
        self._send_ctcp("NOTICE", user, messages)

    def is_me(self, nickname: str) -> bool:
        """Whether this is our nickname, in the server's case mapping."""
        mapping = self.supported.case_mapping
        return lower_case(nickname, mapping) == lower_case(self.nickname, mapping)

    def _send(self, command: str, *params: str, text: str | None = None) -> None:
        """Send a command. Empty parameters are left out. `text`, which may have blanks, comes last."""
        last = () if text is None else (f":{text}",)
        self.send_line(" ".join([command, *filter(None, params), *last]))

    def _send_text(self, command: str, user: str, message: str, length: int | None) -> None:
        head = f"{command} {user} :"
        for piece in _pieces(message, self._room(head, length), low_quote):
            self.send_line(head + piece)

    def _send_ctcp(self, command: str, user: str, messages: Iterable[CtcpMessage]) -> None:
        """Send CTCP messages in one command. A text that is too long is cut off, but the delimiter stays."""
        head, text = f"{command} {user} :", ctcp_stringify(messages)
        room = self._room(head, MAX_COMMAND_LENGTH)
        if len(low_quote(text).encode(errors="replace")) > room:
            text = cut(text, room // 2) + X_DELIM
        self.send_line(head + text)

    def _room(self, head: str, length: int | None) -> int:
        """The bytes for the text behind `head`. Raises ValueError if there is none."""
        if length is None:
            longest = min(self.supported.number("NICKLEN"), LONGEST_NICK)
            nick = max(longest, len(self.nickname.encode(errors="replace")))
            prefix = len(":!@ ") + nick + LONGEST_USER + LONGEST_HOST
            length = MAX_COMMAND_LENGTH - prefix
        room = length - len(head.encode(errors="replace")) - len(self.delimiter)
        if room < 1:
            raise ValueError(f"no text fits into {length} bytes behind {head!r}")
        return room


def _pieces(text: str, room: int, quote: Callable[[str], str]) -> Iterator[str]:
    """`text` in pieces of at most `room` bytes when they are quoted. Quoting at most doubles a text."""
    for piece in split(text, room):
        fits = len(quote(piece).encode(errors="replace")) <= room
        yield from [piece] if fits else split(piece, max(1, room // 2))


def channel_name(channel: str) -> str:
    """`channel` with a `#` in front, if it has no character there that a channel's name begins with."""
    return channel if channel.startswith(tuple(CHANNEL_PREFIXES)) else f"#{channel}"
