"""The commands that ask about users: WHO, WHOIS, WHOWAS, ISON, USERHOST."""

from core.formats.irc_numerics import Numeric
from core.formats.text import fold
from servers.chat.room import Member
from servers.irc.channels import Channel, matches
from servers.irc.membership import items
from servers.irc.server import Server
from servers.irc.users import SERVER_NAME, User, identity

SERVER_INFO = "Reactor School"
MAX_USERHOSTS = 5


def who(server: Server, user: User, params: list[str]) -> None:
    """List the members of a channel, or the users that match a mask."""
    mask = params[0] if params and params[0] != "0" else "*"
    only_operators = len(params) > 1 and params[1] == "o"
    channel = server.channels.find(mask)
    if not only_operators:
        if channel is not None:
            for member in channel.seen_by(user):
                _send_who(user, member, channel)
        else:
            for member in _matching(server, user, mask):
                _send_who(user, member, None)
    user.answer(Numeric.RPL_ENDOFWHO, mask)


def _matching(server: Server, user: User, mask: str) -> list[Member]:
    """The users that match the mask. An invisible one is found by its whole name, or in a shared channel."""
    shared = server.channels.peers(user)
    found: list[Member] = []
    for other in (*server.registered, *_guests(server)):
        who = identity(other)
        is_hidden = isinstance(other, User) and "i" in other.modes and other not in shared
        texts = (who.nick,) if is_hidden else (who.nick, who.username, who.host, who.realname)
        if (not is_hidden or fold(mask) == fold(who.nick)) and any(matches(mask, text) for text in texts):
            found.append(other)
    return found


def _guests(server: Server) -> list[Member]:
    return [member for channel in server.channels for member in channel.guests()]


def _send_who(user: User, member: Member, channel: Channel | None) -> None:
    who = identity(member)
    flags = "G" if isinstance(member, User) and member.away else "H"
    name = "*"
    if channel is not None:
        name = channel.name
        flags += channel.symbols(member, "multi-prefix" in user.capabilities)
    fields = (name, who.username, who.host, SERVER_NAME, who.nick, flags)
    user.answer(Numeric.RPL_WHOREPLY, *fields, text=f"0 {who.realname}")


def whois(server: Server, user: User, params: list[str]) -> None:
    """Tell everything about each user of a list. With two parameters the first one names the server."""
    if len(params) > 1 and not server.is_us(params[0]):
        user.answer(Numeric.ERR_NOSUCHSERVER, params[0])
        return
    if not params or not params[-1]:
        user.answer(Numeric.ERR_NONICKNAMEGIVEN)
        return
    for nick in items(params[-1]):
        member = server.find(nick)
        if member is None:
            user.answer(Numeric.ERR_NOSUCHNICK, nick)
        else:
            _send_whois(server, user, member)
    user.answer(Numeric.RPL_ENDOFWHOIS, params[-1])


def _send_whois(server: Server, user: User, member: Member) -> None:
    who = identity(member)
    user.answer(Numeric.RPL_WHOISUSER, who.nick, who.username, who.host, "*", text=who.realname)
    user.answer(Numeric.RPL_WHOISSERVER, who.nick, SERVER_NAME, text=SERVER_INFO)
    channels = [each for each in server.channels if each.has(member) and each.is_visible_to(user)]
    if channels:
        words = [each.symbols(member, "multi-prefix" in user.capabilities) + each.name for each in channels]
        user.answer(Numeric.RPL_WHOISCHANNELS, who.nick, text=" ".join(words))
    if isinstance(member, User):
        if member.away:
            user.answer(Numeric.RPL_AWAY, who.nick, text=member.away)
        idle = int(server.clock.seconds() - member.active_at)
        user.answer(Numeric.RPL_WHOISIDLE, who.nick, str(idle), str(member.signed_on))


def whowas(server: Server, user: User, params: list[str]) -> None:
    """Tell about users who have gone, the last one first. A number limits how many of each name."""
    if not params or not params[0]:
        user.answer(Numeric.ERR_NONICKNAMEGIVEN)
        return
    limit = int(params[1][:4]) if len(params) > 1 and params[1].isdecimal() and params[1].isascii() else 0
    for nick in items(params[0]):
        found = [gone for gone in server.gone if fold(gone.who.nick) == fold(nick)]
        for gone in found[: limit or None]:
            who = gone.who
            user.answer(Numeric.RPL_WHOWASUSER, who.nick, who.username, who.host, "*", text=who.realname)
            user.answer(Numeric.RPL_WHOISSERVER, who.nick, SERVER_NAME, text=str(gone.at))
        if not found:
            user.answer(Numeric.ERR_WASNOSUCHNICK, nick)
    user.answer(Numeric.RPL_ENDOFWHOWAS, params[0])


def ison(server: Server, user: User, params: list[str]) -> None:
    """Tell which of the names are here."""
    nicks = [nick for param in params for nick in param.split()]
    found = [member.name for nick in nicks if (member := server.find(nick)) is not None]
    user.answer(Numeric.RPL_ISON, text=" ".join(found))


def userhost(server: Server, user: User, params: list[str]) -> None:
    """Tell the user name and host of up to five users, and whether each is away (`-`) or here (`+`)."""
    found = []
    for nick in params[:MAX_USERHOSTS]:
        if (member := server.find(nick)) is not None:
            who = identity(member)
            sign = "-" if isinstance(member, User) and member.away else "+"
            found.append(f"{who.nick}={sign}{who.username}@{who.host}")
    user.answer(Numeric.RPL_USERHOST, text=" ".join(found))
