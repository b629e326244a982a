"""The line in which the user types: a filter, a text to search for, an announcement, a file name.

It always exists, and gets the focus while the key that opens it is handled. A field created at that moment
would miss the keys that follow at once, such as `chat` after `/`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input, Static

from clients.monitor.widgets.lines import LineWidget
from clients.monitor.widgets.palette import Line

FILTERS = "filter: srv:chat outq>64k !user:bob"
OnText = Callable[[str], object]


def ignore(text: str) -> None:
    """For a question that needs only the final text."""


@dataclass(frozen=True)
class PromptQuestion:
    """A label, and the text to begin with, which Escape restores. `hint` is shown while the field is empty.

    `on_change` is called for each change, `on_enter` with the final text.
    """

    label: str
    text: str
    on_enter: OnText
    on_change: OnText = ignore
    hint: str = ""


class Prompt(Horizontal):
    """Shows the last text, or a `hint`. After `ask`, all keys go to the field until Enter or Escape.

    Tab does not leave the field. A click elsewhere does, and cancels the question, because a question that
    stayed open without the focus would show a field while letters are commands.

    Callbacks, not messages, tell the screen about that: a message would arrive only after the keys that are
    already in the queue. `return_focus` gives the focus to another widget, `after_answer` is called last.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "close(True)", priority=True),
        Binding("escape", "close(False)", priority=True),
        Binding("tab,shift+tab", "stay", priority=True),
    ]

    def __init__(
        self, return_focus: Callable[[], object], after_answer: Callable[[], object], hint: str
    ) -> None:
        super().__init__()
        self.label = Static("/", id="label", markup=False)
        self.field = Input(placeholder=hint, compact=True)
        self._hint = hint
        self.status = LineWidget("status")
        self.question: PromptQuestion | None = None
        self._return_focus, self._after_answer = return_focus, after_answer

    def compose(self) -> ComposeResult:
        self.field.can_focus = False
        yield self.label
        yield self.field
        yield self.status

    def ask(self, question: PromptQuestion) -> None:
        """Open the field for the answer to `question`."""
        self.question = question
        self._update(question.label, question.text, question.hint)
        self.field.can_focus = True
        self.screen.set_focus(self.field)

    def show_text(self, text: str) -> None:
        """Close the field and show `text`."""
        self.question = None
        self.field.can_focus = False  # so that neither Tab nor a click opens the field
        self._update("/", text, self._hint)

    def show_status(self, status: Line) -> None:
        """Show `status` at the right end."""
        self.status.styles.width = sum(cell_len(text) for text, _ in status)
        self.status.show(status)

    def _update(self, label: str, text: str, hint: str) -> None:
        self.label.update(label)
        self.field.placeholder = hint
        with self.field.prevent(Input.Changed):
            self.field.value = text
        self.field.cursor_position = len(text)

    @on(Input.Changed)
    def _on_field_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self.question is not None:
            self.question.on_change(event.value)

    def action_stay(self) -> None:
        """Keep the focus in the field."""

    @on(events.DescendantBlur)
    def _on_focus_lost(self) -> None:
        """Cancel, unless the whole terminal lost the focus: then the field has it again afterwards."""
        if self.app.app_focus and self.screen.focused is not self.field:
            self.field.call_later(self._answer, self.question, False)

    def action_close(self, accepted: bool) -> None:
        """Accept or cancel. Keys typed from now on go to the screen.

        Keys typed before may still be in the field's queue, so the answer is taken after them.
        """
        self._return_focus()
        self.field.call_later(self._answer, self.question, accepted)

    def _answer(self, question: PromptQuestion | None, accepted: bool) -> None:
        """Do nothing if `question` is answered already."""
        if question is None or question is not self.question:
            return
        self.question = None
        if accepted:
            question.on_enter(self.field.value)
        else:
            question.on_change(question.text)
        self._after_answer()
