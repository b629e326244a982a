"""Bold letters and colours inside IRC's texts, as mIRC introduced them: stripped, or shown in a terminal.

A control character switches a style on or off: `\\x02` bold, `\\x1d` italic, `\\x1f` underlined, `\\x1e`
struck out, `\\x11` monospace, `\\x16` reversed. `\\x03` and a number are a colour, `\\x03` alone is none: so
`\\x034,2red on blue\\x03`. `\\x04` has the colour as six hexadecimal digits. `\\x0f` ends all styles.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from core.formats.text import visible

CODES = re.compile(
    "\x03(?:([0-9]{1,2})(?:,([0-9]{1,2}))?)?"
    "|\x04(?:([0-9A-Fa-f]{6})(?:,([0-9A-Fa-f]{6}))?)?"
    "|[\x02\x0f\x11\x16\x1d\x1e\x1f]"
)

SWITCHES = {"\x02": "1", "\x1d": "3", "\x1f": "4", "\x16": "7", "\x1e": "9"}
"""Styles, and their numbers in an escape sequence (ECMA-48, SGR). A terminal is monospace anyway."""

COLOURS = (97, 30, 34, 32, 91, 31, 35, 33, 93, 92, 36, 96, 94, 95, 90, 37)
"""mIRC's colours 0 to 15 (white, black, blue, green, red, …) as a terminal's. Others are left out."""


@dataclass(frozen=True, slots=True)
class TextStyle:
    """How a piece of text looks: the characters of `SWITCHES` that are on, and two colours.

    A colour is a number of mIRC's, or six hexadecimal digits, or "" for none.
    """

    on: frozenset[str] = frozenset()
    colour: str = ""
    background: str = ""

    def after(self, code: re.Match[str]) -> "TextStyle":
        """The style after a control code."""
        kind = code[0][0]
        if kind == "\x0f":
            return PLAIN
        if kind in "\x03\x04":
            colour, background = code[1] or code[3] or "", code[2] or code[4] or ""
            return replace(self, colour=colour, background=background or (self.background if colour else ""))
        return replace(self, on=self.on ^ {kind})

    @property
    def sequence(self) -> str:
        """The escape sequence that switches a terminal to this style, "" for the plain style."""
        numbers = sorted(SWITCHES[kind] for kind in self.on if kind in SWITCHES)
        numbers += [*_colour(self.colour, 0), *_colour(self.background, 10)]
        return f"\x1b[{';'.join(numbers)}m" if numbers else ""


PLAIN = TextStyle()


def strip_formatting(text: str) -> str:
    """`text` without styles and colours."""
    return CODES.sub("", text)


def parse_formatting(text: str) -> Iterator[tuple[str, TextStyle]]:
    """The pieces of `text`, each with its style, without the empty ones."""
    style, at = PLAIN, 0
    for code in CODES.finditer(text):
        if code.start() > at:
            yield text[at : code.start()], style
        style, at = style.after(code), code.end()
    if at < len(text):
        yield text[at:], style


def show_formatting(text: str) -> str:
    """`text` with its styles as escape sequences of a terminal. Other control characters are `visible`."""
    shown = ""
    for piece, style in parse_formatting(text):
        sequence = style.sequence
        shown += f"{sequence}{visible(piece)}\x1b[0m" if sequence else visible(piece)
    return shown


def _colour(colour: str, offset: int) -> list[str]:
    """The numbers of a colour, of the letters or, with `offset` 10, of the background."""
    if len(colour) == 6:
        return [f"{38 + offset};2;{';'.join(str(part) for part in bytes.fromhex(colour))}"]
    is_known = bool(colour) and int(colour) < len(COLOURS)
    return [str(COLOURS[int(colour)] + offset)] if is_known else []
