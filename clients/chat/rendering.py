"""How an event is shown: first as styled lines, which are the same everywhere, then as text for each mode.

Colour never carries information that the words do not.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import lru_cache

from colorama import Style

from clients.chat.colors import Colors
from core.formats.chat_events import NO_HISTORY, Event, parse_line, speaker
from core.formats.text import fold, visible

MENTION = "!"
"""Marks a line that mentions the user, in the modes for people."""


class Role(Enum):
    """The kind of a line."""

    SAID = "said"
    OWN = "own"  # said by the user
    ACTION = "action"
    PRIVATE = "private"
    JOINED = "joined"
    LEFT = "left"
    SERVER = "server"  # any other message of the server
    REFUSED = "refused"
    STATUS = "status"  # a message of this program
    HEADING = "heading"  # above the lines of a day, or above missed lines
    RULE = "rule"  # separates old lines from new ones; shown only on the full screen


ROLES = {role.value: role for role in Role}
"""The roles by the kind of the event, where these have the same name. All other events have Role.SERVER."""

MESSAGES = (Role.SAID, Role.OWN, Role.ACTION, Role.PRIVATE)
"""The roles of messages of people. The log contains nothing else."""

DIMMED = (Role.JOINED, Role.LEFT, Role.SERVER, Role.STATUS, Role.HEADING)

RULES = (Role.HEADING, Role.RULE)
"""The roles of lines that the full screen shows as a rule with the text in it."""


class Delivery(Enum):
    """The state of a line of the user's on its way to the server.

    | state     | meaning                                   | next state                                     |
    |-----------|-------------------------------------------|------------------------------------------------|
    | UNSENT    | in the outbox                             | SENT; if the server confirms no line DELIVERED |
    | SENT      | the server has not confirmed it           | DELIVERED; connection lost: DOUBTFUL           |
    | DOUBTFUL  | the server has perhaps not received it    | among the missed events: DELIVERED             |
    | DELIVERED | the server has it                         |                                                |
    """

    UNSENT = "unsent"
    SENT = "sent"
    DOUBTFUL = "doubtful"
    DELIVERED = "delivered"


NOTES = {Delivery.UNSENT: " (not sent yet)", Delivery.DOUBTFUL: " (perhaps not delivered)"}
"""The remarks behind a line that is not delivered, in the modes for people."""


@dataclass(frozen=True, slots=True)
class StyledLine:
    """A line of the conversation: `lead` names the speaker, in the colour of `name` ("" for no colour).

    `time` is in Unix seconds. `mentions`: another person mentions the user, or writes in private. `color` is
    the colour of `name` in this room, as `People.color` gives it. `number` and `delivery` are those of a line
    of the user's.
    """

    time: float
    name: str
    lead: str
    text: str
    role: Role
    mentions: bool = False
    color: int | None = None
    number: int = 0
    delivery: Delivery = Delivery.DELIVERED

    @property
    def note(self) -> str:
        """The remark behind the text if the line is not sent or perhaps not delivered, otherwise ""."""
        return NOTES.get(self.delivery, "")

    @property
    def is_dim(self) -> bool:
        """Whether it is no message, or one that is not delivered yet."""
        return self.role in DIMMED or self.delivery is not Delivery.DELIVERED

    @property
    def name_color(self) -> int | None:
        """The colour of the speaker. None if it has none, or if the line is not delivered yet."""
        return self.color if self.delivery is Delivery.DELIVERED else None

    @property
    def whole(self) -> str:
        """The speaker and the text, as a row shows them and a search finds them."""
        return f"{self.lead} {self.text}" if self.lead else self.text


# --- events and other messages as styled lines


def describe(event: Event, me: str) -> list[StyledLine]:
    """The lines that show `event` to the user `me`. The texts of `event` must be safe for a terminal."""
    if event.kind == "history":
        lines = [line for said in event.lines for line in describe(said, me)]
        return lines or [StyledLine(event.time, "", "--", NO_HISTORY, Role.SERVER)]
    role = ROLES.get(event.kind, Role.SERVER)
    if role is Role.REFUSED:
        return [refused_line(event.text, event.time)]
    if role not in MESSAGES:
        name = event.name if event.kind in ("joined", "left", "renamed") else ""
        return [StyledLine(event.time, name, "--", event.text, role)]
    is_own = fold(event.name) == fold(me)
    mentions = not is_own and (role is Role.PRIVATE or is_mentioned(me, event.text))
    role = Role.OWN if is_own and role is Role.SAID else role
    return [StyledLine(event.time, event.name, speaker(event), event.text, role, mentions)]


def is_mentioned(name: str, text: str) -> bool:
    """Whether `text` contains `name` as a word, in any case, but not in a link, a path or a mail address."""
    if not name:
        return False
    words = [word for word in text.split() if not LINK.search(word)]
    name, text = fold(name), fold(" ".join(words))
    starts = (found.start() for found in re.finditer(re.escape(name), text))
    return any(is_border(text, at) and is_border(text, at + len(name)) for at in starts)


LINK = re.compile(r"://|www\.|[\w.+-]@[\w-]|\A(?:~|\.{1,2})?/.|/.*/")
"""Found in a word that is a link, a mail address or a path."""

NO_BLANKS = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
"""Letters of scripts that have no blanks between words."""


def is_border(text: str, at: int) -> bool:
    """Whether a word ends or begins at `at`: not inside a word of one script, nor before a mark."""
    before, after = text[max(0, at - 1) : at], text[at : at + 1]
    if unicodedata.category(after or " ").startswith("M"):
        return False
    if bool(NO_BLANKS.match(before)) != bool(NO_BLANKS.match(after)):
        return True
    return not (re.match(r"[\w-]", before) and re.match(r"[\w-]", after))


def describe_own(text: str, me: str, now: float) -> list[StyledLine]:
    """The typed line `text` as the others see it. The list is empty if they see nothing of it."""
    command, rest = parse_line(text)
    kind = {"": "said", "/me": "action"}.get(command)
    return describe(Event(kind, now, me, visible(rest)), me) if kind and rest.strip() else []


def status_line(text: str, now: float) -> StyledLine:
    """A message of this program."""
    return StyledLine(now, "", "==", text, Role.STATUS)


def refused_line(text: str, now: float) -> StyledLine:
    """The server's refusal of a name or a command."""
    return StyledLine(now, "", "!!", text, Role.REFUSED)


