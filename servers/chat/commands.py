"""The chat's commands: a function for each one in `COMMANDS` of core/formats/chat_events.

The lesson: a command needs no socket. It works on the room and on the member who typed it, so that a test
calls it without any connection.
"""

import time
from abc import abstractmethod
from collections.abc import Callable

from core.formats.chat_events import COMMANDS, HELP, NUMBERED, Event, Style, parse_events
from servers.chat.room import ChatRoom, Member, unknown


class CommandSender(Member):
    """The member who typed a command, with the commands that act on its session."""

    @abstractmethod
    def on_text(self, text: str) -> None:
        """Handle a line, as if the member had typed it alone."""

    @abstractmethod
    def use_events(self) -> None:
        """Receive JSON from now on (`/events`)."""

    @abstractmethod
    def move(self, room: ChatRoom) -> None:
        """Enter `room`, and leave the one where the member is (`/join`)."""

    @abstractmethod
    def send_since(self, sequence: int) -> None:
        """Send the events after this sequence number: now or, without a name, as soon as it has joined."""

    @abstractmethod
    def quit(self) -> None:
        """Close the connection (`/quit`)."""


Action = Callable[[ChatRoom, CommandSender, str], None]
"""Runs a command. The str is the text after the command's name."""


def help_(room: ChatRoom, member: CommandSender, rest: str) -> None:
    """Answer with the list of commands."""
    for line in HELP:
        room.send_text(member, "notice", line)


def names(room: ChatRoom, member: CommandSender, rest: str = "") -> None:
    """Answer with the names of all members of the room, in order of arrival."""
    here = room.names()
    alone = f"You're the only one here, '{member.name}'"
    text = alone if len(here) == 1 else f"Participants in {room.name}: {', '.join(here)}"
    room.send(member, Event("names", time.time(), text=text, names=here, room=room.label))


def me(room: ChatRoom, member: CommandSender, rest: str) -> None:
    """Tell the others what the member does."""
    if rest:
        room.say(member, rest, kind="action")
    else:
        refuse_usage(room, member, "/me")


def msg(room: ChatRoom, member: CommandSender, rest: str) -> None:
    """Send a private message. The sender gets it too, as a confirmation of who received it."""
    name, _, text = rest.partition(" ")
    other = room.find(name)
    if not text:
        refuse_usage(room, member, "/msg")
    elif other is None:
        room.send_text(member, "refused", unknown(name))
    else:
        room.send_private(member, other, text.strip())


def nick(room: ChatRoom, member: CommandSender, rest: str) -> None:
    """Change the member's name."""
    if not rest:
        refuse_usage(room, member, "/nick")
        return
    try:
        name = room.free_name(rest, member)
    except ValueError as error:
        room.send_text(member, "refused", str(error))
        return
    if name == member.name:
        room.send_text(member, "refused", f"You are called {name} already.")
    else:
        room.rename(member, name)


def join(room: ChatRoom, member: CommandSender, rest: str) -> None:
    """Go to another room, which is made if it does not exist."""
    name = rest.removeprefix("#")
    try:
        other = room.rooms.find_or_make(name)
    except ValueError as error:
        room.send_text(member, "refused", str(error) if name else f"Type {COMMANDS['/join'].usage}.")
        return
    if other is room:
        room.send_text(member, "refused", f"You are in the room {room.name} already.")
    elif reason := other.rules.refusal(member):
        room.send_text(member, "refused", f"You cannot enter the room {other.name}: {reason}.")
    else:
        member.move(other)


def rooms(room: ChatRoom, member: CommandSender, rest: str) -> None:
    """Answer with the rooms and their numbers of members."""
    listed = [each for each in room.rooms if each is room or not each.rules.is_secret()]
    texts = [f"{each.name} ({len(each.names())})" for each in listed]
    room.send_text(member, "notice", f"Rooms: {', '.join(texts)}. You are in {room.name}.")


def history(room: ChatRoom, member: CommandSender, rest: str) -> None:
    """Answer with the last lines said."""
    room.send(member, Event("history", time.time(), lines=tuple(room.history)))


def color(room: ChatRoom, member: CommandSender, rest: str) -> None:
    """Turn colours on or off for this session."""
    if rest not in ("on", "off"):
        room.send_text(member, "refused", "Type /color on or /color off.")
    elif member.style is Style.JSON:
        room.send_text(member, "refused", "Here your program chooses the colours, not the server.")
    else:
        member.style = Style.COLOR if rest == "on" else Style.PLAIN
        room.send_text(member, "notice", f"Colours are {rest}.")


def events(room: ChatRoom, member: CommandSender, rest: str) -> None:
    """Switch to JSON and, with `since N`, send the events that have come after the one with that number.

    With `key KEY`, the member can come back under its name while the room still has it (Member.key).
    """
    arguments = parse_events(rest)
    if arguments is None:
        refuse_usage(room, member, "/events")
        return
    sequence, key = arguments
    member.key = key or member.key
    member.use_events()
    if sequence is not None:
        member.send_since(sequence)


def numbered(room: ChatRoom, member: CommandSender, rest: str) -> None:
    """Handle the line behind the number, and confirm this to the program that has sent it."""
    found = NUMBERED.fullmatch(rest)
    if member.style is not Style.JSON:
        room.send_text(member, "refused", "Lines have numbers only in JSON: type /events first.")
    elif found is None:
        refuse_usage(room, member, "/id")
    else:
        member.on_text(found[2])
        member.send_data(member.encode(Event("delivered", time.time(), id=int(found[1])), None))


def refuse_usage(room: ChatRoom, member: CommandSender, command: str) -> None:
    """Tell the member how `command` is typed."""
    room.send_text(member, "refused", f"Type {COMMANDS[command].usage}.")


ACTIONS: dict[str, Action] = {
    "/help": help_,
    "/names": names,
    "/me": me,
    "/msg": msg,
    "/nick": nick,
    "/join": join,
    "/rooms": rooms,
    "/history": history,
    "/color": color,
    "/events": events,
    "/id": numbered,
    "/quit": lambda room, member, rest: member.quit(),
}
