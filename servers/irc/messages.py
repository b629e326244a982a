"""The commands that send something to others: PRIVMSG, NOTICE, TAGMSG, and AWAY."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from core.formats.irc import escape_tag
from core.formats.irc_numerics import Numeric
from servers.chat.room import Member
from servers.irc.channels import Channel
from servers.irc.lines import TAGGED, TIMED_AND_TAGGED, Broadcast, message, render
from servers.irc.membership import items
from servers.irc.server import MAX_TARGETS, MAX_TEXT, Server
from servers.irc.users import User, chat_text

CLIENT_TAG = re.compile(r"\+[A-Za-z0-9./-]+\Z")
"""The key of a tag that the server passes on (IRCv3's message-tags)."""


class Outgoing(NamedTuple):
    """A message to others: PRIVMSG, NOTICE or TAGMSG, its text, and the tags of the client."""

    command: str
    text: str
    tags: str

    def lines(self, user: User, target: str) -> Broadcast:
        """The message as the receivers get it."""
        if self.command == "TAGMSG":
            return Broadcast(render(user.prefix, "TAGMSG", target), self.tags)
        return Broadcast(message(user.prefix, self.command, target, self.text), self.tags)

    @property
    def is_answered(self) -> bool:
        """Whether errors are reported. A NOTICE is never answered (RFC 2812, 3.3.2), so that no two loop."""
        return self.command == "PRIVMSG"


def client_tags(tags: Mapping[str, str]) -> str:
    """Those of the tags of a line that the server passes on, as they stand in a line."""
    if not tags:
        return ""
    relayed = [(key, escape_tag(value)) for key, value in tags.items() if CLIENT_TAG.match(key)]
    return ";".join([f"{key}={value}" if value else key for key, value in relayed])


def privmsg(server: Server, user: User, params: list[str]) -> None:
    send(server, user, params, "PRIVMSG")


def notice(server: Server, user: User, params: list[str]) -> None:
    send(server, user, params, "NOTICE")


def tagmsg(server: Server, user: User, params: list[str]) -> None:
    """A message that has only tags, such as `+typing`."""
    send(server, user, [*params[:1], ""], "TAGMSG")


def send(server: Server, user: User, params: list[str], command: str) -> None:
    """Send a message to each user and channel of a list."""
    note = Outgoing(command, params[1] if len(params) > 1 else "", client_tags(user.tags))
    if len(params) < 2:
        if note.is_answered:
            if params:
                user.answer(Numeric.ERR_NOTEXTTOSEND)
            else:
                user.answer(Numeric.ERR_NORECIPIENT, text=f"No recipient given ({command})")
        return
    targets = items(params[0])
    for target in targets[:MAX_TARGETS]:
        _send_to(server, user, target, note)
    if note.is_answered:
        for target in targets[MAX_TARGETS:]:
            user.answer(Numeric.ERR_TOOMANYTARGETS, target)


def _send_to(server: Server, user: User, target: str, note: Outgoing) -> None:
    channel = server.channels.find(target)
    member = None if channel else server.find(target.partition("!")[0])
    if channel is not None:
        _send_to_channel(user, channel, note)
    elif isinstance(member, User):
        _send_to_user(user, member, note)
    elif member is not None:
        _send_to_chat(server, user, member, note)
    elif note.is_answered:
        user.answer(Numeric.ERR_NOSUCHNICK, target)


def _send_to_channel(user: User, channel: Channel, note: Outgoing) -> None:
    if not channel.may_speak(user):
        if note.is_answered:
            user.answer(Numeric.ERR_CANNOTSENDTOCHAN, channel.name)
        return
    lines = note.lines(user, channel.name)
    is_echoed = "echo-message" in user.capabilities
    if note.command == "TAGMSG":
        for member in channel.members:
            if member is not user or is_echoed:
                _send_tags(member, lines)
        return
    channel.say(user, note.text, lines, None if is_echoed else user)
    if is_echoed and user not in channel.members:
        user.send(lines)


def _send_tags(user: User, lines: Broadcast) -> None:
    if user.form in (TAGGED, TIMED_AND_TAGGED):
        user.send(lines)


def _send_to_user(user: User, other: User, note: Outgoing) -> None:
    lines = note.lines(user, other.name)
    send_lines = _send_tags if note.command == "TAGMSG" else User.send
    send_lines(other, lines)
    if "echo-message" in user.capabilities and other is not user:
        send_lines(user, lines)
    if other.away and note.is_answered:
        user.answer(Numeric.RPL_AWAY, other.name, text=other.away)


def _send_to_chat(server: Server, user: User, member: Member, note: Outgoing) -> None:
    """Send a private message to a member of the line chat, in its own form."""
    kind, text = chat_text(note.text)
    if not text:
        return
    shown = f"* {user.name} {text}" if kind == "action" else text
    server.room.send_private(user, member, shown)
    if "echo-message" in user.capabilities:
        user.send(note.lines(user, member.name))


def away(server: Server, user: User, params: list[str]) -> None:
    """Mark the user as away, with a text that senders of messages receive; without one, as back."""
    user.away = params[0][:MAX_TEXT] if params else ""
    user.answer(Numeric.RPL_NOWAWAY if user.away else Numeric.RPL_UNAWAY)
