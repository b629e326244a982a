"""The chat in lines, for a person: the log scrolls up, and the last row is the line that is being typed."""

from collections.abc import Sequence
from dataclasses import replace

from clients.chat.client import ChatClient
from clients.chat.colors import Colors
from clients.chat.interactive import LEAVING, NAME_PROMPT, InteractiveFront, loss_text
from clients.chat.plain.screen import Screen
from clients.chat.rendering import (
    Delivery,
    Role,
    StyledLine,
    day_line,
    local_date,
    render_plain,
)
from core.formats.text import decode
from core.protocols.lines import LineReceiver

LEAVING_DELAY = 0.5
"""Seconds that leaving may take before the user is told why."""

MOST_UNDELIVERED = 3
"""Undelivered lines that are shown above the line that is being typed."""


class LineInput(LineReceiver):
    """Passes lines to `front`, from a terminal that edits and shows them itself."""

    delimiter = b"\n"

    def __init__(self, front: InteractiveFront) -> None:
        super().__init__()
        self._front = front

    def line_received(self, line: bytes) -> None:
        """Enter the line, with control characters made visible."""
        self._front.on_line(decode(line))

    def connection_lost(self, reason: Exception) -> None:
        """The user pressed Ctrl-D, or the reactor stops."""
        self._front.client.program.check_input(reason)
        self._front.on_end_of_input()


class PlainFront(InteractiveFront):
    """Prints lines above the line that is being typed. `echoes`: the terminal itself shows what is typed."""

    def __init__(
        self, client: ChatClient, screen: Screen, colors: Colors | None = None, echoes: bool = False
    ) -> None:
        super().__init__(client)
        self._screen = screen
        self._colors = colors
        self._echoes = echoes
        self._day = local_date(client.now())
        self._undelivered: dict[int, StyledLine] = {}  # by number, as they were when they were entered

    def add_lines(self, lines: Sequence[StyledLine]) -> None:
        for line in lines:
            if line.role is Role.RULE:
                continue
            if (day := local_date(line.time)) != self._day:
                self._day = day
                self._screen.print(render_plain(day_line(line.time), self._colors))
            self._screen.print(render_plain(line, self._colors))

    def add_entered(self, lines: Sequence[StyledLine]) -> None:
        """Print each line. With colours, it is dim above the prompt until it is delivered."""
        for line in lines:
            if line.delivery is not Delivery.DELIVERED:
                self._undelivered[line.number] = line
            is_due = line.delivery is Delivery.DELIVERED or self._colors is None
            is_echo = self._echoes and line.role is Role.OWN and line.delivery is not Delivery.UNSENT
            if is_due and not is_echo:
                self.add_lines([line])
        self._show_undelivered()

    def show_prompt(self, prompt: str) -> None:
        if self._echoes and prompt == NAME_PROMPT:
            self.on_status(prompt.strip())
        self._screen.show_prompt(prompt)

    def ring(self, line: StyledLine) -> None:
        self._screen.ring()

    def on_delivery(self, number: int, delivery: Delivery) -> None:
        line = self._undelivered.get(number)
        if line is not None and delivery is not Delivery.SENT:
            del self._undelivered[number]
            if self._colors is not None or delivery is Delivery.DOUBTFUL or line.delivery is Delivery.UNSENT:
                self.add_lines([replace(line, delivery=delivery)])
            self._show_undelivered()

    def _show_undelivered(self) -> None:
        if self._colors is not None:
            last = list(self._undelivered.values())[-MOST_UNDELIVERED:]
            more = len(self._undelivered) - len(last)
            rows = [render_plain(line, None) for line in last]
            self._screen.show_undelivered([f"({more:,} more before these)", *rows] if more else rows)

    def show_loss(self, what: str, why: str, delay: float | None) -> None:
        self.on_status(loss_text(what, why, delay))

    def show_leaving(self) -> None:
        """Add a line if leaving takes longer than LEAVING_DELAY."""
        self.client.program.reactor.call_later(LEAVING_DELAY, self._add_leaving)

    def _add_leaving(self) -> None:
        if not self.client.program.ending:
            self.on_status(LEAVING)
