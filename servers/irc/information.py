"""The commands that ask about the server: MOTD, LUSERS, VERSION, TIME, INFO, PING, and those of operators."""

import platform
import time

from core.formats.irc_numerics import Numeric
from servers.irc.lines import render
from servers.irc.server import ISUPPORT, VERSION, Server
from servers.irc.users import SERVER_NAME, User

HOMEPAGE = "Reactor School: an event loop that you can see through, and the servers and lessons built on it"


def isupport(server: Server, user: User) -> None:
    """Send the features of the server (numeric 005), ten in a line; RFC 2812 allows 15 parameters."""
    words = [word for group in ISUPPORT for word in group]
    for start in range(0, len(words), 10):
        user.answer(Numeric.RPL_ISUPPORT, *words[start : start + 10])


def lusers(server: Server, user: User, params: list[str]) -> None:
    """Send how many users and channels there are."""
    users, channels = len(server.registered), len(list(server.channels))
    user.answer(Numeric.RPL_LUSERCLIENT, text=f"There are {users} users and 0 services on 1 servers")
    if channels:
        user.answer(Numeric.RPL_LUSERCHANNELS, str(channels))
    user.answer(Numeric.RPL_LUSERME, text=f"I have {users} users, 0 services and 0 servers")
    most = server.most_users
    user.answer(
        Numeric.RPL_LOCALUSERS, str(users), str(most), text=f"Current local users: {users}, Max: {most}"
    )
    user.answer(
        Numeric.RPL_GLOBALUSERS, str(users), str(most), text=f"Current global users: {users}, Max: {most}"
    )


def motd(server: Server, user: User, params: list[str]) -> None:
    """Send the message of the day."""
    if not server.settings.motd:
        user.answer(Numeric.ERR_NOMOTD)
        return
    user.answer(Numeric.RPL_MOTDSTART, text=f"- {SERVER_NAME} message of the day")
    for line in server.settings.motd:
        user.answer(Numeric.RPL_MOTD, text=f"- {line}")
    user.answer(Numeric.RPL_ENDOFMOTD)


def version(server: Server, user: User, params: list[str]) -> None:
    user.answer(Numeric.RPL_VERSION, f"{VERSION}.", SERVER_NAME, text=f"Python {platform.python_version()}")
    isupport(server, user)


def time_(server: Server, user: User, params: list[str]) -> None:
    now = time.localtime()
    user.answer(Numeric.RPL_TIME, SERVER_NAME, text=time.strftime("%A %B %d %Y -- %H:%M:%S %Z", now))


def info(server: Server, user: User, params: list[str]) -> None:
    started = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(server.started))
    for line in (f"{VERSION} on Python {platform.python_version()}", HOMEPAGE, f"On-line since {started}"):
        user.answer(Numeric.RPL_INFO, text=line)
    user.answer(Numeric.RPL_ENDOFINFO)


def ping(server: Server, user: User, params: list[str]) -> None:
    """Answer with the token. A second parameter names the server that shall answer."""
    if not params:
        user.answer(Numeric.ERR_NOORIGIN)
    elif len(params) > 1 and not server.is_us(params[1]):
        user.answer(Numeric.ERR_NOSUCHSERVER, params[1])
    else:
        user.send_data(render(SERVER_NAME, "PONG", SERVER_NAME, text=params[0]))


def pong(server: Server, user: User, params: list[str]) -> None:
    """Do nothing more: any line shows that the client lives."""
    if not params:
        user.answer(Numeric.ERR_NOORIGIN)
