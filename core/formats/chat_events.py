"""The chat's wire format: the rules that server and client share, and its events as lines of text or of JSON.

A session chooses the form of its events. People read text; programs read JSON, one object a line. In text a
user can imitate a message of the server; in JSON that is impossible.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import lru_cache

from core.formats.json_values import as_items, as_text

VERSION = 1
EVENTS_ARE_ON = json.dumps({"event": "events", "v": VERSION})
"""The server's answer to `/events`."""

LONGEST_NAME = 20
"""Characters in a name."""

LONGEST_LINE = 16384
"""Bytes in a typed line, without its end."""

HISTORY = 20
"""The number of lines that the server keeps for `/history`."""

MAX_MISSED = 1000
"""The number of events that the server keeps for `/events since`."""

NO_HISTORY = "Nothing has been said yet."
"""The text of an empty history."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command that a user types: its `name` with the slash, its `arguments`, and its line of help.

    `needs_name`: only a session that has a user name may give it. `sets_style`: it chooses the form of the
    events, so it is of no use to a user whose client has chosen JSON. `help` is "" if only programs use it.
    """

    name: str
    arguments: str
    help: str
    needs_name: bool = True
    sets_style: bool = False

    @property
    def usage(self) -> str:
        """The command as it is typed: `/me TEXT`."""
        return f"{self.name} {self.arguments}".rstrip()


COMMANDS = {
    command.name: command
    for command in (
        Command("/help", "", "show this list", needs_name=False),
        Command("/names", "", "list the people in the chat"),
        Command("/me", "TEXT", "say what you do: * ann TEXT"),
        Command("/msg", "NAME TEXT", "send TEXT to NAME only"),
        Command("/nick", "NAME", "change your name to NAME"),
        Command("/join", "ROOM", "leave this room for another one"),
        Command("/rooms", "", "list the rooms with their numbers of people"),
        Command("/history", "", f"show the last {HISTORY} lines said"),
        Command("/color", "on|off", "turn colours on or off", sets_style=True),
        Command("/events", "[since N]", "switch to JSON, for programs", needs_name=False, sets_style=True),
        Command("/id", "NUMBER LINE", "", needs_name=False, sets_style=True),
        Command("/quit", "", "leave the chat", needs_name=False),
    )
}
"""The commands of the chat server. `servers/chat/commands.py` has a function for each."""

CLIENT_COMMANDS = ("/ignore", "/r")
"""The commands that our client runs itself."""

NUMBERED = re.compile(r"([0-9]{1,9}) (?!/id\b)(.*)", re.IGNORECASE)
"""The arguments of `/id`, from a client that receives JSON: when the server has handled the line behind the
number, it answers with `delivered`. A client may number its lines if its `welcome` has a `seq`."""

BLANKS = re.compile(r"\A(?:\s|<U\+[0-9A-F]{4,5}>)*")
"""Blanks, and the stand-ins of invisible marks, such as a byte order mark."""

EVENTS_ARGUMENTS = re.compile(r"(?:since ([0-9]{1,18}))? ?(?:key ([0-9a-f]{32}))?", re.IGNORECASE)
"""The arguments of `/events`. A client makes a random key, and sends the same one when it comes back."""

HELP = (
    *(f"{command.usage:<19}{command.help}" for command in COMMANDS.values() if command.help),
    "//TEXT             say TEXT, beginning with a slash",
    "Any other line is sent to everyone in the chat.",
)
"""The answer to `/help`."""


def parse_line(text: str) -> tuple[str, str]:
    """Split a typed line, which is `visible`, into its command, in lower case, and the rest.

    `/ME  waves` is `("/me", "waves")`. Without a command it is `("", text)`; `//x` says `/x`: `("", "/x")`.
    A command behind blanks is likely a mistake, and its text not meant for all: ` /me waves` has the command
    ` /me`, which is in no table of commands.
    """
    if text.startswith("//"):
        return "", text[1:]
    start = len(text) - len(BLANKS.sub("", text, count=1))
    if not text.startswith("/", start):
        return "", text
    word, *rest = text[start:].split(maxsplit=1)
    command = word.lower()
    if start:
        return (f" {command}", "") if command in COMMANDS or command in CLIENT_COMMANDS else ("", text)
    return command, "".join(rest).strip()


class Style(Enum):
    """The form in which a session receives its events."""

    PLAIN = "plain"
    COLOR = "color"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Event:
    """An event of a `kind` in KEYS, at `time` (Unix seconds).

    `name` is the user who acted, `text` the message of that user or of the server, `to` the receiver or the
    new name, `names` the users in the room, `lines` the `said` events of the history. `seq` is the sequence
    number of an event that goes to all members, 0 for the others; a `welcome` has that of the last such event
    before it. `room` is the room of such an event; "": the one in which sessions begin. `id` is the number
    that a client has given to its line.
    """

    kind: str
    time: float
    name: str = ""
    text: str = ""
    to: str = ""
    names: tuple[str, ...] = ()
    lines: tuple["Event", ...] = ()
    seq: int = 0
    room: str = ""
    id: int = 0


