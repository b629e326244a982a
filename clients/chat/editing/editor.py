"""A non-blocking line editor: keys in, finished lines out. It does not draw.

Python's readline blocks the thread until the line is complete, so no message could arrive in the meantime. A
reactor needs an editor that handles the available keys and returns. On the full screen Textual reads the
keys, and the editor gets their names.
"""

from bisect import bisect_left, bisect_right
from codecs import getincrementaldecoder
from collections.abc import Callable
from enum import Enum

from clients.chat.editing.cells import edges, word_end, word_start
from clients.chat.editing.history import LONGEST, History
from core.formats.text import visible

LONGEST_SEQUENCE = 16
PASTE, PASTE_END = "\x1b[200~", "\x1b[201~"
TAB = "    "


class EditorCommand(Enum):
    """A command of the user's that is not a line."""

    END = "end"  # Ctrl-D on an empty line
    REDRAW = "redraw"
    LEAVE = "leave"  # Ctrl-C, where it is no signal


Complete = Callable[[str, int, int], tuple[str, int]]
"""A line, its cursor, and 1 for the next or -1 for the last candidate: the line and its cursor after Tab."""


class Editor:
    """`text` and where the `cursor` is in it, as the number of characters before it.

    `asks` has the pasted lines that wait for the user's answer.
    """

    def __init__(self, complete: Complete | None = None) -> None:
        self.text = ""
        self.cursor = 0
        self.asks: list[str] = []
        self._complete = complete
        self._history = History()
        self._killed = ""
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        self._escape = ""  # the beginning of a sequence, as an arrow key sends
        self._paste: list[str] | None = None
        self._done: list[str | EditorCommand] = []

    def feed(self, data: bytes) -> list[str | EditorCommand]:
        """The lines that these keys completed, and what else they ask for."""
        for character in self._decode(data):
            self._on_character(character)
        if self.asks and self._escape == "\x1b":  # Escape alone: an arrow key sends its sequence in one piece
            self._escape, self.asks = "", []
        return self._take()

    def press(self, key: str) -> list[str | EditorCommand]:
        """The same for a key that is in `KEYS`."""
        KEYS[key](self)
        return self._take()

    def _take(self) -> list[str | EditorCommand]:
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
            self.insert(key)

    # --- a paste

    def _on_pasted(self, character: str, pasted: list[str]) -> None:
        pasted.append(character)
        if character == "~" and "".join(pasted[-len(PASTE_END) :]) == PASTE_END:
            self._paste = None
            self.paste("".join(pasted[: -len(PASTE_END)]))

    def paste(self, pasted: str) -> None:
        """Put it in. If that makes several lines, ask first."""
        text = _unfold(pasted)
        if self.asks:  # one question at a time
            return
        if "\n" not in text and len(self.text) + len(text) <= LONGEST:
            self.insert(text)
        else:
            self.asks = pieces(self.text[: self.cursor] + text + self.text[self.cursor :])

    def _on_answer(self, key: str) -> None:
        if key in ("\r", "\n"):
            for line in self.asks:
                self._history.add(line)
            self._done += self.asks
            self.put("", 0)
        if key in ("\r", "\n", "\x03"):
            self.asks = []

    # --- what the keys do

    def put(self, text: str, cursor: int) -> None:
        """Have this `text`. The cursor never stands inside of what is one character to the eye."""
        stops = edges(text)
        self.text, self.cursor = text, stops[bisect_left(stops, min(cursor, len(text)))]

    def insert(self, typed: str) -> None:
        """Put it in at the cursor, as far as it is fit to be seen, and has room."""
        new = _fit(typed)[: LONGEST - len(self.text)]
        self.put(self.text[: self.cursor] + new + self.text[self.cursor :], self.cursor + len(new))

    def _enter(self) -> None:
        self._done.append(self.text)
        self._history.add(self.text)
        self.put("", 0)

    def _delete_or_end(self) -> None:
        if self.text:
            self._delete(self._next())
        else:
            self._done.append(EditorCommand.END)

    def _delete(self, to: int) -> str:
        """Delete the text between the cursor and `to`, and return it."""
        start, end = sorted((self.cursor, to))
        deleted = self.text[start:end]
        self.put(self.text[:start] + self.text[end:], start)
        return deleted

    def _kill(self, to: int) -> None:
        """Delete, to be put in again by Ctrl-Y."""
        self._killed = self._delete(to) or self._killed

    def go(self, cursor: int) -> None:
        """Have the cursor there."""
        self.put(self.text, cursor)

    def _show(self, text: str | None) -> None:
        if text is not None:
            self.put(text, len(text))

    def _tab(self, step: int = 1) -> None:
        if self._complete is not None:
            text, cursor = self._complete(self.text, self.cursor, step)
            if len(text) <= LONGEST:
                self.put(text, cursor)

    # --- where things are

    def _previous(self) -> int:
        stops = edges(self.text)
        return stops[max(0, bisect_left(stops, self.cursor) - 1)]

    def _next(self) -> int:
        stops = edges(self.text)
        return stops[min(len(stops) - 1, bisect_right(stops, self.cursor))]

    def _word_back(self) -> int:
        return word_start(self.text, self.cursor)

    def _next_word(self) -> int:
        return word_end(self.text, self.cursor)

    def _blank_before(self) -> int:
        return self.text[: self.cursor].rstrip(" ").rfind(" ") + 1


