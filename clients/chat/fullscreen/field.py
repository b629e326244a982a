"""The input field, with the same editor as in the line mode. Each key takes effect before the next one.

Textual schedules the action of a bound key for later. In a burst of keys (`hello`, Enter, `there`) the
letters after Enter would take effect first, and be sent with the line.
"""

from collections.abc import Callable
from typing import Protocol

from rich.segment import Segment
from textual import events
from textual.geometry import Offset
from textual.strip import Strip

from clients.chat.editing import editor
from clients.chat.editing.cells import fitting, layout, width
from clients.chat.editing.completion import Completion
from clients.chat.editing.editor import Editor, EditorCommand
from clients.chat.editing.history import LONGEST
from clients.chat.fullscreen.render import PLAIN, REVERSE
from clients.chat.fullscreen.strip_panel import StripPanel
from core.formats.text import clusters


class FieldListener(Protocol):
    """The object that is notified of lines and of the keys that do not edit the line."""

    def typed(self) -> None: ...

    def entered(self, text: str) -> None: ...

    def pasted(self, lines: list[str]) -> None: ...

    def scrolled(self, rows: int, pages: int) -> None: ...

    def followed(self) -> None: ...

    def escaped(self) -> None: ...

    def leave(self) -> None: ...

    def asked_for_help(self) -> None: ...


class Field(StripPanel, can_focus=True):
    """Shows an `editor` and passes it the keys. While a name is asked for, it is a separate editor."""

    DEFAULT_CSS = "Field { width: 1fr; }"

    def __init__(self, listener: FieldListener, completion: Completion) -> None:
        super().__init__("field")
        self.listener = listener
        self._for_lines = self.editor = Editor(completion.tab)

    def ask_name(self, asks: bool) -> None:
        """Use the editor for names, or the one for lines with its unfinished text."""
        before = self.editor
        if asks != self._is_for_a_name:
            self.editor = Editor() if asks else self._for_lines
            if before.text and not asks:
                self.editor.put(before.text, before.cursor)
            self.refresh()

    @property
    def _is_for_a_name(self) -> bool:
        return self.editor is not self._for_lines

    # --- drawing

    def render_line(self, y: int) -> Strip:
        """The line, with the character under the cursor in reverse. The terminal's cursor is there too."""
        row, behind = self._layout()
        self.app.cursor_position = self.region.offset + Offset(width(behind), 0)
        under, *rest = clusters(row[len(behind) :]) or [" "]
        cursor = Segment(under, REVERSE if self.has_focus else PLAIN)
        return Strip([Segment(behind), cursor, Segment("".join(rest))]).adjust_cell_length(self.size.width)

    def _layout(self) -> tuple[str, str]:
        return layout("", self.editor.text, self.editor.cursor, self.size.width)

    def redraw(self) -> None:
        """Draw the whole screen again."""
        self.app.refresh(layout=True)

    # --- what is typed

    async def _on_key(self, event: events.Key) -> None:
        act = KEYS.get(event.key)
        if act is not None:
            act(self)
        if event.key in editor.KEYS:
            self._press(event.key)
        elif act is None and event.character and event.is_printable and not event.key.startswith("alt+"):
            self._write(event.character)
        elif act is None:
            return
        event.stop()
        event.prevent_default()

    def _press(self, key: str) -> None:
        self.listener.typed()
        for done in self.editor.press(key):
            match done:
                case str(line):
                    self.listener.entered(line)
                case EditorCommand.END:
                    self.listener.leave()
                case EditorCommand.REDRAW:
                    self.redraw()
        self.refresh()

    def _write(self, text: str) -> None:
        self.listener.typed()
        self.editor.insert(text)
        if len(self.editor.text) == LONGEST:
            self.app.bell()
        self.refresh()

    def _on_paste(self, event: events.Paste) -> None:
        """Insert one pasted line. Of several, notify the listener, and leave the typed text as it is."""
        lines = editor.pieces(event.text)
        if len(lines) > 1 and not self._is_for_a_name:
            self.listener.pasted(lines)
        else:
            self._write("".join(lines[:1]))
        event.stop()

    async def _on_click(self, event: events.Click) -> None:
        """Move the cursor to the clicked character."""
        row, behind = self._layout()
        start = self.editor.cursor - len(behind)
        self.editor.go(start + len("".join(fitting(clusters(row), event.x))))
        self.refresh()

    def end(self) -> None:
        """Scroll the log to its end if the cursor was already at the end of the line."""
        if self.editor.cursor == len(self.editor.text):
            self.listener.followed()


KEYS: dict[str, Callable[[Field], object]] = {
    **dict.fromkeys(("end", "ctrl+e"), Field.end),
    "pageup": lambda field: field.listener.scrolled(0, -1),
    "pagedown": lambda field: field.listener.scrolled(0, 1),
    **dict.fromkeys(("shift+up", "alt+up", "ctrl+up"), lambda field: field.listener.scrolled(-1, 0)),
    **dict.fromkeys(("shift+down", "alt+down", "ctrl+down"), lambda field: field.listener.scrolled(1, 0)),
    **dict.fromkeys(("ctrl+end", "alt+end"), lambda field: field.listener.followed()),
    "escape": lambda field: field.listener.escaped(),
    "f1": lambda field: field.listener.asked_for_help(),
    "ctrl+z": lambda field: field.app.action_suspend_process(),
}
"""The keys that do not edit the line; `editor.KEYS` has those that do."""
