"""The one line in which something is typed: a filter, an announcement, a file's name.

It is there all the time, and takes the focus within the key that asks for it. A field that was made for the
occasion would come too late for the letters behind that key, in a burst such as `/chat`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input, Static

FILTERS = "filter: srv:chat outq>64k !user:bob"
Typed = Callable[[str], object]


def nothing(text: str) -> None:
    """For a question whose letters nobody needs one by one."""


@dataclass(frozen=True)
class PromptQuestion:
    """What is asked for; `text` is what is there already, and what Escape goes back to.

    `hint` is shown while nothing is there.
    """

    label: str
    text: str
    on_enter: Typed
    on_change: Typed = nothing
    hint: str = ""


class Prompt(Horizontal):
    """Rests showing the filter; `ask` has the next keys typed here."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "close(True)", priority=True),
        Binding("escape", "close(False)", priority=True),
    ]
    DEFAULT_CSS = """
    Prompt { height: 1; background: $panel; }
    Prompt #label { width: auto; color: $accent; text-style: bold; padding: 0 1; }
    Prompt Input { width: 1fr; border: none; height: 1; padding: 0; background: $panel; }
    Prompt Input:focus { background: $panel; }
    Prompt #status { width: auto; max-width: 70%; height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self, on_leave: Callable[[], object], on_close: Callable[[], object]) -> None:
        super().__init__()
        self.label = Static("/", id="label", markup=False)
        self.field = Input(placeholder=FILTERS, compact=True)
        self.status = Static("", id="status", markup=False)
        self.question: PromptQuestion | None = None
        self._when_left, self._when_closed = on_leave, on_close
        self._status_width = 0

    def compose(self) -> ComposeResult:
        """What it consists of."""
        self.field.can_focus = False
        yield self.label
        yield self.field
        yield self.status

    def ask(self, question: PromptQuestion) -> None:
        """Have the next keys typed here."""
        self.question = question
        self._show(question.label, question.text, question.hint)
        self.field.can_focus = True
        self.screen.set_focus(self.field)

    def rest(self, filter: str) -> None:
        """Show the filter."""
        self.question = None
        self.field.can_focus = False  # neither Tab nor a click leads here
        self._show("/", filter, FILTERS)

    def show_status(self, status: Text) -> None:
        """What is said at its right end."""
        self.status.update(status, layout=status.cell_len != self._status_width)
        self._status_width = status.cell_len

    def _show(self, label: str, text: str, hint: str) -> None:
        self.label.update(label)
        self.field.placeholder = hint
        with self.field.prevent(Input.Changed):
            self.field.value = text
        self.field.cursor_position = len(text)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Every letter counts."""
        event.stop()
        if self.question is not None:
            self.question.on_change(event.value)

    def action_close(self, accepted: bool) -> None:
        """Enter or Escape. What is typed behind it is for the screen; what was typed before it may still
        be on its way to the field, so the answer waits its turn there."""
        self._when_left()
        self.field.call_later(self._close, accepted)

    def _close(self, accepted: bool) -> None:
        question, self.question = self.question, None
        if question is not None and accepted:
            question.on_enter(self.field.value)
        elif question is not None:
            question.on_change(question.text)
        self._when_closed()
