"""The input field: Textual's TextArea with our keys, completion and history.

Textual schedules the action of a bound key for later. In a burst of keys (`hello`, Enter, `there`) the
letters after Enter would take effect first, and be sent with the line. So each key is handled at once.
"""

import unicodedata
from collections.abc import Callable, Mapping
from enum import Enum
from itertools import accumulate
from typing import Protocol

from textual import events
from textual.document._document import Location
from textual.widgets import TextArea

from clients.chat.editing.completion import Completion
from clients.chat.editing.history import History
from clients.chat.editing.typed import lines_hint, pieces, typed
from clients.keyboard import PASTE_ENTER_DELAY
from core.formats.text import clusters


class FieldListener(Protocol):
    """The object that is notified of lines and of the keys that do not edit."""

    def typed(self) -> None: ...

    def entered(self, text: str) -> None: ...

    def searched(self, step: int) -> None: ...

    def followed(self) -> None: ...

    def escaped(self) -> None: ...

    def leave(self) -> None: ...


class Purpose(Enum):
    """The purpose of the field.

    A message becomes a name when the server asks for one, and a name a message when it is accepted.
    Ctrl-F: a text to find. Enter: it is found, so n and N go from match to match. Escape, or then any other
    key that edits, comes back to the message or the name.
    """

    MESSAGE = "message"
    NAME = "name"
    FIND = "find"
    FOUND = "found"