KEYS = {
    "banner": ("text",),
    "prompt": ("text",),
    "refused": ("text",),
    "welcome": ("name", "text"),
    "names": ("names", "text"),
    "joined": ("name", "text"),
    "left": ("name", "text"),
    "said": ("name", "text"),
    "action": ("name", "text"),
    "private": ("name", "to", "text"),
    "renamed": ("name", "to", "text"),
    "history": ("lines",),
    "notice": ("text",),
    "kicked": ("text",),
    "delivered": ("id",),
}
"""The kinds of events, each with its keys in JSON besides `event` and `time`."""

COLORS = {"joined": "\x1b[32m", "left": "\x1b[31m", "said": "\x1b[35m"}
RESET = "\x1b[0m"


def encode(event: Event, style: Style) -> bytes:
    """Encode `event` in one or more lines, each with its CRLF."""
    if style is Style.JSON:
        return json.dumps(_as_object(event), ensure_ascii=False).encode() + b"\r\n"
    lines = render(event)
    if style is Style.COLOR and event.kind in COLORS:
        lines = [COLORS[event.kind] + line + RESET for line in lines]
    return "".join([line + "\r\n" for line in lines]).encode()


def speaker(event: Event) -> str:
    """The speaker of a message, as it stands before the text: `<ann>`. "" if the event is no message."""
    match event.kind:
        case "said":
            return f"<{event.name}>"
        case "action":
            return f"* {event.name}"
        case "private":
            return f"<{event.name} -> {event.to}>"
    return ""


def render(event: Event) -> list[str]:
    """The lines of text for `event`, in local time and without line ends."""
    match event.kind:
        case "history":
            return [line for said in event.lines for line in render(said)] or [NO_HISTORY]
        case "banner":
            return [*event.text.split("\n"), stamp(event.time)]
    if name := speaker(event):
        return [f"{stamp(event.time)}{name} {event.text}"]
    return [event.text]


def stamp(time: float) -> str:
    """Format `time` in local time, as `(2026/11/21 10:00:00)`."""
    return _stamp(int(time))


@lru_cache(maxsize=64)  # in a busy chat many lines have the same second
def _stamp(second: int) -> str:
    return datetime.fromtimestamp(second).strftime("(%Y/%m/%d %H:%M:%S)")


@lru_cache(maxsize=64)
def _iso(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat()


def _as_object(event: Event) -> dict[str, object]:
    values: dict[str, object] = {
        "name": event.name,
        "text": event.text,
        "to": event.to,
        "names": event.names,
        "lines": [_as_object(line) for line in event.lines],
        "id": event.id,
    }
    return {
        "event": event.kind,
        "time": _iso(int(event.time)),
        **{key: values[key] for key in KEYS[event.kind]},
        **({"seq": event.seq} if event.seq else {}),
        **({"room": event.room} if event.room else {}),
    }


def decode(line: bytes) -> Event | None:
    """Parse a line of JSON. None if the kind of the event is unknown; ValueError if it is not an event."""
    try:
        return _as_event(json.loads(line))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _as_event(found: object) -> Event | None:
    match found:
        case {"event": str(kind), "time": str(time), **rest} if kind in KEYS:
            values = {key: value for key, value in rest.items() if key in KEYS[kind]}
            return Event(
                kind,
                _seconds(time),
                name=as_text(values.get("name", "")),
                text=as_text(values.get("text", "")),
                to=as_text(values.get("to", "")),
                names=tuple(as_text(name) for name in as_items(values.get("names", []))),
                lines=tuple(_said(line) for line in as_items(values.get("lines", []))),
                seq=_sequence(rest.get("seq", 0)),
                room=as_text(rest.get("room", "")),
                id=_sequence(values.get("id", 0)),
            )
        case {"event": str(kind)} if kind not in KEYS:
            return None
    raise ValueError("not an event")


def _sequence(found: object) -> int:
    match found:
        case int(number) if 0 <= number < 2**63:
            return number
    raise ValueError("`seq` or `id` is no such number")


def parse_events(text: str) -> tuple[int | None, str] | None:
    """Parse the arguments of `/events`, `since N` and `key KEY`: the number or None, and the key or "".

    None if they are something else.
    """
    found = EVENTS_ARGUMENTS.fullmatch(text)
    return found and (int(found[1]) if found[1] else None, found[2] or "")


def _said(found: object) -> Event:
    match found:
        case {"event": "said"} if (event := _as_event(found)) is not None:
            return event
    raise ValueError("not a `said` event")


def _seconds(time: str) -> float:
    """Parse an ISO 8601 time into Unix seconds. ValueError also for years that some systems cannot show."""
    moment = datetime.fromisoformat(time)
    if not 1970 <= moment.year < 9999:
        raise ValueError(f"the year must be 1970 to 9998: {time}")
    return moment.timestamp()
