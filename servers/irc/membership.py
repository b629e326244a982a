"""The commands about channels: JOIN, PART, KICK, INVITE, TOPIC, NAMES, LIST."""

import time

from core.formats.irc_numerics import Numeric
from servers.chat.room import Member
from servers.irc.channels import MAX_NAME, Channel, Topic, lower, matches, names_for
from servers.irc.lines import LONGEST, Broadcast, pieces, render
from servers.irc.server import CHANNEL, MAX_CHANNELS, MAX_TEXT, Server
from servers.irc.users import SERVER_NAME, User


def items(param: str) -> list[str]:
    """The items of a list such as `#a,#b`, each once."""
    if "," not in param:
        return [param] if param else []
    return [item for item in dict.fromkeys(param.split(",")) if item]


def channel_of(server: Server, user: User, name: str, must_be_in: bool = True) -> Channel | None:
    """The channel, or None after a reply that says why not."""
    channel = server.channels.find(name)
    if channel is None:
        user.answer(Numeric.ERR_NOSUCHCHANNEL, name)
    elif must_be_in and user not in channel.members:
        user.answer(Numeric.ERR_NOTONCHANNEL, channel.name)
    else:
        return channel
    return None


# --- JOIN and PART


def join(server: Server, user: User, params: list[str]) -> None:
    """Join each channel of a list, with the keys of a second list. `JOIN 0` leaves all channels."""
    if params[0] == "0":
        for channel in server.channels.of(user):
            _leave(server, user, channel, None)
        return
    keys = params[1].split(",") if len(params) > 1 else []
    names = items(params[0])
    if not names:
        user.answer(Numeric.ERR_NEEDMOREPARAMS, "JOIN")
    for number, name in enumerate(names):
        _join(server, user, name, keys[number] if number < len(keys) else "")


def _join(server: Server, user: User, name: str, key: str) -> None:
    if not CHANNEL.match(name) or len(name) > MAX_NAME:
        user.answer(Numeric.ERR_NOSUCHCHANNEL, name)
        return
    allowed = server.settings.channels
    if allowed and lower(name) not in allowed:
        user.answer(Numeric.ERR_NOSUCHCHANNEL, name, text=f"There are only {', '.join(sorted(allowed))} here")
        return
    channel = server.channels.find(name)
    if channel is not None and user in channel.members:
        return
    if len(user.channels) >= MAX_CHANNELS:
        user.answer(Numeric.ERR_TOOMANYCHANNELS, name)
    elif channel is not None and (refusal := channel.join_refusal(user, key)):
        user.answer(refusal, channel.name)
    else:
        try:
            channel = server.channels.find_or_make(name)
        except ValueError as error:
            user.answer(Numeric.ERR_UNAVAILRESOURCE, name, text=str(error))
            return
        if channel.admit(user):
            enter(server, user, channel)


def enter(server: Server, user: User, channel: Channel) -> None:
    """Add the user to the channel, and tell it the topic and the members."""
    server.channels.join(user, channel)
    channel.broadcast(Broadcast(render(user.prefix, "JOIN", channel.name)))
    if channel.topic is not None:
        _send_topic(user, channel, channel.topic)
    send_names(user, channel)


def part(server: Server, user: User, params: list[str]) -> None:
    """Leave each channel of a list, with a reason that all its members receive."""
    for name in items(params[0]):
        channel = channel_of(server, user, name)
        if channel is not None:
            _leave(server, user, channel, params[1] if len(params) > 1 else None)


def _leave(server: Server, user: User, channel: Channel, reason: str | None) -> None:
    channel.broadcast(Broadcast(render(user.prefix, "PART", channel.name, text=reason)))
    server.channels.leave(user, channel)


# --- KICK and INVITE


def kick(server: Server, user: User, params: list[str]) -> None:
    """Remove each user of a list from a channel. Operators only."""
    channel = channel_of(server, user, params[0])
    if channel is None:
        return
    reason = params[2][:MAX_TEXT] if len(params) > 2 else user.name
    for nick in items(params[1]):
        member = server.find(nick)
        if user not in channel.members:  # it has kicked itself
            user.answer(Numeric.ERR_NOTONCHANNEL, channel.name)
        elif member is None:
            user.answer(Numeric.ERR_NOSUCHNICK, nick)
        else:
            _kick(server, user, channel, member, reason)


def _kick(server: Server, user: User, channel: Channel, member: Member, reason: str) -> None:
    if not channel.has(member):
        user.answer(Numeric.ERR_USERNOTINCHANNEL, member.name, channel.name)
    elif not channel.is_operator(user):
        user.answer(Numeric.ERR_CHANOPRIVSNEEDED, channel.name)
    elif not isinstance(member, User):
        user.answer(Numeric.ERR_CHANOPRIVSNEEDED, channel.name, text=not_ours(member))
    else:
        line = render(user.prefix, "KICK", channel.name, member.name, text=reason)
        channel.broadcast(Broadcast(line))
        server.channels.leave(member, channel)


