"""IRCClient: a client of an IRC server. A bot is a subclass that overrides what it needs.

    class Greeter(IRCClient):
        nickname = "greeter"

        def signed_on(self) -> None:
            self.join("#class")

        def user_joined(self, user: str, channel: str) -> None:
            self.say(channel, f"Welcome, {user}!")

Each line goes to a method `irc_COMMAND(prefix, params)`; the numbers of answers have their names of RFC 2812,
as in `irc_RPL_WELCOME`. These methods call the ones to override, such as `user_joined`.
"""

import logging
from collections.abc import Sequence
from enum import Enum

from core.formats.irc import (
    IRCBadMessage,
    IRCBadModes,
    Mode,
    ctcp_extract,
    low_dequote,
    nick_of,
    parse_modes,
    parsemsg,
)
from core.formats.irc_features import ServerSupportedFeatures
from core.formats.irc_numerics import numeric_to_symbolic
from core.formats.text import visible
from core.mistakes.checks import check_calls
from core.mistakes.hints import log_failure
from core.mistakes.table import Mistake
from core.protocols.irc_ctcp import CtcpClient
from core.task import LoopingCall

log = logging.getLogger(__name__)

HEARTBEATS = 2
"""After so many PINGs in a row without a line of the server, the connection counts as dead."""

NICKNAMES = 20
"""After so many nicknames in a row that the server refuses, the client gives up."""

NEEDED = {
    **dict.fromkeys(("JOIN", "PART", "NICK", "PING"), 1),
    **dict.fromkeys(("KICK", "TOPIC", "MODE", "PRIVMSG", "NOTICE", "RPL_NOTOPIC"), 2),
    **dict.fromkeys(("RPL_YOURHOST", "RPL_CREATED", "RPL_MYINFO", "RPL_BOUNCE", "RPL_LUSERCLIENT"), 2),
    **dict.fromkeys(("RPL_LUSEROP", "RPL_LUSERCHANNELS", "RPL_LUSERME", "RPL_MOTD", "RPL_MOTDSTART"), 2),
    "RPL_TOPIC": 3,
}
"""How many parameters a line needs at least for its method. One that has fewer is a bad message."""


class LoginState(Enum):
    """Whether the server has accepted us.

    in state      RPL_WELCOME
    REGISTERING   REGISTERED
    REGISTERED    REGISTERED
    """

    REGISTERING = "registering"
    REGISTERED = "registered"