class Field(TextArea, inherit_bindings=False):
    """The line that is typed. Messages and names have a line of their own, and so has a text to find.

    Its scrollbar is always there, with no size: when one comes or goes during an undo, Textual looks for a
    cursor behind the end of the text, and the program ends.
    """

    DEFAULT_CSS = """
    Field { height: auto; max-height: 5; border: none; padding: 0;
        overflow: hidden scroll; scrollbar-size: 0 0;
        background: $background; color: $foreground; &:focus { border: none; }
        &:ansi .text-area--cursor, &:dark .text-area--cursor {
            background: $background; color: $foreground; text-style: reverse; } }
    """

    def __init__(
        self, listener: FieldListener, completion: Completion, commands: "Mapping[str, Act]"
    ) -> None:
        super().__init__(id="field", compact=True, highlight_cursor_line=False)
        self.cursor_blink = False
        self.match_cursor_bracket = False
        self.purpose = self._home = Purpose.MESSAGE
        self.listener = listener
        self._completion = completion
        self._commands = commands  # the keys that do not edit
        self._entered = History()
        self._killed = ""
        self._lines: dict[Purpose, tuple[str, int]] = {}  # those that are not shown, and their cursors
        self._pressed_at = self._pasted_at = 0.0

    def ask_name(self, asks: bool) -> None:
        """Show the line for names, or the one for messages with its unfinished text."""
        home = Purpose.NAME if asks else Purpose.MESSAGE
        if home is not self._home:
            self._home = home
            self.use(home)

    @property
    def finds(self) -> bool:
        """Whether the user looks for a text."""
        return self.purpose in (Purpose.FIND, Purpose.FOUND)

    def use(self, purpose: Purpose) -> None:
        """Show the line for `purpose`, unfinished as it was. FOUND shows the text to find."""
        before, self.purpose = self.purpose, purpose
        if purpose is Purpose.FOUND:
            self.post_message(self.Changed(self))
        elif purpose is not before:
            self._lines[before] = self.text, self.cursor
            text, cursor = ("", 0) if purpose is Purpose.FIND else self._lines.get(purpose, ("", 0))
            self.load_text(text)
            self.go(cursor)

    def on_resize(self) -> None:
        """Keep the cursor in sight: the field has grown or shrunk with its text."""
        self.call_after_refresh(self.scroll_cursor_visible)

    def enter_search(self) -> None:
        """The text to find is complete."""
        self.use(Purpose.FOUND if self.text else self._home)

    def end_search(self) -> None:
        self.use(self._home)

    # --- the text and the cursor

    @property
    def cursor(self) -> int:
        """The number of characters before the cursor."""
        return len(self.get_text_range((0, 0), self.cursor_location))

    def go(self, cursor: int) -> None:
        """Move the cursor behind so many characters."""
        row, column = self.text.count("\n", 0, cursor), cursor - self.text.rfind("\n", 0, cursor) - 1
        self.move_cursor((row, column))

    def put(self, text: str, cursor: int) -> None:
        """Replace the whole text. Undo brings it back."""
        self.replace(text, (0, 0), self.document.end)
        self.go(cursor)

    def get_cursor_left_location(self) -> Location:
        """Not into a letter with its accents, or into an emoji."""
        row, column = self.cursor_location
        before = [stop for stop in self._stops(row) if stop < column]
        return (row, before[-1]) if before else super().get_cursor_left_location()

    def get_cursor_right_location(self) -> Location:
        row, column = self.cursor_location
        behind = [stop for stop in self._stops(row) if stop > column]
        return (row, behind[0]) if behind else super().get_cursor_right_location()

    def get_target_document_location(self, event: events.MouseEvent) -> Location:
        """For a click below the last line the end of the text: Textual raises IndexError now and then."""
        try:
            return super().get_target_document_location(event)
        except LookupError:
            return self.document.end

    def _stops(self, row: int) -> list[int]:
        return list(accumulate(map(len, clusters(self.document.get_line(row))), initial=0))

    # --- what is typed

    async def _on_key(self, event: events.Key) -> None:
        self._pressed_at = event.time
        if act := self._act_for(event):
            act(self)
            event.stop()
            event.prevent_default()

    def _act_for(self, event: events.Key) -> "Act | None":
        """The meaning of a key. After Enter in a search, each key that edits ends the search first."""
        key, text = event.key, _text_of(event)
        if key not in self._commands and key not in KEYS:
            # Terminals with kitty's protocol report Shift with keys for which it has no meaning.
            key = key.removeprefix("shift+")
        if act := FIND_KEYS[self.purpose].get(key) or self._commands.get(key):
            return act
        if key not in KEYS and not text:
            return None
        self._begin_typing()
        return KEYS.get(key) or (lambda field: field._type(text))

    def _begin_typing(self) -> None:
        if self.purpose is Purpose.FOUND:
            self.end_search()
        self.listener.typed()

    def _type(self, text: str) -> None:
        if self._completion.replaces_space(self.text, self.cursor, text):
            self.action_delete_left()
        self._insert(typed(text))

    def _insert(self, text: str) -> None:
        """Replace the selection, or insert at the cursor."""
        self.replace(text, *self.selection, maintain_selection_offset=False)

    async def _on_paste(self, event: events.Paste) -> None:
        """Insert the paste. Nothing of it is sent before Enter. A name or a text to find is one line."""
        self._pasted_at = event.time
        self._begin_typing()
        text = typed(event.text).strip("\n")
        self._insert(text if self.purpose is Purpose.MESSAGE else text.partition("\n")[0])
        event.stop()
        event.prevent_default()

    def enter(self) -> None:
        """Enter the line. Soon after a paste, Enter is a part of it: an end mark was in the pasted text."""
        if self._pressed_at - self._pasted_at < PASTE_ENTER_DELAY:
            self._insert("\n")
            return
        if self.purpose is Purpose.MESSAGE:
            self._entered.add(self.text)
        lines = pieces(self.text)
        self.load_text("")
        for line in lines or [""]:
            self.listener.entered(line)

    def escape(self) -> None:
        """Drop several lines; otherwise mark all as read."""
        if lines_hint(self.text):
            self.put("", 0)
        else:
            self.listener.escaped()

    def complete(self, step: int) -> None:
        self.put(*self._completion.tab(self.text, self.cursor, step))

    def recall(self, step: int) -> None:
        """Move by a row; from the first or the last one, to another line of the history."""
        row = self.navigator.is_first_wrapped_line if step < 0 else self.navigator.is_last_wrapped_line
        if not row(self.cursor_location):
            self.action_cursor_up() if step < 0 else self.action_cursor_down()
        elif self.purpose is Purpose.MESSAGE:
            self._show(self._entered.move(step, self.text))

    def search_history(self) -> None:
        """Go to the last line of the history that contains the text; again: to the one before that."""
        if self.purpose is Purpose.MESSAGE:
            self._show(self._entered.search(self.text))

    def _show(self, line: str | None) -> None:
        if line is not None:
            self.put(line, len(line))

    def kill(self, to: Location) -> None:
        """Delete the text between the cursor and `to`. Ctrl-Y inserts it."""
        start, end = sorted((self.cursor_location, to))
        self._killed = self.get_text_range(start, end) or self._killed
        self.delete(start, end)

    def kill_to_blank(self) -> None:
        """Delete the word before the cursor, and the blanks behind it."""
        row, column = self.cursor_location
        self.kill((row, self.document.get_line(row)[:column].rstrip(" ").rfind(" ") + 1))

    def yank(self) -> None:
        self._insert(self._killed)

    def delete_or_leave(self) -> None:
        if self.text:
            self.action_delete_right()
        else:
            self.listener.leave()

    def end(self) -> None:
        """Go to the end of the line, and from there to the end of the log."""
        if self.cursor == len(self.text):
            self.listener.followed()
        self.action_cursor_line_end()


