"""The stepper on the full screen, from 80 by 24 characters up. All that it draws itself is ASCII."""

from collections import deque
from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Footer, Static

from clients.fullscreen import ReactorApp
from tutorials.stepper.lines import Output, Session


class StepperApp(ReactorApp):
    """Steps the program that the arguments name."""

    CSS_PATH = "screen.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012 - as in Textual
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "press(' ')", "callback", priority=True),
        Binding("enter", "press('\\n')", "turn", key_display="enter"),
        Binding("g", "press('g')", "go"),
        Binding("b", "press('b')", "breakpoints"),
        Binding("left", "press('<')", "back", key_display="left", priority=True),
        Binding("right", "press('>')", "next", key_display="right", priority=True),
        Binding("q", "quit", "stop"),
        *[Binding(number, f"press('{number}')", show=False) for number in "123456"],
    ]

    def __init__(self, arguments: Sequence[str]) -> None:
        self._printed: deque[str] = deque(maxlen=2)
        super().__init__(self.add_output)
        self._arguments = arguments

    def compose(self) -> ComposeResult:
        yield Static(id="head")
        yield Static(id="callback")
        with VerticalScroll():
            yield Static(id="loop")
        yield Static(id="output")
        yield Static(id="breakpoints")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self.session = Session(self.reactor, self._arguments, Output(self.add_output))
        self.session.show = self.paint
        self.paint()

    def add_output(self, line: str) -> None:
        self._printed.append(line)
        self.paint()

    def draw(self) -> None:
        """Draw the state that is shown."""
        callback, loop = self.session.lines()
        others = {"head": [self.session.head()], "breakpoints": [self.session.breakpoints()]}
        for name, lines in {"callback": callback, "loop": loop, "output": self._printed, **others}.items():
            text = Text("\n".join(lines))
            text.highlight_regex(r"(?m)^[^ ].*$", "bold")
            self.query_one(f"#{name}", Static).update(text)

    def action_press(self, key: str) -> None:
        """Do what the key means in the session."""
        self.session.press(key)
        self.query_one("#breakpoints").display ^= key == "b"
        self.paint()

    def end(self) -> None:
        """Stop the program, and then end."""
        self.session.stop().add_callback(lambda status: self.exit())
