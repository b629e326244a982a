"""A line under the fingers: what the keys send comes in, finished lines go out, and nothing is drawn here.

Python's readline has the terminal and the thread to itself until the line is whole, so that nothing could
arrive meanwhile; a reactor needs an editor that takes what keys there are, and returns.
"""

import unicodedata
from codecs import getincrementaldecoder
from collections.abc import Callable

from core.formats.text import visible

LONGEST = 4000
"""Characters in a line; even if each takes four bytes, a chat server takes the line."""

REMEMBERED = 200
"""Lines that the up arrow can bring back."""

LONGEST_SEQUENCE = 16

END_OF_INPUT = None
"""What Ctrl-D on an empty line brings."""


class Editor:
    """`text` and where the `cursor` is in it, as the number of characters before it."""

    def __init__(self) -> None:
        self.text = ""
        self.cursor = 0
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        self._escape = ""  # the beginning of a sequence, as an arrow key sends
        self._lines = [""]  # those entered; the last is the one under the fingers
        self._position = 0
        self._done: list[str | None] = []

    def feed(self, data: bytes) -> list[str | None]:
        """The lines that these keys completed, and END_OF_INPUT where it was typed."""
        for character in self._decode(data):
            self._on_character(character)
        done, self._done = self._done, []
        return done

    def _on_character(self, character: str) -> None:
        if self._escape and character >= " ":
            self._on_escape(self._escape + character)
        elif character == "\x1b":
            self._escape = character
        else:
            self._escape = ""
            self._on_key(character)

    def _on_escape(self, sequence: str) -> None:
        """ECMA-48, 5.4: ESC [ or ESC O, parameters, and one final character; or ESC and a character."""
        is_begun = sequence in ("\x1b[", "\x1bO") or (sequence[1] == "[" and sequence[-1] < "@")
        self._escape = sequence if is_begun and len(sequence) < LONGEST_SEQUENCE else ""
        if not is_begun:
            self._on_key(sequence)

    def _on_key(self, key: str) -> None:
        if key in KEYS:
            KEYS[key](self)
        elif len(key) == 1 and visible(key) == key >= " ":
            self._insert(key)

    # --- what the keys do

    def _insert(self, character: str) -> None:
        if len(self.text) < LONGEST:
            self.text = self.text[: self.cursor] + character + self.text[self.cursor :]
            self.cursor += 1

    def _enter(self) -> None:
        self._done.append(self.text)
        if self.text and self._lines[-2:-1] != [self.text]:
            self._lines[-1:] = [self.text, ""]
        self._lines = self._lines[-REMEMBERED:]
        self._position = len(self._lines) - 1
        self.text, self.cursor = "", 0

    def _end_or_delete(self) -> None:
        if self.text:
            self._delete()
        else:
            self._done.append(END_OF_INPUT)

    def _delete(self) -> None:
        self._cut(self.cursor, self.cursor + 1)

    def _backspace(self) -> None:
        self._cut(max(0, self.cursor - 1), self.cursor)

    def _cut_word(self) -> None:
        before = self.text[: self.cursor].rstrip(" ")
        self._cut(before.rfind(" ") + 1, self.cursor)

    def _cut_to_start(self) -> None:
        self._cut(0, self.cursor)

    def _cut_to_end(self) -> None:
        self._cut(self.cursor, len(self.text))

    def _cut(self, start: int, end: int) -> None:
        self.text, self.cursor = self.text[:start] + self.text[end:], start

    def _left(self) -> None:
        self.cursor = max(0, self.cursor - 1)

    def _right(self) -> None:
        self.cursor = min(len(self.text), self.cursor + 1)

    def _home(self) -> None:
        self.cursor = 0

    def _end(self) -> None:
        self.cursor = len(self.text)

    def _up(self) -> None:
        self._go_to(self._position - 1)

    def _down(self) -> None:
        self._go_to(self._position + 1)

    def _go_to(self, position: int) -> None:
        """Show another line; the one under the fingers is kept until it is come back to."""
        if 0 <= position < len(self._lines):
            if self._position == len(self._lines) - 1:
                self._lines[-1] = self.text
            self._position = position
            self.text = self._lines[position]
            self.cursor = len(self.text)


KEYS: dict[str, Callable[[Editor], None]] = {
    "\r": Editor._enter,
    "\n": Editor._enter,
    "\x7f": Editor._backspace,
    "\b": Editor._backspace,
    "\x01": Editor._home,
    "\x04": Editor._end_or_delete,
    "\x05": Editor._end,
    "\x0b": Editor._cut_to_end,
    "\x15": Editor._cut_to_start,
    "\x17": Editor._cut_word,
    **dict.fromkeys(("\x1b[A", "\x1bOA"), Editor._up),
    **dict.fromkeys(("\x1b[B", "\x1bOB"), Editor._down),
    **dict.fromkeys(("\x1b[C", "\x1bOC"), Editor._right),
    **dict.fromkeys(("\x1b[D", "\x1bOD"), Editor._left),
    **dict.fromkeys(("\x1b[H", "\x1bOH", "\x1b[1~", "\x1b[7~"), Editor._home),
    **dict.fromkeys(("\x1b[F", "\x1bOF", "\x1b[4~", "\x1b[8~"), Editor._end),
    "\x1b[3~": Editor._delete,
}


def width(text: str) -> int:
    """The columns that `text`, which is visible, takes in a terminal (UAX 11)."""
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def layout(prompt: str, text: str, cursor: int, columns: int) -> tuple[str, str]:
    """One row of a terminal for `text` behind `prompt`: all of it that fits, and the part before the cursor.

    The last column stays free, since a terminal may go to the next row once it is taken. Where there is
    too little room, what is around the cursor is shown.
    """
    room = max(2, columns - 1 - width(prompt))
    cells = [visible(character) for character in text]
    start = cursor
    while start > 0 and width("".join(cells[start - 1 : cursor])) <= room:
        start -= 1
    end = cursor
    while end < len(cells) and width("".join(cells[start : end + 1])) <= room:
        end += 1
    return prompt + "".join(cells[start:end]), prompt + "".join(cells[start:cursor])
