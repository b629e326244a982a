"""The commands with which a client registers: PASS, NICK, USER, CAP; and the welcome."""

import re
import time

from core.formats.chat_events import LONGEST_NAME
from core.formats.irc_numerics import Numeric
from servers.irc.information import isupport, lusers, motd
from servers.irc.lines import render
from servers.irc.server import VERSION, Server
from servers.irc.users import SERVER_NAME, IRCState, User

CAPABILITIES = ("echo-message", "message-tags", "multi-prefix", "server-time", "userhost-in-names")
BAD_IN_USERNAME = re.compile(r"[\x00-\x20\x7f!@:]")


def pass_(server: Server, user: User, params: list[str]) -> None:
    """Keep the password, which is checked when NICK and USER are given."""
    if user.state is IRCState.CHAT:
        user.answer(Numeric.ERR_ALREADYREGISTRED)
    else:
        user.password = params[0]


def nick(server: Server, user: User, params: list[str]) -> None:
    """Take a nickname, or change it."""
    if not params:
        user.answer(Numeric.ERR_NONICKNAMEGIVEN)
        return
    refusal = server.name_refusal(params[0], user)
    if refusal is not None:
        user.answer(refusal[0], params[0], text=refusal[1])
        return
    server.rename(user, params[0])
    register_if_complete(server, user)


def user_(server: Server, user: User, params: list[str]) -> None:
    """Set the user name and the real name. The two parameters between them have no meaning any more."""
    if user.state is IRCState.CHAT or user.username:
        user.answer(Numeric.ERR_ALREADYREGISTRED)
    elif not params[0] or BAD_IN_USERNAME.search(params[0]):
        user.close("Invalid user name")
    else:
        user.username, user.realname = params[0][:LONGEST_NAME], params[3]
        register_if_complete(server, user)


def cap(server: Server, user: User, params: list[str]) -> None:
    """Negotiate capabilities (IRCv3). Registration waits from CAP LS or CAP REQ until CAP END."""
    run = CAP_COMMANDS.get(params[0].upper())
    if run is None:
        user.answer(Numeric.ERR_INVALIDCAPCMD, params[0])
    else:
        run(server, user, params[1] if len(params) > 1 else "")


def cap_ls(server: Server, user: User, rest: str) -> None:
    _negotiate(user)
    _send_cap(user, "LS", " ".join(CAPABILITIES))


def cap_list(server: Server, user: User, rest: str) -> None:
    _send_cap(user, "LIST", " ".join(sorted(user.capabilities)))


def cap_req(server: Server, user: User, rest: str) -> None:
    """Switch on the named capabilities, and off those with a `-`: all of them or, if one is unknown, none."""
    _negotiate(user)
    wanted = rest.split()
    if not all(each.removeprefix("-") in CAPABILITIES for each in wanted):
        _send_cap(user, "NAK", rest)
        return
    capabilities = set(user.capabilities)
    for each in wanted:
        if each.startswith("-"):
            capabilities.discard(each[1:])
        else:
            capabilities.add(each)
    _send_cap(user, "ACK", rest)  # first, because it sends the gathered lines in the old form
    user.set_capabilities(capabilities)


def cap_end(server: Server, user: User, rest: str) -> None:
    if user.state is IRCState.NEGOTIATE:
        user.state = IRCState.REGISTER
        register_if_complete(server, user)


CAP_COMMANDS = {"LS": cap_ls, "LIST": cap_list, "REQ": cap_req, "END": cap_end}


def _negotiate(user: User) -> None:
    if user.state is IRCState.REGISTER:
        user.state = IRCState.NEGOTIATE


def _send_cap(user: User, command: str, text: str) -> None:
    user.send_data(render(SERVER_NAME, "CAP", user.name or "*", command, text=text))


def register_if_complete(server: Server, user: User) -> None:
    """If all is given, check it once more, and welcome the user."""
    if user.state is not IRCState.REGISTER or not (user.name and user.username):
        return
    if server.settings.password and user.password != server.settings.password:
        user.answer(Numeric.ERR_PASSWDMISMATCH)
        user.close("Bad password")
        return
    refusal = server.name_refusal(user.name, user)
    if refusal is not None:  # a member of the line chat has chosen the name since
        user.answer(refusal[0], user.name, text=refusal[1])
        server.free_name(user)
        return
    server.register(user)


def welcome(server: Server, user: User) -> None:
    """Send the replies that every client waits for."""
    started = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(server.started))
    user.answer(Numeric.RPL_WELCOME, text=f"Welcome to the Reactor School, {user.prefix}")
    user.answer(Numeric.RPL_YOURHOST, text=f"Your host is {SERVER_NAME}, running version {VERSION}")
    user.answer(Numeric.RPL_CREATED, text=f"This server was started at {started}")
    user.answer(Numeric.RPL_MYINFO, SERVER_NAME, VERSION, "i", "biklmnostv", "bklov")
    isupport(server, user)
    lusers(server, user, [])
    motd(server, user, [])