def not_ours(member: Member) -> str:
    """Why an operator of a channel has no power over a member of the line chat, or of another server."""
    return f"{member.name} is in the line chat or at another server, where this channel has no operators"


def invite(server: Server, user: User, params: list[str]) -> None:
    """Invite a user to a channel, perhaps one that does not exist yet."""
    nick, name = params[0], params[1]
    channel, guest = server.channels.find(name), server.find(nick)
    if guest is None:
        user.answer(Numeric.ERR_NOSUCHNICK, nick)
    elif not isinstance(guest, User):
        text = f"{guest.name} is in the line chat or at another server, where no invitation arrives"
        user.answer(Numeric.ERR_NOSUCHNICK, guest.name, text=text)
    elif channel is None or _may_invite(user, channel, guest):
        _invite(user, guest, channel, name)


def _invite(user: User, guest: User, channel: Channel | None, name: str) -> None:
    name = name if channel is None else channel.name
    user.answer(Numeric.RPL_INVITING, guest.name, name)
    guest.send(Broadcast(render(user.prefix, "INVITE", guest.name, name)))
    if channel is not None:
        channel.invited.add(guest)
    if guest.away:
        user.answer(Numeric.RPL_AWAY, guest.name, text=guest.away)


def _may_invite(user: User, channel: Channel, guest: User) -> bool:
    if user not in channel.members:
        user.answer(Numeric.ERR_NOTONCHANNEL, channel.name)
    elif "i" in channel.modes and not channel.is_operator(user):
        user.answer(Numeric.ERR_CHANOPRIVSNEEDED, channel.name)
    elif channel.has(guest):
        user.answer(Numeric.ERR_USERONCHANNEL, guest.name, channel.name)
    else:
        return True
    return False


# --- TOPIC


def topic(server: Server, user: User, params: list[str]) -> None:
    """Show the topic of a channel, or change it."""
    channel = channel_of(server, user, params[0])
    if channel is None:
        return
    if len(params) == 1:
        if channel.topic is None:
            user.answer(Numeric.RPL_NOTOPIC, channel.name)
        else:
            _send_topic(user, channel, channel.topic)
    elif "t" in channel.modes and not channel.is_operator(user):
        user.answer(Numeric.ERR_CHANOPRIVSNEEDED, channel.name)
    else:
        text = params[1][:MAX_TEXT]
        channel.topic = Topic(text, user.name, int(time.time())) if text else None
        channel.broadcast(Broadcast(render(user.prefix, "TOPIC", channel.name, text=text)))


def _send_topic(user: User, channel: Channel, topic: Topic) -> None:
    user.answer(Numeric.RPL_TOPIC, channel.name, text=topic.text)
    user.answer(Numeric.RPL_TOPICWHOTIME, channel.name, topic.by, str(topic.at))


# --- NAMES and LIST


def names(server: Server, user: User, params: list[str]) -> None:
    """List the members of the named channels or, without a name, all users that the user may see."""
    if params:
        for name in items(params[0]):
            channel = server.channels.find(name)
            if channel is None:
                user.answer(Numeric.RPL_ENDOFNAMES, name)
            else:
                send_names(user, channel)
        return
    for channel in server.channels:
        _send_name_lines(user, _sign(channel), channel.name, names_for(user, channel))
    others = [other.name for other in server.registered if not (other.channels or "i" in other.modes)]
    _send_name_lines(user, "*", "*", others)
    user.answer(Numeric.RPL_ENDOFNAMES, "*")


def _sign(channel: Channel) -> str:
    return "@" if "s" in channel.modes else "="


def send_names(user: User, channel: Channel) -> None:
    """Send the members of a channel that the user may see."""
    _send_name_lines(user, _sign(channel), channel.name, names_for(user, channel))
    user.answer(Numeric.RPL_ENDOFNAMES, channel.name)


def _send_name_lines(user: User, sign: str, channel: str, names: list[str]) -> None:
    size = LONGEST - len(render(SERVER_NAME, "353", user.name, sign, channel, text=""))
    for piece in pieces(" ".join(names), size) if names else ():
        user.answer(Numeric.RPL_NAMREPLY, sign, channel, text=piece)


def list_(server: Server, user: User, params: list[str]) -> None:
    """List the channels that match the names or masks, or all, with the number of members and the topic."""
    masks = items(params[0]) if params else ["*"]
    user.answer(Numeric.RPL_LISTSTART, "Channel")
    for channel in server.channels:
        if channel.is_visible_to(user) and any(matches(mask, channel.name) for mask in masks):
            topic = channel.topic.text if channel.topic is not None else ""
            user.answer(Numeric.RPL_LIST, channel.name, str(channel.size()), text=topic)
    user.answer(Numeric.RPL_LISTEND)
