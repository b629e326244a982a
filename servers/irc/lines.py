"""Lines of IRC as the server sends them: at most 512 bytes, and each form of a line encoded once.

The lesson: clients ask for different forms of the same line, for instance with the time in front (IRCv3's
`server-time`). A broadcast encodes a form when the first member needs it, and all others get the same bytes.
"""

import time
from datetime import UTC, datetime

from core.formats.irc import MAX_COMMAND_LENGTH, Message, split

LONGEST = MAX_COMMAND_LENGTH - 2
"""Bytes in a line, without its CRLF and without tags."""

PLAIN, TIMED, TAGGED, TIMED_AND_TAGGED = "", "time", "tags", "time tags"
"""The forms of a line: the tags that a client has asked for. `tags` are those of the client that sent it."""


def form_of(capabilities: set[str]) -> str:
    """The form of the lines for a client that has asked for these capabilities."""
    has_time, has_tags = "server-time" in capabilities, "message-tags" in capabilities
    return (TIMED_AND_TAGGED if has_time else TAGGED) if has_tags else (TIMED if has_time else PLAIN)


def render(prefix: str, command: str, *params: str, text: str | None = None) -> bytes:
    """A line with its CRLF, cut to 512 bytes. `text` is the last parameter, and may have blanks in it."""
    words = list(map(as_word, params))
    if text is None:
        return Message(command, words, prefix).render()
    return Message(command, [*words, text], prefix).render(text=True)


def error_line(reason: str) -> bytes:
    """The ERROR with which the server closes a connection (RFC 2812, 3.7.4)."""
    return render("", "ERROR", text=f"Closing connection: {reason}")


def as_word(param: str) -> str:
    """`param` as a parameter that is not the last: `*` where it would not be parsed as one word."""
    return "*" if not param or " " in param or param.startswith(":") else param


def pieces(text: str, size: int) -> list[str]:
    """The text, or its parts if it has more than `size` bytes."""
    return [text] if len(text.encode()) <= size else split(text, size)


def message(prefix: str, command: str, target: str, text: str) -> bytes:
    """A PRIVMSG or NOTICE in as many lines as its text needs. Each piece of an ACTION is an ACTION again."""
    line = f":{prefix} {command} {target} :{text}"
    if line.isascii() and line.isprintable() and len(line) <= LONGEST:  # the usual case, which is to be fast
        return line.encode() + b"\r\n"
    before, after = ("\x01ACTION ", "\x01") if text.startswith("\x01ACTION ") else ("", "")
    body = text.removeprefix(before).removesuffix(after) if before else text
    size = LONGEST - len(f":{prefix} {command} {target} :{before}{after}".encode())
    lines = [render(prefix, command, target, text=before + piece + after) for piece in pieces(body, size)]
    return b"".join(lines)


class Broadcast(dict[str, bytes]):
    """The bytes of one or more lines by form. `tags` are the client's tags, without the `@`, or empty."""

    def __init__(self, lines: bytes, tags: str = "") -> None:
        self[PLAIN] = lines
        self._tags = tags

    def __missing__(self, form: str) -> bytes:
        times = [f"time={timestamp()}"] if form in (TIMED, TIMED_AND_TAGGED) else []
        tags = [self._tags] if self._tags and form in (TAGGED, TIMED_AND_TAGGED) else []
        self[form] = encoded = with_tags(";".join(times + tags), self[PLAIN])
        return encoded


def with_tags(tags: str, lines: bytes) -> bytes:
    """Each line with `tags` in front."""
    if not tags:
        return lines
    front = f"@{tags} ".encode()
    return b"".join([front + line for line in lines.splitlines(keepends=True)])


def timestamp() -> str:
    """Now, as IRCv3's `server-time` writes it: `2026-11-21T10:00:00.000Z`."""
    return datetime.fromtimestamp(time.time(), UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:23] + "Z"
