"""The input field: Textual's TextArea with our keys, completion and history.

Textual schedules the action of a bound key for later. In a burst of keys (`hello`, Enter, `there`) the
letters after Enter would take effect first, and be sent with the line. So each key is handled at once.
"""

import unicodedata
from collections.abc import Callable
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
    """The object that is notified of lines and of the keys that do not edit the line."""

    def typed(self) -> None: ...

    def entered(self, text: str) -> None: ...

    def scrolled(self, rows: int, pages: int) -> None: ...

    def followed(self) -> None: ...

    def escaped(self) -> None: ...

    def leave(self) -> None: ...

    def asked_for_help(self) -> None: ...


class Field(TextArea, inherit_bindings=False):
    """The line that is typed. Names have a line of their own: `ask_name` changes between the two.

    Its scrollbar is always there, with no size: when one comes or goes during an undo, Textual looks for a
    cursor behind the end of the text, and the program ends.
    """

    DEFAULT_CSS = """
    Field { height: auto; max-height: 5; border: none; padding: 0;
        overflow: hidden scroll; scrollbar-size: 0 0;
        background: ansi_default; color: ansi_default; &:focus { border: none; }
        &:ansi .text-area--cursor, &:dark .text-area--cursor {
            background: ansi_default; color: ansi_default; text-style: reverse; } }
    """

    def __init__(self, listener: FieldListener, completion: Completion) -> None:
        super().__init__(id="field", compact=True, highlight_cursor_line=False)
        self.cursor_blink = False
        self.match_cursor_bracket = False
        self.asks_name = False
        self._listener = listener
        self._completion = completion
        self._entered = History()
        self._killed = ""
        self._other: tuple[str, int] = "", 0  # the line that is not shown, and its cursor
        self._pressed_at = self._pasted_at = 0.0

    def ask_name(self, asks: bool) -> None:
        """Show the line for names, or the one for messages with its unfinished text."""
        if asks != self.asks_name:
            self.asks_name = asks
            text, cursor = self._other
            self._other = self.text, self.cursor
            self.load_text(text)
            self.go(cursor)

    def on_resize(self) -> None:
        """Keep the cursor in sight: the field has grown or shrunk with its text."""
        self.call_after_refresh(self.scroll_cursor_visible)

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
        # Terminals with kitty's protocol report Shift with keys for which it has no meaning.
        key = event.key if event.key in KEYS else event.key.removeprefix("shift+")
        if (act := KEYS.get(key)) is not None:
            self._listener.typed()
            act(self)
        elif event.character and _is_text(event):
            self._listener.typed()
            self._type(event.character)
        else:
            return
        event.stop()
        event.prevent_default()

    def _type(self, text: str) -> None:
        if self._completion.replaces_space(self.text, self.cursor, text):
            self.action_delete_left()
        self._insert(typed(text))

    def _insert(self, text: str) -> None:
        """Replace the selection, or insert at the cursor."""
        self.replace(text, *self.selection, maintain_selection_offset=False)

    async def _on_paste(self, event: events.Paste) -> None:
        """Insert the paste. Nothing of it is sent before Enter. A name is one line."""
        self._pasted_at = event.time
        text = typed(event.text).strip("\n")
        self._insert(text.partition("\n")[0] if self.asks_name else text)
        event.stop()
        event.prevent_default()

    def enter(self) -> None:
        """Enter the line. Soon after a paste, Enter is a part of it: an end mark was in the pasted text."""
        if self._pressed_at - self._pasted_at < PASTE_ENTER_DELAY:
            self._insert("\n")
            return
        if not self.asks_name:
            self._entered.add(self.text)
        lines = pieces(self.text)
        self.load_text("")
        for line in lines or [""]:
            self._listener.entered(line)

    def escape(self) -> None:
        """Drop several lines; otherwise mark all as read."""
        if lines_hint(self.text):
            self.put("", 0)
        else:
            self._listener.escaped()

    def complete(self, step: int) -> None:
        self.put(*self._completion.tab(self.text, self.cursor, step))

    def recall(self, step: int) -> None:
        """Move by a row; from the first or the last one, to another line of the history."""
        row = self.navigator.is_first_wrapped_line if step < 0 else self.navigator.is_last_wrapped_line
        if not row(self.cursor_location):
            self.action_cursor_up() if step < 0 else self.action_cursor_down()
        elif not self.asks_name and (text := self._entered.move(step, self.text)) is not None:
            self.put(text, len(text))

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
            self._listener.leave()

    def end(self) -> None:
        """Go to the end of the line, and from there to the end of the log."""
        if self.cursor == len(self.text):
            self._listener.followed()
        self.action_cursor_line_end()


def _is_text(event: events.Key) -> bool:
    """Whether the key is a character. Python's `isprintable` lacks other blanks and new emoji."""
    is_control = event.key.startswith(("alt+", "ctrl+")) or len(event.character or "") != 1
    return not is_control and unicodedata.category(event.character or "") != "Cc"


Act = Callable[[Field], object]


def _keys(names: str, act: Act) -> dict[str, Act]:
    return dict.fromkeys(names.split(" "), act)


KEYS: dict[str, Act] = {
    **_keys("enter ctrl+j", Field.enter),
    **_keys("tab", lambda field: field.complete(1)),
    **_keys("shift+tab", lambda field: field.complete(-1)),
    **_keys("up ctrl+p", lambda field: field.recall(-1)),
    **_keys("down ctrl+n", lambda field: field.recall(1)),
    **_keys("left ctrl+b", Field.action_cursor_left),
    **_keys("right ctrl+f", Field.action_cursor_right),
    **_keys("ctrl+left alt+left alt+b", Field.action_cursor_word_left),
    **_keys("ctrl+right alt+right alt+f", Field.action_cursor_word_right),
    **_keys("home ctrl+a", Field.action_cursor_line_start),
    **_keys("end ctrl+e", Field.end),
    **_keys("backspace ctrl+h", Field.action_delete_left),
    **_keys("delete", Field.action_delete_right),
    **_keys("ctrl+d", Field.delete_or_leave),
    **_keys("ctrl+w", Field.kill_to_blank),
    **_keys("alt+backspace ctrl+backspace", lambda field: field.kill(field.get_cursor_word_left_location())),
    **_keys("alt+d ctrl+delete", lambda field: field.kill(field.get_cursor_word_right_location())),
    **_keys("ctrl+u", lambda field: field.kill((field.cursor_location[0], 0))),
    **_keys("ctrl+k", lambda field: field.kill(field.get_cursor_line_end_location())),
    **_keys("ctrl+y", Field.yank),
    **_keys("ctrl+underscore alt+u", Field.undo),
    **_keys("alt+e", Field.redo),
    **_keys("space", lambda field: field._type(" ")),
    **_keys("ctrl+l", lambda field: field.app.refresh(layout=True)),
    **_keys("escape", Field.escape),
    **_keys("f1", lambda field: field._listener.asked_for_help()),
    **_keys("pageup", lambda field: field._listener.scrolled(0, -1)),
    **_keys("pagedown", lambda field: field._listener.scrolled(0, 1)),
    **_keys("shift+up alt+up ctrl+up", lambda field: field._listener.scrolled(-1, 0)),
    **_keys("shift+down alt+down ctrl+down", lambda field: field._listener.scrolled(1, 0)),
    **_keys("ctrl+end alt+end", lambda field: field._listener.followed()),
}
"""The keys, which are readline's where it has one."""
