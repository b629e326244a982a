"""The text inside IRC's lines: its length, quoting, CTCP, and when two names are the same.

A line has at most 512 bytes, but a text is made of characters, and one character has up to four bytes in
UTF-8. `cut` and `split` count bytes and never divide a character. They do not divide what is drawn as one
character either (a letter and its accents, a flag), unless that alone is too long.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum

from core.formats.text import clusters

NUL, CR, LF = "\0", "\r", "\n"
X_DELIM = "\x01"
"""Stands before and after a CTCP message."""

M_QUOTE = "\x10"
X_QUOTE = "\\"

LINE_END = re.compile(r"\r\n|\r|\n")
BLANKS = " \t"

WHOLE_WORDS = re.compile(r"\A(.*[ \t])[^ \t]*\Z", re.DOTALL)

LONGEST_CLUSTER = 16
"""The number of characters behind a cut that are examined for accents of the one before it."""

LOW_QUOTES = {M_QUOTE: M_QUOTE, NUL: "0", LF: "n", CR: "r"}
CTCP_QUOTES = {X_QUOTE: X_QUOTE, X_DELIM: "a"}

CtcpMessage = tuple[str, str | None]
"""The tag of a CTCP message, such as ACTION, and its data, if it has any."""


def cut(text: str, size: int) -> str:
    """Return the longest beginning of `text` that has at most `size` bytes in UTF-8."""
    if text.isascii():
        return text[:size]
    end, room = 0, size
    for cluster in clusters(text[: size + LONGEST_CLUSTER]):
        room -= len(cluster.encode(errors="replace"))
        if room < 0:
            break
        end += len(cluster)
    return text[: end or len(text[:size].encode(errors="replace")[:size].decode(errors="ignore"))]


def split(text: str, length: int = 80) -> list[str]:
    """Split `text` into lines of at most `length` bytes, at line ends and, where that is possible, at blanks.

    Empty lines are left out. A single character that has more than `length` bytes is a line of its own.
    Raises ValueError if `length` is less than 1.
    """
    if length < 1:
        raise ValueError(f"the length of a line is at least 1, not {length}")
    return [piece for line in LINE_END.split(text) for piece in _wrapped(line.rstrip(BLANKS), length)]


def _wrapped(line: str, length: int) -> Iterator[str]:
    """The pieces of one line, without the blanks at which it was broken."""
    while line:
        piece = cut(line, length) or line[0]
        if len(piece) < len(line) and line[len(piece)] not in BLANKS:
            piece = WHOLE_WORDS.sub(r"\1", piece) or piece
        if shown := piece.rstrip(BLANKS):
            yield shown
        line = line[len(piece) :].lstrip(BLANKS)


def low_quote(text: str) -> str:
    """Quote the characters that no line may contain, as CTCP's specification has it: `\\r` becomes `^Pr`."""
    return text.translate({ord(character): M_QUOTE + code for character, code in LOW_QUOTES.items()})


def low_dequote(text: str) -> str:
    """The opposite of `low_quote`. A quoted character that needs no quoting stands for itself."""
    return _dequote(text, M_QUOTE, LOW_QUOTES)


def ctcp_quote(text: str) -> str:
    r"""Quote the delimiter of CTCP messages as `\a`, and the backslash as `\\`."""
    return text.translate({ord(character): X_QUOTE + code for character, code in CTCP_QUOTES.items()})


def ctcp_dequote(text: str) -> str:
    """The opposite of `ctcp_quote`. A quoted character that needs no quoting stands for itself."""
    return _dequote(text, X_QUOTE, CTCP_QUOTES)


def _dequote(text: str, quote: str, codes: dict[str, str]) -> str:
    characters = {code: character for character, code in codes.items()}
    pattern = f"{re.escape(quote)}(.)"
    return re.sub(pattern, lambda found: characters.get(found[1], found[1]), text, flags=re.DOTALL)


def ctcp_extract(text: str) -> tuple[list[CtcpMessage], list[str]]:
    """Split a text: return the CTCP messages in it, and the pieces of text around them.

    In a text that begins with a CTCP message, the last one needs no delimiter at its end: many programs leave
    it out.
    """
    pieces = text.split(X_DELIM)
    plain, quoted = pieces[::2], pieces[1::2]
    if len(pieces) % 2 == 0 and pieces[0]:  # the last delimiter opens nothing
        plain.append(quoted.pop())
    messages = [_tag_and_data(ctcp_dequote(piece)) for piece in quoted if piece]
    return messages, [piece for piece in plain if piece]


def _tag_and_data(text: str) -> CtcpMessage:
    tag, blank, data = text.partition(" ")
    return tag, data if blank else None


def ctcp_stringify(messages: Iterable[CtcpMessage]) -> str:
    """The opposite of `ctcp_extract`: CTCP messages as one text."""
    quoted = (ctcp_quote(f"{tag} {data}" if data else tag) for tag, data in messages)
    return "".join(f"{X_DELIM}{text}{X_DELIM}" for text in quoted)


class CaseMapping(Enum):
    """The rule by which a server compares names: which characters are the upper and lower case of one letter.

    The value is the one of CASEMAPPING in ISUPPORT. IRC comes from Finland, whose 7-bit code had letters in
    the places of brackets: so in RFC 1459 (2.2) `{}|` are the lower case of `[]\\`, and today `^` of `~`.
    """

    ASCII = "ascii"
    RFC1459 = "rfc1459"
    STRICT_RFC1459 = "strict-rfc1459"

    @property
    def pairs(self) -> tuple[str, str]:
        """The letters in upper case, and the same letters in lower case."""
        upper, lower = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
        beside: dict[CaseMapping, Sequence[str]] = {
            CaseMapping.RFC1459: ("[]\\~", "{}|^"),
            CaseMapping.STRICT_RFC1459: ("[]\\", "{}|"),
        }
        more_upper, more_lower = beside.get(self, ("", ""))
        return upper + more_upper, lower + more_lower


TABLES = {mapping: str.maketrans(*mapping.pairs) for mapping in CaseMapping}


def lower_case(name: str, mapping: CaseMapping = CaseMapping.RFC1459) -> str:
    """The form in which a server compares names of users and channels. Letters outside ASCII stay."""
    return name.translate(TABLES[mapping])


def nick_of(prefix: str) -> str:
    """The nickname in a prefix: `ann` in `ann!user@host`. A server's prefix is its name."""
    return prefix.partition("!")[0]
