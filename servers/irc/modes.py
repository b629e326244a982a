"""The command MODE, of channels and of users.

The lesson: a table says for each letter what it needs, and one loop reads the letters with their parameters.
A mode with a handler of its own changes the channel, and returns the change as the members are told.
"""

import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from core.formats.irc_numerics import Numeric
from servers.irc.channels import Ban, Channel, full_mask, lower
from servers.irc.lines import Broadcast, render
from servers.irc.membership import not_ours
from servers.irc.server import MAX_BANS, MAX_MODES, Server
from servers.irc.users import User


class Change(NamedTuple):
    """A mode that is set (`+`) or taken away (`-`), and its parameter or ""."""

    sign: str
    letter: str
    param: str


FLAGS = "imnst"
USER_FLAGS = "i"


def mode(server: Server, user: User, params: list[str]) -> None:
    """Show or change the modes of a channel, or the user's own."""
    target, rest = params[0], params[1:]
    if target[:1] in ("#", "&"):
        _channel_mode(server, user, target, rest)
    elif (other := server.find(target)) is None:
        user.answer(Numeric.ERR_NOSUCHNICK, target)
    elif other is not user:
        user.answer(Numeric.ERR_USERSDONTMATCH)
    else:
        _user_mode(user, rest)


# --- the modes of a user


def _user_mode(user: User, params: list[str]) -> None:
    if not params:
        user.answer(Numeric.RPL_UMODEIS, "+" + "".join(sorted(user.modes)))
        return
    changed = []
    for change in parse(params[:1], ""):
        if change.letter == "o":  # only OPER could make an operator, and it is refused
            if change.sign == "+":
                user.answer(Numeric.ERR_NOPRIVILEGES)
        elif change.letter not in USER_FLAGS:
            user.answer(Numeric.ERR_UMODEUNKNOWNFLAG)
        elif (change.sign == "+") != (change.letter in user.modes):
            user.modes ^= {change.letter}
            changed.append(change)
    if changed:
        user.send_data(render(user.prefix, "MODE", user.name, *words_of(changed)))


# --- the modes of a channel


def _channel_mode(server: Server, user: User, name: str, params: list[str]) -> None:
    channel = server.channels.find(name)
    if channel is None:
        user.answer(Numeric.ERR_NOSUCHCHANNEL, name)
    elif not params:
        user.answer(Numeric.RPL_CHANNELMODEIS, channel.name, *channel.mode_words(user in channel.members))
        user.answer(Numeric.RPL_CREATIONTIME, channel.name, str(channel.created))
    elif user not in channel.members:
        user.answer(Numeric.ERR_NOTONCHANNEL, channel.name)
    else:
        _change(server, user, channel, params)


def _change(server: Server, user: User, channel: Channel, params: list[str]) -> None:
    done: list[Change] = []
    refused = False
    for change in parse(params, "bkov"):
        if change.letter == "b" and not change.param:
            _send_bans(user, channel)
        elif change.letter not in HANDLERS:
            user.answer(
                Numeric.ERR_UNKNOWNMODE, change.letter, text=f"is unknown mode char for {channel.name}"
            )
        elif not channel.is_operator(user):
            refused = True
        elif (made := HANDLERS[change.letter](server, user, channel, change)) is not None:
            done.append(made)
    if refused:
        user.answer(Numeric.ERR_CHANOPRIVSNEEDED, channel.name)
    if done:
        channel.broadcast(Broadcast(render(user.prefix, "MODE", channel.name, *words_of(done))))


def parse(params: list[str], with_param: str) -> Iterator[Change]:
    """The changes that MODE asks for. The letters `with_param` take a parameter each, `l` only with a `+`.

    At most MAX_MODES changes with a parameter are made.
    """
    waiting = iter(params[1:])
    sign, number = "+", 0
    for letter in params[0]:
        if letter in "+-":
            sign = letter
            continue
        takes_param = letter in with_param or (bool(with_param) and letter == "l" and sign == "+")
        param = next(waiting, "") if takes_param else ""
        number += takes_param
        if number <= MAX_MODES or not takes_param:
            yield Change(sign, letter, param)


def words_of(changes: list[Change]) -> list[str]:
    """The parameters of MODE for these changes: `+o-v`, then the parameter of each that has one."""
    letters, sign = "", ""
    for change in changes:
        letters += change.letter if change.sign == sign else change.sign + change.letter
        sign = change.sign
    return [letters, *(change.param for change in changes if change.param)]


def _send_bans(user: User, channel: Channel) -> None:
    for ban in channel.bans:
        user.answer(Numeric.RPL_BANLIST, channel.name, ban.mask, ban.by, str(ban.at))
    user.answer(Numeric.RPL_ENDOFBANLIST, channel.name)


Handler = Callable[[Server, User, Channel, Change], Change | None]
"""Makes a change that an operator asks for. Returns it as the members are told; None if nothing changed."""


def _flag(server: Server, user: User, channel: Channel, change: Change) -> Change | None:
    if (change.sign == "+") == (change.letter in channel.modes):
        return None
    channel.modes ^= {change.letter}
    return change


def _member(server: Server, user: User, channel: Channel, change: Change) -> Change | None:
    """`o` and `v`: make a member an operator, or let it speak in a moderated channel."""
    if not change.param:
        return None
    member = server.find(change.param)
    if member is None:
        user.answer(Numeric.ERR_NOSUCHNICK, change.param)
    elif not channel.has(member):
        user.answer(Numeric.ERR_USERNOTINCHANNEL, member.name, channel.name)
    elif not isinstance(member, User):
        user.answer(Numeric.ERR_CHANOPRIVSNEEDED, channel.name, text=not_ours(member))
    elif (change.sign == "+") != (change.letter in channel.members[member]):
        modes = set(channel.members[member]) ^ {change.letter}
        channel.members[member] = "".join(sorted(modes))
        return change._replace(param=member.name)
    return None


def _key(server: Server, user: User, channel: Channel, change: Change) -> Change | None:
    """`k`: a word that a user needs to join. An operator can remove it without knowing it."""
    if change.sign == "-":
        had, channel.key = channel.key, ""
        return change._replace(param="*") if had else None
    if not change.param or "," in change.param or " " in change.param or change.param.startswith(":"):
        return None
    channel.key = change.param
    return change


def _limit(server: Server, user: User, channel: Channel, change: Change) -> Change | None:
    """`l`: the most members."""
    if change.sign == "-":
        had, channel.limit = channel.limit, 0
        return change if had else None
    if not (change.param.isascii() and change.param.isdigit() and 0 < int(change.param[:6]) < 100_000):
        return None
    channel.limit = int(change.param[:6])
    return change._replace(param=str(channel.limit))


def _ban(server: Server, user: User, channel: Channel, change: Change) -> Change | None:
    """`b`: a mask of users who may not join, and not speak unless they have a voice."""
    mask = full_mask(change.param)
    found = [ban for ban in channel.bans if lower(ban.mask) == lower(mask)]
    if change.sign == "-":
        channel.bans = [ban for ban in channel.bans if ban not in found]
        return change._replace(param=found[0].mask) if found else None
    if len(channel.bans) >= MAX_BANS:
        user.answer(Numeric.ERR_BANLISTFULL, channel.name, mask)
        return None
    if found or " " in mask:
        return None
    channel.bans.append(Ban(mask, user.name, int(time.time())))
    return change._replace(param=mask)


HANDLERS: dict[str, Handler] = {
    **dict.fromkeys(FLAGS, _flag),
    "o": _member,
    "v": _member,
    "k": _key,
    "l": _limit,
    "b": _ban,
}
