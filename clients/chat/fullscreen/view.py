"""The chat on the full screen, without the drawing: the entries of the log, and the texts around it.

It needs no terminal, so it can be tested without one. Its `on_change` asks for a redraw.
"""

from collections import deque
from collections.abc import Callable, Sequence
from math import ceil

from clients.chat.client import ChatClient
from clients.chat.fullscreen.entries import Entries
from clients.chat.interactive import LEAVING, NAME_PROMPT, View
from clients.chat.rendering import StyledLine, status_line
from clients.chat.session import ClientState


class ScreenView(View):
    """Keeps the log of `client`."""

    def __init__(self, client: ChatClient) -> None:
        self.client = client
        self.entries = Entries()
        self.prompt = f"{client.me}> "
        self.on_change: Callable[[], object] = lambda: None
        self.on_ring: Callable[[], object] = lambda: None
        self._loss = ""  # why the client is out of the chat
        self._unsent: deque[list[int]] = deque()  # for each line in the outbox, its entries

    def add_lines(self, lines: Sequence[StyledLine]) -> None:
        for line in lines:
            self.entries.add(line)
        self.on_change()

    def add_entered(self, lines: Sequence[StyledLine]) -> None:
        """Append `lines`, and remember the entries of an unsent one."""
        numbers = [self.entries.add(line) for line in lines]
        if self.client.unsent > len(self._unsent):
            self._unsent.append(numbers)
        self.on_change()

    def show_prompt(self, prompt: str) -> None:
        self.prompt = prompt
        if self.client.state is ClientState.CHAT:
            self._loss = ""
        self.on_change()

    def ring(self) -> None:
        self.on_ring()

    def show_unsent(self, unsent: int) -> None:
        """Remove the mark from the lines that were sent, which are the oldest ones."""
        while len(self._unsent) > unsent:
            for number in self._unsent.popleft():
                self.entries.mark_sent(number)
        self.on_change()

    def show_loss(self, what: str, why: str, delay: float | None) -> None:
        """Add only the first of several failures to the log. `troubles` always tells the last one."""
        if not self._loss:
            self.entries.add(status_line(f"{what}: {why}", self.client.now()))
        self._loss = why.removesuffix(".")
        self.on_change()

    # --- the texts around the log

    @property
    def asks_name(self) -> bool:
        """Whether the user is asked for a name."""
        return self.prompt == NAME_PROMPT

    def troubles(self, hint: str, unseen: int, is_at_end: bool) -> str:
        """The text below the log: `hint`, problems and unfinished work, the most urgent first, or "".

        `unseen` entries are below the visible part of the log; `is_at_end`: its end is visible.
        """
        connection, unsent = self._connection(), self.client.unsent
        texts = [hint, connection]
        if unsent:
            cause = "a name" if self.asks_name else "the connection"
            texts.append(f"{unsent} line{'s wait' if unsent > 1 else ' waits'} for {cause}")
        if not is_at_end:
            new = f"↓ {unseen:,} new; End goes there"
            texts.append(new if unseen else "End goes back to the newest line")
        if connection:
            texts.append(self._loss)
        return " · ".join(filter(None, texts))

    def _connection(self) -> str:
        retry_at = self.client.retry_at
        if self.client.is_leaving:
            return LEAVING
        if self.client.state is ClientState.CHAT or self.asks_name:
            return ""
        if not self._loss:
            return "connecting…"
        if self.client.state is ClientState.KICKED:
            return "out of the chat; press Enter to rejoin"
        if retry_at is None:
            return "lost; trying now"
        left = max(0, ceil(retry_at - self.client.program.reactor.seconds()))
        return f"lost; trying again in {left} s; press Enter to try now"