class IRCClient(CtcpClient):
    """A connection to an IRC server. Its attributes may be set in a subclass, or before it connects."""

    hostname: str | None = None
    """The name of the server, from its welcome."""

    motd: list[str] | None = None
    """The lines of the message of the day while it arrives."""

    perform_login = True
    """Whether `connection_made` registers with `nickname`."""

    erroneous_nick_fallback = "defaultnick"
    """The nickname to register with if the server finds ours malformed."""

    heartbeat_interval: float | None = 120.0
    """The seconds between two PINGs to the server after its welcome. None: no PINGs. It needs a `clock`."""

    _login = LoginState.REGISTERING
    _heartbeat: LoopingCall | None = None
    _unanswered = 0  # PINGs since the last line of the server
    _refused = 0  # nicknames since the last one that was accepted

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if cls.perform_login:
            check_calls(cls, "connection_made", {"connection_made", "register"}, Mistake.NOT_REGISTERED, log)

    def connection_made(self) -> None:
        self.supported = ServerSupportedFeatures()
        if self.perform_login:
            self.register(self.nickname)

    def connection_lost(self, reason: Exception) -> None:
        self.stop_heartbeat()
        self.stop_sending()

    def line_received(self, line: bytes | str) -> None:
        """Parse a line and call its method; for a malformed one call `bad_message`."""
        self._unanswered = 0
        text = low_dequote(line.decode(errors="replace") if isinstance(line, bytes) else line)
        if not text:
            return
        try:
            prefix, command, params = parsemsg(text)
            if not command.isalnum():
                raise IRCBadMessage(f"a command has only letters, or is a number: {text!r}")
            command = numeric_to_symbolic.get(command, command.upper())
            if len(params) < NEEDED.get(command, 0):
                raise IRCBadMessage(f"the line has too few parameters: {text!r}")
        except IRCBadMessage as error:
            self.bad_message(text, error)
        else:
            self.handle_command(command, prefix, params)

    def bad_message(self, line: str, error: IRCBadMessage) -> None:
        """Called with a line that cannot be understood."""
        log.warning("the server sent a bad message: %s", visible(str(error)))

    def handle_command(self, command: str, prefix: str, params: list[str]) -> None:
        """Call `irc_COMMAND`, or `irc_unknown` if there is none. An error in it is logged, and no more."""
        method = getattr(self, f"irc_{command}", None)
        try:
            if method is None:
                self.irc_unknown(prefix, command, params)
            else:
                method(prefix, params)
        except Exception as error:
            log_failure(log, error, "a handler of %s failed", visible(command))

    def irc_unknown(self, prefix: str, command: str, params: list[str]) -> None:
        """Called with a command, or the name of a number, that has no method."""

    # --- signing on

    def irc_RPL_WELCOME(self, prefix: str, params: list[str]) -> None:
        self.hostname = prefix
        self._login = LoginState.REGISTERED
        given = "".join(params[:1]) or self.nickname
        wanted = self._attempted_nick or given
        self.nickname = given if wanted.startswith(given) else wanted  # a server may shorten it
        self._attempted_nick, self._refused = self.nickname, 0
        self.signed_on()
        self.start_heartbeat()

    def irc_ERR_NICKNAMEINUSE(self, prefix: str, params: list[str]) -> None:
        self._try_nick(self.alter_collided_nick(self._attempted_nick))

    def alter_collided_nick(self, nickname: str) -> str:
        """The nickname to try instead of one that is in use."""
        return f"{nickname}_"

    def irc_ERR_ERRONEUSNICKNAME(self, prefix: str, params: list[str]) -> None:
        """Register with the fallback. (The name has RFC 2812's spelling.)"""
        if self._login is LoginState.REGISTERING:
            self._try_nick(self.erroneous_nick_fallback)

    def _try_nick(self, nickname: str) -> None:
        """Ask for `nickname`. Disconnect if it was just refused, or NICKNAMES of them in a row."""
        self._refused += 1
        if nickname == self._attempted_nick or self._refused > NICKNAMES:
            log.error("the server refuses the nickname %s: closing the connection", self._attempted_nick)
            self.transport.lose_connection()
        else:
            self.set_nick(nickname)

    def irc_ERR_PASSWDMISMATCH(self, prefix: str, params: list[str]) -> None:
        log.error("the server refuses the password")

    # --- staying connected

    def irc_PING(self, prefix: str, params: list[str]) -> None:
        token = params[-1]
        self.send_line(f"PONG :{token}" if " " in token or token.startswith(":") else f"PONG {token}")

    def start_heartbeat(self) -> None:
        """Send a PING every `heartbeat_interval` seconds, so that a dead connection is noticed."""
        self.stop_heartbeat()
        if self.clock is not None and self.heartbeat_interval is not None:
            self._heartbeat = LoopingCall(self._send_heartbeat)
            self._heartbeat.clock = self.clock
            self._heartbeat.start(self.heartbeat_interval, now=False)

    def stop_heartbeat(self) -> None:
        """Send no more of these PINGs."""
        if self._heartbeat is not None:
            self._heartbeat.stop()
            self._heartbeat = None

    def _send_heartbeat(self) -> None:
        if self._unanswered >= HEARTBEATS:
            log.warning("the server does not answer: closing the connection")
            self.transport.abort_connection()
        else:
            self._unanswered += 1
            self.send_line(f"PING {self.hostname}")

    # --- other users

    def irc_NICK(self, prefix: str, params: list[str]) -> None:
        old, new = nick_of(prefix), params[0]
        if self.is_me(old):
            self.nickname = self._attempted_nick = new
            self.nick_changed(new)
        else:
            self.user_renamed(old, new)

    def irc_JOIN(self, prefix: str, params: list[str]) -> None:
        if self.is_me(nick_of(prefix)):
            self.joined(params[0])
        else:
            self.user_joined(nick_of(prefix), params[0])

    def irc_PART(self, prefix: str, params: list[str]) -> None:
        if self.is_me(nick_of(prefix)):
            self.left(params[0])
        else:
            self.user_left(nick_of(prefix), params[0])

    def irc_QUIT(self, prefix: str, params: list[str]) -> None:
        self.user_quit(nick_of(prefix), params[0] if params else "")

    def irc_KICK(self, prefix: str, params: list[str]) -> None:
        channel, kicked, *reason = params
        kicker, message = nick_of(prefix), "".join(reason[-1:])
        if self.is_me(kicked):
            self.kicked_from(channel, kicker, message)
        else:
            self.user_kicked(kicked, channel, kicker, message)

    # --- messages

    def irc_PRIVMSG(self, prefix: str, params: list[str]) -> None:
        queries, texts = ctcp_extract(params[-1])
        if queries:
            self.ctcp_query(prefix, params[0], queries)
        if texts:
            self.privmsg(prefix, params[0], " ".join(texts))

    def irc_NOTICE(self, prefix: str, params: list[str]) -> None:
        replies, texts = ctcp_extract(params[-1])
        if replies:
            self.ctcp_reply(prefix, params[0], replies)
        if texts:
            self.noticed(prefix, params[0], " ".join(texts))

    def irc_TOPIC(self, prefix: str, params: list[str]) -> None:
        self.topic_updated(nick_of(prefix), params[0], params[1])

    def irc_RPL_TOPIC(self, prefix: str, params: list[str]) -> None:
        self.topic_updated(nick_of(prefix), params[1], params[2])

    def irc_RPL_NOTOPIC(self, prefix: str, params: list[str]) -> None:
        self.topic_updated(nick_of(prefix), params[1], "")

    def irc_MODE(self, prefix: str, params: list[str]) -> None:
        channel, modes, *args = params
        signed = modes if modes.startswith(("+", "-")) else f"+{modes}"
        taking = self.get_user_mode_params() if self.is_me(channel) else self.get_channel_mode_params()
        try:
            added, removed = parse_modes(signed, args, taking)
        except IRCBadModes as error:
            log.error("cannot parse MODE %s: %s", visible(" ".join(params)), visible(str(error)))
            return
        self._call_mode_changed(prefix, channel, True, added)
        self._call_mode_changed(prefix, channel, False, removed)

    def _call_mode_changed(self, user: str, channel: str, set: bool, modes: list[Mode]) -> None:
        if modes:
            letters, args = zip(*modes, strict=True)
            self.mode_changed(user, channel, set, "".join(letters), args)

    def get_user_mode_params(self) -> Sequence[str]:
        """The letters of user modes that take a parameter: when they are added, and when they are removed."""
        return ["", ""]

    def get_channel_mode_params(self) -> Sequence[str]:
        """As `get_user_mode_params`, for channel modes. The server says it in ISUPPORT."""
        return [*self.supported.channel_mode_params]

    # --- the server

    def irc_RPL_YOURHOST(self, prefix: str, params: list[str]) -> None:
        self.your_host(params[1])

    def irc_RPL_CREATED(self, prefix: str, params: list[str]) -> None:
        self.created(params[1])

    def irc_RPL_MYINFO(self, prefix: str, params: list[str]) -> None:
        name, version, user_modes, channel_modes, *_ = [*" ".join(params[1:]).split(" "), "", "", ""]
        self.my_info(name, version, user_modes, channel_modes)

    def irc_RPL_ISUPPORT(self, prefix: str, params: list[str]) -> None:
        options = params[1:-1]
        self.supported.parse(options)
        self.isupport(options)

    def irc_RPL_BOUNCE(self, prefix: str, params: list[str]) -> None:
        self.bounce(params[1])

    def irc_RPL_LUSERCLIENT(self, prefix: str, params: list[str]) -> None:
        self.luser_client(params[1])

    def irc_RPL_LUSEROP(self, prefix: str, params: list[str]) -> None:
        if params[1].isdecimal():
            self.luser_op(int(params[1]))

    def irc_RPL_LUSERCHANNELS(self, prefix: str, params: list[str]) -> None:
        if params[1].isdecimal():
            self.luser_channels(int(params[1]))

    def irc_RPL_LUSERME(self, prefix: str, params: list[str]) -> None:
        self.luser_me(params[1])

    def irc_RPL_MOTDSTART(self, prefix: str, params: list[str]) -> None:
        self.motd = []
        self.irc_RPL_MOTD(prefix, params)

    def irc_RPL_MOTD(self, prefix: str, params: list[str]) -> None:
        if self.motd is None:
            self.motd = []
        self.motd.append(params[-1].removeprefix("- "))

    def irc_RPL_ENDOFMOTD(self, prefix: str, params: list[str]) -> None:
        motd, self.motd = self.motd or [], None
        self.received_motd(motd)
