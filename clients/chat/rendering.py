"""How an event looks is decided here, once: in words, and then in the ink of each mode.

A colour says only what the words say as well. That of a name comes from the name alone, so that it is the
same today and tomorrow, here and at the neighbour's desk.
"""

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from functools import lru_cache

from colorama import Style

from core.formats.chat_events import HISTORY, NO_HISTORY, Event, fold, speaker
from core.formats.text import visible

MENTION = "!"
"""Before a line in which one is spoken to, in each mode that shows it."""

NOT_SENT = "(not sent yet)"
"""Behind a line of one's own that still waits."""


class Role(Enum):
    """What a line is."""

    SAID = "said"
    OWN = "own"
    ACTION = "action"
    PRIVATE = "private"
    PEOPLE = "people"  # who came, went, or has another name
    SERVER = "server"
    REFUSED = "refused"
    STATUS = "status"  # what this program says itself


MESSAGES = (Role.SAID, Role.OWN, Role.ACTION, Role.PRIVATE)
"""What people say; a log has nothing else."""


@dataclass(frozen=True, slots=True)
class StyledLine:
    """A line of the conversation: `lead` says who speaks, `name` whose colour the lead gets ("" for none).

    `time` is in Unix seconds; `mentions`, that others should notice it is meant for one.
    """

    time: float
    name: str
    lead: str
    text: str
    role: Role
    mentions: bool = False


@dataclass(frozen=True, slots=True)
class Color:
    """One of xterm's 256 colours."""

    index: int
    hex: str


# Each has a contrast of 3:1 or more to black and to white; and to any other a distance of 19 or more in
# CIE Lab, as seen by all eyes and by those that lack red or green. No red and no green is among them.
PALETTE = (
    Color(30, "#008787"),
    Color(201, "#ff00ff"),
    Color(62, "#5f5fd7"),
    Color(137, "#af875f"),
    Color(129, "#af00ff"),
    Color(100, "#878700"),
    Color(198, "#ff0087"),
    Color(97, "#875faf"),
)


def name_color(name: str) -> Color:
    """The colour of a name; Python's own hash would be another one in each run."""
    return PALETTE[zlib.crc32(fold(name).encode()) % len(PALETTE)]


# --- what happened, in words


def describe(event: Event, me: str) -> list[StyledLine]:
    """`event` as `me` sees it. The texts of an event are fit for a terminal, and so are those of a line."""
    match event.kind:
        case "history":
            lines = [line for said in event.lines for line in describe(said, me)]
            return lines or [server(NO_HISTORY, event.time)]
        case "said":
            role = Role.OWN if fold(event.name) == fold(me) else Role.SAID
            return [_spoken(event, role, me)]
        case "action":
            return [_spoken(event, Role.ACTION, me)]
        case "private":
            return [_spoken(event, Role.PRIVATE, me)]
        case "joined" | "left" | "renamed":
            return [StyledLine(event.time, event.name, "--", event.text, Role.PEOPLE)]
        case "refused":
            return [refused(event.text, event.time)]
        case _:
            return [server(event.text, event.time)]


def _spoken(event: Event, role: Role, me: str) -> StyledLine:
    is_other = fold(event.name) != fold(me)
    meant = is_other and (role is Role.PRIVATE or is_mentioned(me, event.text))
    return StyledLine(event.time, event.name, speaker(event), event.text, role, meant)


def is_mentioned(name: str, text: str) -> bool:
    """`name` is a whole word of `text`, whatever its case."""
    return bool(name) and _word(fold(name)).search(fold(text)) is not None


@lru_cache(maxsize=8)
def _word(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])")


def own(text: str, me: str, now: float) -> list[StyledLine]:
    """What one has entered, as the others see it. Nothing for a command that they do not see."""
    command, _, rest = text.partition(" ")
    if command == "/me":
        return describe(Event("action", now, me, visible(rest.strip())), me)
    if text.startswith("/") and not text.startswith("//"):
        return []
    return describe(Event("said", now, me, visible(text.removeprefix("/"))), me)


def waiting(line: StyledLine) -> StyledLine:
    """A line of one's own that nobody has got yet."""
    return replace(line, text=f"{line.text} {NOT_SENT}")


def status(text: str, now: float) -> StyledLine:
    """Something that this program says itself."""
    return StyledLine(now, "", "==", text, Role.STATUS)


def server(text: str, now: float) -> StyledLine:
    """Something that the server has to tell."""
    return StyledLine(now, "", "--", text, Role.SERVER)


def refused(text: str, now: float) -> StyledLine:
    """Something that the server will not do."""
    return StyledLine(now, "", "!!", text, Role.REFUSED)


def day(time: float) -> StyledLine:
    """The day begins of which `time` is."""
    return status(_stamp(int(time), "%A, %Y-%m-%d"), time)


def date(time: float) -> str:
    """The local date, to be compared."""
    return _stamp(int(time), "%Y-%m-%d")


def missed(since: float, now: float, lines: Iterable[Event], me: str) -> list[StyledLine]:
    """One is back: from when to when one was out, and what was said meanwhile."""
    said = [line for event in lines for line in describe(event, me)]
    out = f"you were out from {clock(since)} to {clock(now)}"
    count = "1 line was" if len(said) == 1 else f"{len(said) or 'no'} lines were"
    more = ", perhaps more" if len(said) >= HISTORY else ""
    return [status(f"{out}; {count} said meanwhile{more}", now), *said]


# --- in ink


def piped(line: StyledLine) -> str:
    """For programs, and for the log: `2026-11-21T10:00:00 <bob> hello`, in local time."""
    return f"{_stamp(int(line.time), '%Y-%m-%dT%H:%M:%S')} {line.lead} {line.text}"


def plain(line: StyledLine, colored: bool) -> str:
    """For a terminal, `10:00:00 <bob> hello`; with escape sequences only if it may be `colored`."""
    lead = f"{MENTION} {line.lead}" if line.mentions else line.lead
    text = line.text.replace("\t", "    ")
    if not colored:
        return f"{clock(line.time)} {lead} {text}"
    lead_on = f"\x1b[38;5;{name_color(line.name).index}m" if line.name else ""
    bold = Style.BRIGHT if line.mentions or line.role is Role.REFUSED else ""
    dim = Style.DIM if line.role in (Role.PEOPLE, Role.STATUS, Role.SERVER) else ""
    off = Style.RESET_ALL
    return f"{Style.DIM}{clock(line.time)}{off} {bold}{lead_on}{lead}{off} {bold}{dim}{text}{off}"


def clock(time: float) -> str:
    """The local time of day."""
    return _stamp(int(time), "%H:%M:%S")


@lru_cache(maxsize=64)  # a busy second has many lines
def _stamp(second: int, form: str) -> str:
    return datetime.fromtimestamp(second).strftime(form)
