"""The line to type in. Each key does its work here at once, before the next one is looked at.

Textual hands a key that is bound to an action on to the program, which does it a little later; of a burst of
keys (`hello`, Enter, `there`) the letters behind Enter would come too early, and be sent with it.
"""

from collections.abc import Callable
from typing import Protocol

from textual import events
from textual.widgets import Input

from clients.chat.cells import edges
from clients.chat.completion import Completion
from clients.chat.history import LONGEST, History
from core.formats.text import visible


class Typist(Protocol):
    """Whom the keys concern that are not for the line itself."""

    def entered(self, text: str) -> None: ...

    def pasted(self, lines: list[str]) -> None: ...

    def scrolled(self, rows: int, pages: int) -> None: ...

    def followed(self) -> None: ...

    def escaped(self) -> None: ...

    def leave(self) -> None: ...

    def asked_for_help(self) -> None: ...


def clean(text: str) -> str:
    """`text` without what is not shown as it is."""
    return "".join(letter for letter in text.replace("\t", " ") if visible(letter) == letter)


def pieces(line: str) -> list[str]:
    """`line` in pieces that a server takes; none if it is blank."""
    return [line[start : start + LONGEST] for start in range(0, len(line.rstrip()), LONGEST)]


class Field(Input):
    """An Input that completes, remembers, and takes nothing that a terminal would obey."""

    DEFAULT_CSS = """
    Field { border: none; height: 1; padding: 0; width: 1fr; background: ansi_default; }
    Field:focus { border: none; background: ansi_default; background-tint: transparent; }
    Field:ansi > .input--cursor, Field:ansi > .input--selection {
        background: ansi_default; color: ansi_default; text-style: reverse; }
    """

    def __init__(self, typist: Typist, completion: Completion) -> None:
        super().__init__(id="field", compact=True, max_length=LONGEST, select_on_focus=False)
        self.cursor_blink = False
        self.history = History()
        self.is_for_a_name = False
        self._typist = typist
        self._completion = completion
        self._aside = ("", 0)

    def ask_name(self, asks: bool) -> None:
        """While it asks for a name, what was half typed before is kept aside."""
        if asks != self.is_for_a_name:
            self.is_for_a_name = asks
            if asks:
                self._aside = self.value, self.cursor_position
                self._put("", 0)
            elif not self.value:
                self._put(*self._aside)

    def replace(self, text: str, start: int, end: int) -> None:
        """Put `text` in place of what is there, as far as it can be shown as it is, and as it fits."""
        room = LONGEST - len(self.value) + abs(end - start)
        shown = clean(text)
        if len(shown) > room:
            self.app.bell()
        super().replace(shown[:room], start, end)

    def _put(self, text: str, cursor: int) -> None:
        self.value = text
        self.cursor_position = cursor

    async def _on_key(self, event: events.Key) -> None:
        act = KEYS.get(event.key)
        if act is not None:
            act(self)
        if act is not None or event.key.startswith("alt+"):  # which would be the letter alone
            event.stop()
            event.prevent_default()

    def _on_paste(self, event: events.Paste) -> None:
        """More than a line is asked about first."""
        lines = [piece for line in event.text.splitlines() for piece in pieces(clean(line))]
        if len(lines) > 1 and not self.is_for_a_name:
            self._typist.pasted(lines)
        elif lines:
            self.replace(lines[0], *self.selection)
        event.stop()
        event.prevent_default()

    # --- what the keys do

    def enter(self) -> None:
        """Hand the line over."""
        text, self.value = self.value, ""
        if not self.is_for_a_name:
            self.history.add(text)
        self._typist.entered(text)

    def _recall(self, line: str | None) -> None:
        if line is not None:
            self._put(line, len(line))

    def older(self) -> None:
        """The line that was entered before this one."""
        self._recall(self.history.up(self.value))

    def newer(self) -> None:
        """And back."""
        self._recall(self.history.down())

    def complete(self, step: int = 1) -> None:
        """Tab."""
        if not self.is_for_a_name:
            self._put(*self._completion.tab(self.value, self.cursor_position, step))

    def left(self) -> None:
        """One place, however many characters it has."""
        before = [edge for edge in edges(self.value) if edge < self.cursor_position]
        self.cursor_position = before[-1] if before else 0

    def right(self) -> None:
        """As above."""
        behind = [edge for edge in edges(self.value) if edge > self.cursor_position]
        self.cursor_position = behind[0] if behind else len(self.value)

    def delete_before(self) -> None:
        """What `left` would go over, or what is selected."""
        if self.selection.is_empty:
            end = self.cursor_position
            self.left()
            self.delete(self.cursor_position, end)
        else:
            self.delete_selection()

    def delete_behind(self) -> None:
        """What `right` would go over, or what is selected."""
        if self.selection.is_empty:
            start = self.cursor_position
            self.right()
            self.delete(start, self.cursor_position)
        else:
            self.delete_selection()

    def delete_or_leave(self) -> None:
        """Ctrl-D."""
        if self.value:
            self.delete_behind()
        else:
            self._typist.leave()

    def end_or_follow(self) -> None:
        """End: of the line, and who is there already goes to the end of the log."""
        if self.cursor_at_end:
            self._typist.followed()
        self.action_end()

    def scroll_log(self, rows: int = 0, pages: int = 0) -> None:
        """Look up or down in the log."""
        self._typist.scrolled(rows, pages)

    def follow(self) -> None:
        """See the end of the log."""
        self._typist.followed()

    def escape(self) -> None:
        """Back to how it usually looks."""
        self._typist.escaped()

    def help(self) -> None:
        """F1."""
        self._typist.asked_for_help()

    def redraw(self) -> None:
        """Ctrl-L."""
        self.app.refresh(layout=True)


Act = Callable[[Field], object]


def keys(names: str, act: Act) -> dict[str, Act]:
    """The same for several keys."""
    return dict.fromkeys(names.split(), act)


KEYS: dict[str, Act] = {
    **keys("enter", Field.enter),
    **keys("up ctrl+p", Field.older),
    **keys("down ctrl+n", Field.newer),
    **keys("tab", Field.complete),
    **keys("shift+tab", lambda field: field.complete(-1)),
    **keys("left ctrl+b", Field.left),
    **keys("right ctrl+f", Field.right),
    **keys("ctrl+left alt+left alt+b", Field.action_cursor_left_word),
    **keys("ctrl+right alt+right alt+f", Field.action_cursor_right_word),
    **keys("home ctrl+a", Field.action_home),
    **keys("end ctrl+e", Field.end_or_follow),
    **keys("backspace ctrl+h", Field.delete_before),
    **keys("delete", Field.delete_behind),
    **keys("ctrl+d", Field.delete_or_leave),
    **keys("ctrl+w ctrl+backspace alt+backspace", Field.action_delete_left_word),
    **keys("alt+d ctrl+delete", Field.action_delete_right_word),
    **keys("ctrl+u", Field.action_delete_left_all),
    **keys("ctrl+k", Field.action_delete_right_all),
    **keys("pageup", lambda field: field.scroll_log(pages=-1)),
    **keys("pagedown", lambda field: field.scroll_log(pages=1)),
    **keys("shift+up alt+up ctrl+up", lambda field: field.scroll_log(rows=-1)),
    **keys("shift+down alt+down ctrl+down", lambda field: field.scroll_log(rows=1)),
    **keys("ctrl+end alt+end", Field.follow),
    **keys("escape", Field.escape),
    **keys("f1", Field.help),
    **keys("ctrl+l", Field.redraw),
    **keys("ctrl+z", lambda field: field.app.action_suspend_process()),
}
