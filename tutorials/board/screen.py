"""The board on the full screen: a table of the learners, and a line to type for them."""

import asyncio
import sys
from typing import ClassVar

from rich.text import Text
from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Footer, Input, OptionList, Static
from textual.widgets.option_list import Option

from clients.fullscreen import ReactorApp
from core.asyncio_reactor import AsyncioReactor
from core.endpoints import TCPEndpoint
from tutorials.board.join import how_to_join, listen
from tutorials.board.roster import Roster
from tutorials.board.service import BoardFactory
from tutorials.board.table import NARROWEST, commonest, heading, line, summary
from tutorials.board.wire import LONGEST_LINE, Row

PAINT_INTERVAL = 0.5


class LineInput(Input):
    """The line for the learners. Tab chooses between all and one, Escape closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab,shift+tab", "screen.other", "All or one", priority=True),
        Binding("escape", "screen.close", "Cancel", priority=True),
    ]


class BoardScreen(Screen[None]):
    """Shows the learners of `board`."""

    app = getters.app(ReactorApp)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("A,a", "write", "Write to the class", key_display="A"),
        Binding("q", "app.quit", "Quit"),
    ]

    def __init__(self, board: BoardFactory, join: str) -> None:
        super().__init__()
        self._board, self._join = board, join
        self._rows: list[Row] = []
        self._names: list[str] = []
        self._shown: list[str] = []
        self._to = ""

    def compose(self) -> ComposeResult:
        yield Static(id="title", markup=False)
        yield Static(id="commonest", markup=False)
        yield Static(id="heading", markup=False)
        yield OptionList(id="learners", markup=False)
        yield Static(id="notice", markup=False)
        yield Static(id="to", markup=False)
        yield LineInput(id="line", max_length=LONGEST_LINE, compact=True)
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self._show_line(False)
        self.set_interval(PAINT_INTERVAL, self.app.paint)
        self.draw()

    def on_resize(self) -> None:
        self._shown = []
        self.app.paint()

    def notify_teacher(self, text: str) -> None:
        """Show a line below the table until the next one."""
        self.query_one("#notice", Static).update(text)

    def draw(self) -> None:
        """Draw what has changed. The cursor stays with its learner."""
        self._rows = self._board.roster.rows()
        width = max(self.size.width - 3, NARROWEST)
        common = commonest(self._rows)
        empty = "" if self._rows else f"Learners type  {self._join}"
        self.query_one("#title", Static).update(f"Reactor School, board: {summary(self._rows)}")
        self.query_one("#commonest", Static).update(common.text() if common else empty)
        self.query_one("#heading", Static).update(heading(width))
        lines = [line(row, width) for row in self._rows]
        if lines == self._shown:
            return
        self._shown = lines
        learners, name = self.query_one(OptionList), self.selected()
        learners.clear_options()
        learners.add_options([Option(Text(text, no_wrap=True)) for text in lines])
        names = [row.name for row in self._rows]
        learners.highlighted = names.index(name) if name in names else 0 if names else None
        self._names = names

    def selected(self) -> str:
        """The name of the learner under the cursor, "" if there is none."""
        at = self.query_one(OptionList).highlighted
        return self._names[at] if at is not None and at < len(self._names) else ""

    def action_write(self) -> None:
        """Open the line, for all learners."""
        self._to = ""
        self._show_line(True)

    def action_other(self) -> None:
        """Write to the learner under the cursor, or to all again."""
        self._to = "" if self._to else self.selected()
        self._show_line(True)

    def action_close(self) -> None:
        """Close the line, and forget what was typed."""
        self._show_line(False)

    def _show_line(self, is_open: bool) -> None:
        field, to = self.query_one(LineInput), self.query_one("#to", Static)
        field.display = to.display = is_open
        other = "all" if self._to else self.selected() or "one"
        to.update(f"To {self._to or 'all'} (Tab: to {other}, Enter: send, Escape: cancel)")
        if is_open:
            field.focus()
        else:
            field.value = ""
            self.query_one(OptionList).focus()

    @on(Input.Submitted)
    def send(self, event: Input.Submitted) -> None:
        """Send the line, and show how many learners it goes to."""
        if text := event.value.strip():
            reached = self._board.send(text, self._to)
            whom = self._to or ("1 learner" if reached == 1 else f"{reached} learners")
            nobody = f"{self._to} is not here." if self._to else "No learner is here."
            self.notify_teacher(f"Sent to {whom}: {text}" if reached else nobody)
        self._show_line(False)


class BoardApp(ReactorApp):
    """The board of `board`, on `reactor`. `join` is the command that learners type."""

    TITLE = "Reactor School"
    CSS = """
    BoardScreen { layout: vertical; }
    #title { background: $primary; color: $text; text-style: bold; height: 1; padding: 0 1; }
    #commonest { height: auto; max-height: 3; padding: 0 1; }
    #heading { height: 1; text-style: bold; }
    #learners { height: 1fr; border: none; padding: 0; background: transparent; }
    #learners:focus { border: none; }
    OptionList > .option-list--option-highlighted { text-style: bold underline; }
    #notice { height: auto; max-height: 3; padding: 0 1; }
    #to { height: 1; padding: 0 1; text-style: bold; }
    #line { height: 1; padding: 0 1; border: none; }
    """

    def __init__(self, board: BoardFactory, reactor: AsyncioReactor, join: str) -> None:
        super().__init__(on_log=self._on_log)
        self.reactor = reactor
        self._main = BoardScreen(board, join)

    def get_default_screen(self) -> Screen[None]:
        return self._main

    def draw(self) -> None:
        self._main.draw()

    def _on_log(self, text: str) -> None:
        self._main.notify_teacher(text)


def serve_screen(address: TCPEndpoint, word: str) -> None:
    """Show the board until q or Ctrl-C."""
    loop = asyncio.new_event_loop()
    reactor = AsyncioReactor(loop)
    board = BoardFactory(Roster(reactor), word, reactor)
    address = listen(address, reactor, board)
    app = BoardApp(board, reactor, how_to_join(address, word))
    app.run(loop=loop)
    loop.close()
    sys.exit(app.return_code or 0)
