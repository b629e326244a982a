"""The table of the commands: for each one its function, and the checks before it is called."""

from collections.abc import Callable
from dataclasses import dataclass

from core.formats.irc_numerics import Numeric
from servers.irc import information, membership, messages, modes, queries, registration
from servers.irc.server import Server
from servers.irc.users import IRCState, User

Action = Callable[[Server, User, list[str]], None]
"""Runs a command with its parameters."""


@dataclass(frozen=True)
class Command:
    """A command: its function, the number of parameters that it needs, and when it is allowed.

    `server_at` is the number of the parameter that may name the server that shall answer.
    """

    run: Action
    needs: int = 0
    registered: bool = True
    server_at: int | None = None


def refuse(number: Numeric) -> Command:
    """A command that is always answered with this reply."""
    return Command(lambda server, user, params: user.answer(number))


def quit_(server: Server, user: User, params: list[str]) -> None:
    """Close the connection. The others receive the reason, by default the nickname (RFC 2812, 3.1.7)."""
    server.remove(user, params[0] if params else user.name)
    user.close(params[0] if params else "good-bye")


def ignore(server: Server, user: User, params: list[str]) -> None:
    """Do nothing: ERROR from a client has no meaning."""


COMMANDS = {
    "PASS": Command(registration.pass_, 1, registered=False),
    "NICK": Command(registration.nick, registered=False),
    "USER": Command(registration.user_, 4, registered=False),
    "CAP": Command(registration.cap, 1, registered=False),
    "QUIT": Command(quit_, registered=False),
    "PONG": Command(information.pong, registered=False),
    "ERROR": Command(ignore, registered=False),
    "PING": Command(information.ping),
    "JOIN": Command(membership.join, 1),
    "PART": Command(membership.part, 1),
    "KICK": Command(membership.kick, 2),
    "INVITE": Command(membership.invite, 2),
    "TOPIC": Command(membership.topic, 1),
    "NAMES": Command(membership.names, server_at=1),
    "LIST": Command(membership.list_, server_at=1),
    "MODE": Command(modes.mode, 1),
    "PRIVMSG": Command(messages.privmsg),
    "NOTICE": Command(messages.notice),
    "TAGMSG": Command(messages.tagmsg, 1),
    "AWAY": Command(messages.away),
    "WHO": Command(queries.who),
    "WHOIS": Command(queries.whois),
    "WHOWAS": Command(queries.whowas, server_at=2),
    "ISON": Command(queries.ison, 1),
    "USERHOST": Command(queries.userhost, 1),
    "MOTD": Command(information.motd, server_at=0),
    "LUSERS": Command(information.lusers, server_at=1),
    "VERSION": Command(information.version, server_at=0),
    "TIME": Command(information.time_, server_at=0),
    "INFO": Command(information.info, server_at=0),
    "OPER": Command(refuse(Numeric.ERR_NOOPERHOST).run, 2),
    "SUMMON": refuse(Numeric.ERR_SUMMONDISABLED),
    "USERS": refuse(Numeric.ERR_USERSDISABLED),
    **dict.fromkeys(("DIE", "KILL", "REHASH", "RESTART", "WALLOPS"), refuse(Numeric.ERR_NOPRIVILEGES)),
}


def dispatch(server: Server, user: User, name: str, params: list[str]) -> None:
    """Run the command `name`, in any case, or tell the user why not."""
    name = name.upper()
    command = COMMANDS.get(name)
    if user.state is not IRCState.CHAT and (command is None or command.registered):
        user.answer(Numeric.ERR_NOTREGISTERED)
    elif command is None:
        user.answer(Numeric.ERR_UNKNOWNCOMMAND, name)
    elif len(params) < command.needs:
        user.answer(Numeric.ERR_NEEDMOREPARAMS, name)
    elif (other := _other_server(server, command, params)) is not None:
        user.answer(Numeric.ERR_NOSUCHSERVER, other)
    else:
        command.run(server, user, params)


def _other_server(server: Server, command: Command, params: list[str]) -> str | None:
    """The name of another server, if the command is meant for it."""
    if command.server_at is None or len(params) <= command.server_at:
        return None
    name = params[command.server_at]
    return None if server.is_us(name) else name
