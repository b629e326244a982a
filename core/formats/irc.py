"""IRC's lines: parsed and rendered, with message tags and modes (RFC 1459, RFC 2812, IRCv3).

    @time=2026-11-21T10:00:00Z :ann!ann@host PRIVMSG #class :hello, all
     tags                       prefix       command  parameters

A line ends with CRLF and has at most 512 bytes; its tags have a limit of their own. The last parameter may
contain blanks, and then has a colon in front. `Message` has all parts of a line, `parsemsg` Twisted's three.
Beside this module: `irc_text` (texts), `irc_numerics` (the numbers of a server's answers), `irc_features`
(ISUPPORT), `irc_formatting` (colours).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from core.formats.irc_text import (
    CR,
    LF,
    NUL,
    X_DELIM,
    CaseMapping,
    ctcp_dequote,
    ctcp_extract,
    ctcp_quote,
    ctcp_stringify,
    cut,
    low_dequote,
    low_quote,
    lower_case,
    nick_of,
    split,
)

__all__ = [
    "CHANNEL_PREFIXES",
    "CR",
    "CaseMapping",
    "IRCBadMessage",
    "IRCBadModes",
    "LF",
    "MAX_COMMAND_LENGTH",
    "Message",
    "Mode",
    "NUL",
    "X_DELIM",
    "ctcp_dequote",
    "ctcp_extract",
    "ctcp_quote",
    "ctcp_stringify",
    "cut",
    "escape_tag",
    "low_dequote",
    "low_quote",
    "lower_case",
    "nick_of",
    "parse_modes",
    "parse_tags",
    "parsemsg",
    "split",
    "unescape_tag",
]

MAX_COMMAND_LENGTH = 512
"""The longest line in bytes with its CRLF, but without its tags (RFC 1459, 2.3)."""

MAX_TAGS_LENGTH = 8191
"""The longest tags in bytes, from `@` to the blank after them (IRCv3's message-tags)."""

CHANNEL_PREFIXES = "&#!+"
"""The characters with which a channel's name begins (RFC 2812, 1.3)."""

Mode = tuple[str, str | None]
"""The letter of a mode, and its parameter, if it has one."""

FORBIDDEN = re.compile("[\0\r\n]")
TAG_KEY = re.compile(r"\+?([A-Za-z0-9.-]+/)?[A-Za-z0-9-]+")
TAG_ESCAPES = {"\\": "\\\\", ";": "\\:", " ": "\\s", CR: "\\r", LF: "\\n"}
TAG_CHARACTERS = {escape[1]: character for character, escape in TAG_ESCAPES.items()}


class IRCBadMessage(ValueError):
    """A line has no command, or a message cannot be a line."""


class IRCBadModes(ValueError):
    """The modes of a MODE command are malformed, or do not match its parameters."""


def parsemsg(text: str) -> tuple[str, str, list[str]]:
    """Parse a line without its CRLF into the prefix ("" if it has none), the command and the parameters.

    Tags are left out. Raises IRCBadMessage if the line is empty or has no command.
    """
    if not text:
        raise IRCBadMessage("the line is empty")
    prefix, rest = "", text
    if rest.startswith("@"):
        rest = rest.partition(" ")[2].lstrip(" ")
    if rest.startswith(":"):
        prefix, _, rest = rest[1:].partition(" ")
    rest, colon, last = rest.partition(" :")
    command, *params = [word for word in rest.split(" ") if word] or [""]
    if not command or command.startswith(":"):
        raise IRCBadMessage(f"the line has no command: {text!r}")
    return prefix, command, [*params, last] if colon else params


@dataclass(frozen=True, slots=True)
class Message:
    """A line of IRC: its command and parameters, its prefix ("" if it has none), and its tags."""

    command: str
    params: Sequence[str] = ()
    prefix: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, line: str) -> Self:
        """Parse a line without its CRLF. NUL, CR and LF, which no line may contain, are removed.

        Raises IRCBadMessage if the line is empty or has no command.
        """
        line = FORBIDDEN.sub("", line)
        prefix, command, params = parsemsg(line)
        return cls(command, params, prefix, parse_tags(line) if line.startswith("@") else {})

    def render(self, text: bool = False) -> bytes:
        """The line with its CRLF. One that is too long is cut at 512 bytes, as servers do.

        With `text`, the last parameter has a colon in front even if it needs none. Raises IRCBadMessage if
        this cannot be a line: a parameter but the last is empty, has a blank or begins with a colon; there is
        a NUL, CR or LF; command and prefix are malformed, or alone too long; a tag is malformed.
        """
        head = f":{self.prefix} {self.command}" if self.prefix else self.command
        if " " in self.prefix + self.command or not self.command or self.command[0] in (":", "@"):
            raise IRCBadMessage(f"this is no command: {head!r}")
        line = " ".join([head, *self._rendered_params(text)])
        if FORBIDDEN.search(line) or len(head.encode(errors="replace")) > MAX_COMMAND_LENGTH - 2:
            raise IRCBadMessage(f"this cannot be a line: {line!r}")
        line = cut(line, MAX_COMMAND_LENGTH - 2)
        return f"{self._rendered_tags()}{line}\r\n".encode(errors="replace")

    def _rendered_params(self, text: bool) -> list[str]:
        if not self.params:
            return []
        *middle, last = self.params
        if not all(map(_is_word, middle)):
            raise IRCBadMessage(f"only the last parameter may have blanks or be empty: {list(self.params)}")
        return [*middle, f":{last}" if text or not _is_word(last) else last]

    def _rendered_tags(self) -> str:
        if not self.tags:
            return ""
        for key in self.tags:
            if not TAG_KEY.fullmatch(key):
                raise IRCBadMessage(f"this is no key of a tag: {key!r}")
        items = (f"{key}={escape_tag(value)}" if value else key for key, value in self.tags.items())
        tags = f"@{';'.join(items)} "
        if NUL in tags or len(tags.encode(errors="replace")) > MAX_TAGS_LENGTH:
            raise IRCBadMessage(f"the tags have a NUL or more than {MAX_TAGS_LENGTH} bytes")
        return tags


