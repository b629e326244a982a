"""A line under the fingers: what the keys send comes in, finished lines go out, and nothing is drawn here.

Python's readline has the terminal and the thread to itself until the line is whole, so that nothing could
arrive meanwhile; a reactor needs an editor that takes what keys there are, and returns.
"""

from bisect import bisect_left, bisect_right
from codecs import getincrementaldecoder
from collections.abc import Callable
from enum import Enum

from clients.chat.cells import edges, word_end, word_start
from clients.chat.history import LONGEST, History
from core.formats.text import visible

LONGEST_SEQUENCE = 16
PASTE, PASTE_END = "\x1b[200~", "\x1b[201~"
TAB = "    "


class Wish(Enum):
    """What keys may ask for that is no line."""

    END = "end"  # Ctrl-D on an empty line
    REDRAW = "redraw"
    LEAVE = "leave"  # Ctrl-C, where it is no signal


Complete = Callable[[str, int, int], tuple[str, int]]
"""A line, its cursor, and 1 for the next or -1 for the last candidate: the line and its cursor after Tab."""


class Editor:
    """`text` and where the `cursor` is in it, as the number of characters before it.

    `asks` has the lines of a paste that are not let go before somebody says so.
    """

    def __init__(self, complete: Complete = lambda text, cursor, step: (text, cursor)) -> None:
        self.text = ""
        self.cursor = 0
        self.asks: list[str] = []
        self._complete = complete
        self._history = History()
        self._cut_last = ""
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        self._escape = ""  # the beginning of a sequence, as an arrow key sends
        self._paste: list[str] | None = None
        self._done: list[str | Wish] = []

    def feed(self, data: bytes) -> list[str | Wish]:
        """The lines that these keys completed, and what else they ask for."""
        for character in self._decode(data):
            self._on_character(character)
        if self.asks and self._escape == "\x1b":  # the key alone: what arrows send comes in one piece
            self._escape, self.asks = "", []
        done, self._done = self._done, []
        return done

    def _on_character(self, character: str) -> None:
        if self._paste is not None:
            self._on_pasted(character, self._paste)
        elif self._escape and character >= " ":
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
        if key == PASTE:
            self._paste = []
        elif self.asks:
            self._on_answer(key)
        elif key in KEYS:
            KEYS[key](self)
        elif len(key) == 1:
            self._insert(key)

    # --- a paste

    def _on_pasted(self, character: str, pasted: list[str]) -> None:
        pasted.append(character)
        if character == "~" and "".join(pasted[-len(PASTE_END) :]) == PASTE_END:
            self._paste = None
            self.paste("".join(pasted[: -len(PASTE_END)]))

    def paste(self, pasted: str) -> None:
        """Put it in. If that makes several lines, ask first."""
        text = pasted.replace("\r\n", "\n").replace("\r", "\n").replace("\t", TAB).strip("\n")
        if self.asks:  # one question at a time
            return
        if "\n" not in text and len(self.text) + len(text) <= LONGEST:
            self._insert(text)
            return
        whole = self.text[: self.cursor] + text + self.text[self.cursor :]
        for line in whole.split("\n"):
            kept = _fit(line)
            self.asks += [kept[start : start + LONGEST] for start in range(0, len(kept.strip()), LONGEST)]

    def _on_answer(self, key: str) -> None:
        if key in ("\r", "\n"):
            for line in self.asks:
                self._history.add(line)
            self._done += self.asks
            self._set("", 0)
        if key in ("\r", "\n", "\x03"):
            self.asks = []

    # --- what the keys do

    def _set(self, text: str, cursor: int) -> None:
        """The cursor never stands inside of what is one character to the eye."""
        stops = edges(text)
        self.text, self.cursor = text, stops[bisect_left(stops, min(cursor, len(text)))]

    def _insert(self, typed: str) -> None:
        new = _fit(typed)
        if len(self.text) + len(new) <= LONGEST:
            self._set(self.text[: self.cursor] + new + self.text[self.cursor :], self.cursor + len(new))

    def _enter(self) -> None:
        self._done.append(self.text)
        self._history.add(self.text)
        self._set("", 0)

    def _end_or_delete(self) -> None:
        if self.text:
            self._delete()
        else:
            self._done.append(Wish.END)

    def _redraw(self) -> None:
        self._done.append(Wish.REDRAW)

    def _leave(self) -> None:
        self._done.append(Wish.LEAVE)

    def _delete(self) -> None:
        self._cut(self.cursor, self._next())

    def _backspace(self) -> None:
        self._cut(self._previous(), self.cursor)

    def _cut(self, start: int, end: int) -> None:
        self._set(self.text[:start] + self.text[end:], start)

    def _keep(self, start: int, end: int) -> None:
        """Cut, to be put in again by `_yank`."""
        self._cut_last = self.text[start:end] or self._cut_last
        self._cut(start, end)

    def _yank(self) -> None:
        self._insert(self._cut_last)

    def _cut_to_blank(self) -> None:
        before = self.text[: self.cursor].rstrip(" ")
        self._keep(before.rfind(" ") + 1, self.cursor)

    def _cut_word(self) -> None:
        self._keep(word_start(self.text, self.cursor), self.cursor)

    def _cut_next_word(self) -> None:
        self._keep(self.cursor, word_end(self.text, self.cursor))

    def _cut_to_start(self) -> None:
        self._keep(0, self.cursor)

    def _cut_to_end(self) -> None:
        self._keep(self.cursor, len(self.text))

    def _go(self, cursor: int) -> None:
        self._set(self.text, cursor)

    def _up(self) -> None:
        self._show(self._history.up(self.text))

    def _down(self) -> None:
        self._show(self._history.down())

    def _show(self, text: str | None) -> None:
        if text is not None:
            self._set(text, len(text))

    def _tab(self, step: int = 1) -> None:
        text, cursor = self._complete(self.text, self.cursor, step)
        if len(text) <= LONGEST:
            self._set(text, cursor)

    # --- where things are

    def _previous(self) -> int:
        stops = edges(self.text)
        return stops[max(0, bisect_left(stops, self.cursor) - 1)]

    def _next(self) -> int:
        stops = edges(self.text)
        return stops[min(len(stops) - 1, bisect_right(stops, self.cursor))]