def day_line(time: float) -> StyledLine:
    """The heading of the day of `time`."""
    return StyledLine(time, "", "==", _stamp(int(time), "%A, %Y-%m-%d"), Role.HEADING)


def absence_line(since: float, now: float) -> StyledLine:
    """The heading above the lines that were said from `since` to `now`, while the user was away."""
    text = f"you were disconnected from {clock(since)} to {clock(now)}"
    return StyledLine(now, "", "==", text, Role.HEADING)


def rule_line(text: str, now: float) -> StyledLine:
    """A rule with `text` in it."""
    return StyledLine(now, "", "", text, Role.RULE)


# --- styled lines as text


def render_piped(line: StyledLine) -> str:
    """For programs and for the log: `2026-11-21T10:00:00 <bob> hello`, in local time."""
    return f"{_stamp(int(line.time), '%Y-%m-%dT%H:%M:%S')} {line.lead} {line.text}"


def render_plain(line: StyledLine, colors: Colors | None) -> str:
    """For a terminal: `10:00:00 <bob> hello`, without escape sequences if `colors` is None."""
    lead = f"{MENTION} {line.lead}" if line.mentions else line.lead
    text = line.text.replace("\t", "    ") + line.note
    if colors is None:
        return f"{clock(line.time)} {lead} {text}"
    name = "" if line.name_color is None else _foreground(line.name_color)
    dim = Style.DIM if colors.dim is None else _foreground(colors.dim)
    bold = Style.BRIGHT if line.mentions or line.role is Role.REFUSED else ""
    off = Style.RESET_ALL
    of_text = bold + dim * line.is_dim
    return f"{dim}{clock(line.time)}{off} {bold}{name}{lead}{off} {of_text}{text}{off}"


def _foreground(color: int) -> str:
    """The escape sequence for one of xterm's 256 colours (ECMA-48, 8.3.117; ITU T.416)."""
    return f"\x1b[38;5;{color}m"


def clock(time: float) -> str:
    """The local time of day, as `10:00:00`."""
    return _stamp(int(time), "%H:%M:%S")


def local_date(time: float) -> str:
    """The local date, as `2026-11-21`."""
    return _stamp(int(time), "%Y-%m-%d")


@lru_cache(maxsize=64)  # many lines have the same second
def _stamp(second: int, form: str) -> str:
    return datetime.fromtimestamp(second).strftime(form)