def _fit(text: str) -> str:
    """`text` without the characters that a line must not contain."""
    return "".join(letter for letter in text if visible(letter) == letter != "\t")


def _unfold(pasted: str) -> str:
    return pasted.replace("\r\n", "\n").replace("\r", "\n").replace("\t", TAB).strip("\n")


def pieces(pasted: str) -> list[str]:
    """Its lines, in pieces that a server takes; a blank one is none."""
    lines = [_fit(line) for line in _unfold(pasted).split("\n")]
    return [line[at : at + LONGEST] for line in lines for at in range(0, len(line.rstrip()), LONGEST)]


Act = Callable[[Editor], object]


def _keys(names: str, act: Act) -> dict[str, Act]:
    return dict.fromkeys(names.split(" "), act)


KEYS: dict[str, Act] = {
    **_keys("\r \n enter ctrl+j", Editor._enter),
    **_keys("\x7f \b backspace ctrl+h", lambda editor: editor._delete(editor._previous())),
    **_keys("\x1b[3~ delete", lambda editor: editor._delete(editor._next())),
    **_keys("\x04 ctrl+d", Editor._delete_or_end),
    **_keys("\x03", lambda editor: editor._done.append(EditorCommand.LEAVE)),
    **_keys("\x0c ctrl+l", lambda editor: editor._done.append(EditorCommand.REDRAW)),
    **_keys("\x1b\x7f \x1b\b alt+backspace ctrl+backspace", lambda editor: editor._kill(editor._word_back())),
    **_keys("\x1bd alt+d ctrl+delete", lambda editor: editor._kill(editor._next_word())),
    **_keys("\x17 ctrl+w", lambda editor: editor._kill(editor._blank_before())),
    **_keys("\x15 ctrl+u", lambda editor: editor._kill(0)),
    **_keys("\x0b ctrl+k", lambda editor: editor._kill(len(editor.text))),
    **_keys("\x19 ctrl+y", lambda editor: editor.insert(editor._killed)),
    **_keys("\t tab", Editor._tab),
    **_keys("\x1b[Z shift+tab", lambda editor: editor._tab(-1)),
    **_keys("\x10 \x1b[A \x1bOA up ctrl+p", lambda editor: editor._show(editor._history.up(editor.text))),
    **_keys("\x0e \x1b[B \x1bOB down ctrl+n", lambda editor: editor._show(editor._history.down())),
    **_keys("\x06 \x1b[C \x1bOC right ctrl+f", lambda editor: editor.go(editor._next())),
    **_keys("\x02 \x1b[D \x1bOD left ctrl+b", lambda editor: editor.go(editor._previous())),
    **_keys(
        "\x1bf \x1b[1;5C \x1b[1;3C \x1b[5C \x1bOc alt+f alt+right ctrl+right",
        lambda editor: editor.go(editor._next_word()),
    ),
    **_keys(
        "\x1bb \x1b[1;5D \x1b[1;3D \x1b[5D \x1bOd alt+b alt+left ctrl+left",
        lambda editor: editor.go(editor._word_back()),
    ),
    **_keys("\x01 \x1b[H \x1bOH \x1b[1~ \x1b[7~ home ctrl+a", lambda editor: editor.go(0)),
    **_keys("\x05 \x1b[F \x1bOF \x1b[4~ \x1b[8~ end ctrl+e", lambda editor: editor.go(len(editor.text))),
}
"""The keys of readline: the sequence that a terminal sends, and the name in Textual."""