def _fit(text: str) -> str:
    """What of `text` may stand in a line."""
    return "".join(letter for letter in text if visible(letter) == letter != "\t")


KEYS: dict[str, Callable[[Editor], None]] = {
    **dict.fromkeys(("\r", "\n"), Editor._enter),
    **dict.fromkeys(("\x7f", "\b"), Editor._backspace),
    **dict.fromkeys(("\x1b\x7f", "\x1b\b"), Editor._cut_word),
    "\x1bd": Editor._cut_next_word,
    "\x1b[3~": Editor._delete,
    "\x03": Editor._leave,
    "\x04": Editor._end_or_delete,
    "\x0b": Editor._cut_to_end,
    "\x0c": Editor._redraw,
    "\x15": Editor._cut_to_start,
    "\x17": Editor._cut_to_blank,
    "\x19": Editor._yank,
    "\t": Editor._tab,
    "\x1b[Z": lambda editor: editor._tab(-1),
    **dict.fromkeys(("\x10", "\x1b[A", "\x1bOA"), Editor._up),
    **dict.fromkeys(("\x0e", "\x1b[B", "\x1bOB"), Editor._down),
    **dict.fromkeys(("\x06", "\x1b[C", "\x1bOC"), lambda editor: editor._go(editor._next())),
    **dict.fromkeys(("\x02", "\x1b[D", "\x1bOD"), lambda editor: editor._go(editor._previous())),
    **dict.fromkeys(
        ("\x1bf", "\x1b[1;5C", "\x1b[1;3C", "\x1b[5C", "\x1bOc"),
        lambda editor: editor._go(word_end(editor.text, editor.cursor)),
    ),
    **dict.fromkeys(
        ("\x1bb", "\x1b[1;5D", "\x1b[1;3D", "\x1b[5D", "\x1bOd"),
        lambda editor: editor._go(word_start(editor.text, editor.cursor)),
    ),
    **dict.fromkeys(("\x01", "\x1b[H", "\x1bOH", "\x1b[1~", "\x1b[7~"), lambda editor: editor._go(0)),
    **dict.fromkeys(
        ("\x05", "\x1b[F", "\x1bOF", "\x1b[4~", "\x1b[8~"), lambda editor: editor._go(len(editor.text))
    ),
}
"""What readline binds, and what terminals send for the keys that have names."""
