"""The chat in lines, for a person: the log scrolls up, and the last row is the line that is being typed."""

from collections.abc import Sequence

from clients.chat.client import ChatClient
from clients.chat.interactive import LEAVING, NAME_PROMPT, InteractiveFront, View, loss_text
from clients.chat.plain.screen import Screen
from clients.chat.rendering import Role, StyledLine, day_line, local_date, render_plain, status_line
from core.formats.text import decode
from core.protocols.lines import LineReceiver

LEAVING_DELAY = 0.5
"""Seconds that leaving may take before the user is told why."""


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


class PlainView(View):
    """Prints lines above the line that is being typed. `echoes`: the terminal itself shows what is typed."""

    def __init__(
        self, client: ChatClient, screen: Screen, colored: bool = False, echoes: bool = False
    ) -> None:
        self._client = client
        self._screen = screen
        self._colored = colored
        self._echoes = echoes
        self._day = local_date(client.now())
        self._unsent = 0

    def add_lines(self, lines: Sequence[StyledLine]) -> None:
        for line in lines:
            if line.role is Role.RULE:
                continue
            if (day := local_date(line.time)) != self._day:
                self._day = day
                self._screen.print(render_plain(day_line(line.time), self._colored))
            self._screen.print(render_plain(line, self._colored))

    def add_entered(self, lines: Sequence[StyledLine]) -> None:
        """Leave out the user's own message if the terminal has shown it already, unless it is unsent."""
        is_shown = self._echoes and not self._unsent
        self.add_lines([line for line in lines if not is_shown or line.role is not Role.OWN])

    def show_prompt(self, prompt: str) -> None:
        if self._echoes and prompt == NAME_PROMPT:
            self._add_status(prompt.strip())
        self._screen.show_prompt(prompt)

    def ring(self) -> None:
        self._screen.ring()

    def show_unsent(self, unsent: int) -> None:
        """Add a line when the last unsent one is sent."""
        if self._unsent and not unsent:
            self._add_status("all unsent lines are sent now")
        self._unsent = unsent

    def show_loss(self, what: str, why: str, delay: float | None) -> None:
        self._add_status(loss_text(what, why, delay))

    def show_leaving(self) -> None:
        """Add a line if leaving takes longer than LEAVING_DELAY."""
        self._client.program.reactor.call_later(LEAVING_DELAY, self._add_leaving)

    def _add_leaving(self) -> None:
        if not self._client.program.ending:
            self._add_status(LEAVING)

    def _add_status(self, text: str) -> None:
        self.add_lines([status_line(text, self._client.now())])
