"""What a member may ask of the room with a slash. It takes neither lines nor sockets to answer."""

import time
from collections.abc import Callable

from core.formats.chat_events import Event, Style
from servers.chat.room import ChatRoom, Member


def names(room: ChatRoom, member: Member, rest: str = "") -> None:
    """Who is here."""
    here = room.names()
    alone = f"You're the only one here, '{member.name}'"
    text = alone if len(here) == 1 else "Participants in chat: " + ", ".join(here)
    room.tell_one(member, Event("names", time.time(), text=text, names=here))


def me(room: ChatRoom, member: Member, rest: str) -> None:
    """Say what you do."""
    if rest:
        room.say(member, rest, kind="action")
    else:
        room.answer(member, "refused", "Say /me TEXT.")


def msg(room: ChatRoom, member: Member, rest: str) -> None:
    """Tell one member alone. The sender sees it too, since it is known now to whom it went."""
    name, _, text = rest.partition(" ")
    other = room.find(name)
    if not text:
        room.answer(member, "refused", "Say /msg NAME TEXT.")
    elif other is None:
        room.answer(member, "refused", f"There is nobody here called {name}.")
    else:
        event = Event("private", time.time(), member.name, text.strip(), to=other.name)
        for each in dict.fromkeys((other, member)):
            room.tell_one(each, event)


def nick(room: ChatRoom, member: Member, rest: str) -> None:
    """Go by another name."""
    try:
        name = room.free_name(rest, member)
    except ValueError as error:
        room.answer(member, "refused", str(error))
        return
    if name == member.name:
        room.answer(member, "refused", f"You are called {name} already.")
    else:
        room.rename(member, name)


def history(room: ChatRoom, member: Member, rest: str) -> None:
    """What was said lately."""
    room.tell_one(member, Event("history", time.time(), lines=tuple(room.history)))


def color(room: ChatRoom, member: Member, rest: str) -> None:
    """Colours, or not."""
    if rest not in ("on", "off"):
        room.answer(member, "refused", "Say /color on or /color off.")
    elif member.style is Style.JSON:
        room.answer(member, "refused", "There are no colours in JSON.")
    else:
        member.style = Style.COLOR if rest == "on" else Style.PLAIN
        room.answer(member, "notice", f"Colours are {rest}.")


COMMANDS: dict[str, Callable[[ChatRoom, Member, str], None]] = {
    "/names": names,
    "/me": me,
    "/msg": msg,
    "/nick": nick,
    "/history": history,
    "/color": color,
}

HELP = (
    "/help              these lines",
    "/names             who is here",
    "/me TEXT           say what you do: * ann TEXT",
    "/msg NAME TEXT     say something to one alone",
    "/nick NAME         go by another name",
    "/history           the last 20 lines said",
    "/color on|off      colours for what you see",
    "/events            JSON instead of lines, for programs",
    "/quit              leave",
    "//TEXT             say something that begins with a slash",
    "Everything else is said to all who are here.",
)