def _text_of(event: events.Key) -> str:
    """The character that the key types, or "". Python's `isprintable` lacks other blanks and new emoji."""
    text = event.character or ""
    is_control = event.key.startswith(("alt+", "ctrl+")) or len(text) != 1
    return "" if is_control or unicodedata.category(text) == "Cc" else text


Act = Callable[[Field], object]


def keys(names: str, act: Act) -> dict[str, Act]:
    """`act` for each of `names`."""
    return dict.fromkeys(names.split(" "), act)


KEYS: dict[str, Act] = {
    **keys("enter ctrl+j", Field.enter),
    **keys("tab", lambda field: field.complete(1)),
    **keys("shift+tab", lambda field: field.complete(-1)),
    **keys("up ctrl+p", lambda field: field.recall(-1)),
    **keys("down ctrl+n", lambda field: field.recall(1)),
    **keys("ctrl+r", Field.search_history),
    **keys("left ctrl+b", Field.action_cursor_left),
    **keys("right", Field.action_cursor_right),
    **keys("ctrl+left alt+left alt+b", Field.action_cursor_word_left),
    **keys("ctrl+right alt+right alt+f", Field.action_cursor_word_right),
    **keys("home ctrl+a", Field.action_cursor_line_start),
    **keys("end ctrl+e", Field.end),
    **keys("backspace ctrl+h", Field.action_delete_left),
    **keys("delete", Field.action_delete_right),
    **keys("ctrl+d", Field.delete_or_leave),
    **keys("ctrl+w", Field.kill_to_blank),
    **keys("alt+backspace ctrl+backspace", lambda field: field.kill(field.get_cursor_word_left_location())),
    **keys("alt+d ctrl+delete", lambda field: field.kill(field.get_cursor_word_right_location())),
    **keys("ctrl+u", lambda field: field.kill((field.cursor_location[0], 0))),
    **keys("ctrl+k", lambda field: field.kill(field.get_cursor_line_end_location())),
    **keys("ctrl+y", Field.yank),
    **keys("ctrl+underscore alt+u", Field.undo),
    **keys("alt+e", Field.redo),
    **keys("space", lambda field: field._type(" ")),
    **keys("ctrl+l", lambda field: field.app.refresh(layout=True)),
    **keys("ctrl+f", lambda field: field.use(Purpose.FIND)),
    **keys("escape", Field.escape),
}
"""The keys, which are readline's where it has one."""

ON = {
    **keys("up ctrl+p", lambda field: field.listener.searched(-1)),
    **keys("down ctrl+n", lambda field: field.listener.searched(1)),
    **keys("escape", Field.end_search),
}
FIND_KEYS: dict[Purpose, dict[str, Act]] = {
    Purpose.MESSAGE: {},
    Purpose.NAME: {},
    Purpose.FIND: {
        **ON,
        **keys("enter ctrl+j", Field.enter_search),
        **keys("ctrl+d", Field.action_delete_right),
    },
    Purpose.FOUND: {**ON, **keys("n enter ctrl+j", ON["up"]), **keys("N", ON["down"])},
}
"""Those that have another meaning in a search. It begins with the newest match, so `n` goes to older ones."""