def _is_word(param: str) -> bool:
    """Whether `param` needs no colon in front."""
    return bool(param) and " " not in param and param[0] != ":"


def parse_tags(line: str) -> dict[str, str]:
    """The tags of a line that begins with `@`, unescaped. Without a value it is "". The last of two wins."""
    items = (item.partition("=") for item in line[1:].partition(" ")[0].split(";"))
    return {key: unescape_tag(value) for key, _, value in items if key}


def escape_tag(value: str) -> str:
    """Escape the value of a tag, so that it has no blank, semicolon or line end (IRCv3's message-tags)."""
    return value.translate({ord(character): escape for character, escape in TAG_ESCAPES.items()})


def unescape_tag(value: str) -> str:
    """The opposite of `escape_tag`. A backslash before any other character, or at the end, is removed."""
    return re.sub(r"\\(.?)", lambda found: TAG_CHARACTERS.get(found[1], found[1]), value, flags=re.DOTALL)


def parse_modes(
    modes: str, params: Sequence[str], param_modes: Sequence[str] = ("", "")
) -> tuple[list[Mode], list[Mode]]:
    """Parse modes such as `+o-l` into those that are added and those that are removed, with their parameters.

    `param_modes` has the letters that take a parameter when they are added, then when they are removed.
    Raises IRCBadModes if `modes` does not consist of a sign and letters, one or more times, or if there are
    too few or too many parameters.
    """
    if not re.fullmatch(r"([+-][^+-]+)+", modes, flags=re.DOTALL):
        raise IRCBadModes(f"Malformed modes: {modes!r}. They are a sign and letters, as in +o-l.")
    added: list[Mode] = []
    removed: list[Mode] = []
    waiting = list(params)
    changes, takes_param = added, param_modes[0]
    for letter in modes:
        if letter in "+-":
            changes, takes_param = (added, param_modes[0]) if letter == "+" else (removed, param_modes[1])
        elif letter not in takes_param:
            changes.append((letter, None))
        elif waiting:
            changes.append((letter, waiting.pop(0)))
        else:
            raise IRCBadModes(f"Not enough parameters for {letter!r} in {modes!r}")
    if waiting:
        raise IRCBadModes(f"Too many parameters for {modes!r}: {waiting}")
    return added, removed
