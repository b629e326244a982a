"""The chat on the full screen, without the drawing: the entries of the log, and the texts around it.

It needs no terminal, so it can be tested without one. Its `on_change` asks for a redraw.
"""

from collections.abc import Callable, Sequence
from math import ceil

from clients.chat.client import ChatClient
from clients.chat.fullscreen.entries import Entries
from clients.chat.interactive import LEAVING, NAME_PROMPT, InteractiveFront
from clients.chat.rendering import Delivery, StyledLine, status_line
from clients.chat.session import SILENCE, ClientState


class ScreenFront(InteractiveFront):
    """Keeps the log of `client`."""

    def __init__(self, client: ChatClient) -> None:
        super().__init__(client)
        self.entries = Entries()
        self.prompt = f"{client.me}> "
        self.on_change: Callable[[], object] = lambda: None
        self.on_ring: Callable[[StyledLine], object] = lambda line: None
        self._loss = ""  # why the client is out of the chat
        self._undelivered: dict[int, int] = {}  # for the number of each line, the one of its entry

    def add_lines(self, lines: Sequence[StyledLine]) -> None:
        for line in lines:
            self.entries.add(line)
        self.on_change()

    def add_entered(self, lines: Sequence[StyledLine]) -> None:
        """Append `lines`, and remember the entries of those that are not delivered."""
        for line in lines:
            entry = self.entries.add(line)
            if line.delivery is not Delivery.DELIVERED:
                self._undelivered[line.number] = entry
        self.on_change()

    def show_prompt(self, prompt: str) -> None:
        self.prompt = prompt
        if self.client.state is ClientState.CHAT:
            self._loss = ""
        self.on_change()

    def ring(self, line: StyledLine) -> None:
        self.on_ring(line)

    def on_delivery(self, number: int, delivery: Delivery) -> None:
        if (entry := self._undelivered.get(number)) is not None:
            self.entries.set_delivery(entry, delivery)
            if delivery is Delivery.DELIVERED:
                del self._undelivered[number]
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
        if self.client.session is not None and (seconds := self.client.session.silent_for) >= SILENCE:
            texts.append(f"no answer for {seconds:.0f} s")
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
