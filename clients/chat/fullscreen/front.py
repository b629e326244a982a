"""What the chat client tells becomes entries of the log, and the few words that stand around it.

Nothing is drawn here, so all of it can be tried without a screen; whoever draws is told by `on_news`.
"""

from collections import deque
from collections.abc import Callable, Iterable
from math import ceil

from clients.chat import rendering
from clients.chat.client import ChatClient
from clients.chat.front import Front
from clients.chat.fullscreen.entries import Entries
from clients.chat.input_line import ASKING, LEAVING, TRIES_AGAIN, enter
from clients.chat.rendering import StyledLine
from clients.chat.session import ClientState
from core.formats.chat_events import Event


class ScreenFront(Front):
    """Keeps the log of `client`, whose clock it goes by."""

    def __init__(self, client: ChatClient) -> None:
        self.client = client
        self.entries = Entries()
        self.asks_name = False
        self.on_news: Callable[[], object] = lambda: None
        self.on_ring: Callable[[], object] = lambda: None
        self.now = client.now
        self._trouble = ""  # why one is out of the chat
        self._stays_out = False
        self._waiting: deque[list[int]] = deque()  # for each line in the outbox its entries

    # --- from the server

    def on_event(self, event: Event) -> None:
        """Add it to the log."""
        match event.kind:
            case "joined" | "left":
                self.entries.add_join_or_leave(event.time, event.kind, event.name)
            case "history":
                self.entries.add_rule(self.now(), "what was said before")
                self._add(rendering.describe(event, self.me))
                self.entries.add_rule(self.now(), "now")
            case kind:
                if kind == "welcome":
                    self.asks_name, self._trouble = False, ""
                self._add(rendering.describe(event, self.me), rings=True)
        self.on_news()

    def on_missed(self, since: float, lines: tuple[Event, ...]) -> None:
        """What was said while one was out, below a line that says so."""
        head, *said = rendering.missed(since, self.now(), lines, self.me)
        self.entries.add_rule(head.time, head.text)
        self._add(said, rings=True)
        if said:
            self.entries.add_rule(self.now(), "now")
        self.on_news()

    def on_status(self, status: str) -> None:
        """A line of the log."""
        self._add([rendering.status(status, self.now())])
        self.on_news()

    def on_lost(self, what: str, why: str, delay: float | None) -> None:
        """The log has the first of many attempts to come back, the line below it what goes on now."""
        if not self._trouble:
            self._add([rendering.status(f"{what}: {why}", self.now())])
        self.asks_name = False  # until the next server asks
        self._trouble = why.removesuffix(".")
        self._stays_out = delay is None
        self.on_news()

    def on_name_wanted(self) -> None:
        """The next line is a name."""
        self.asks_name = True
        self.on_news()

    def on_name_refused(self, why: str) -> None:
        """So is the next one."""
        self._add([rendering.refused(why, self.now())])
        if self.client.was_welcome:
            self._add([rendering.status(TRIES_AGAIN.format(self.me), self.now())])
        self.on_name_wanted()

    def on_outbox(self, lines: int) -> None:
        """What waits in front went out."""
        while len(self._waiting) > lines:
            for number in self._waiting.popleft():
                self.entries.is_sent(number)
        self.on_news()

    def _add(self, lines: Iterable[StyledLine], rings: bool = False) -> list[int]:
        added, mentions = [], False
        for line in lines:
            added.append(self.entries.add(line))
            mentions |= line.mentions
        if mentions and rings:
            self.on_ring()
        return added

    # --- from the keyboard

    def on_line(self, text: str) -> None:
        """Somebody entered it."""
        self._stays_out = False
        lines = enter(self.client, text, self.now())
        numbers = self._add(lines)
        if len(self.client.outbox) > len(self._waiting):
            self._waiting.append(numbers)
        self.on_news()

    def on_end_of_input(self) -> None:
        """That is all, once everything is said; who has no name yet has nothing to say."""
        if self.is_in_chat or self.client.outbox:
            self.client.finish()
        else:
            self.client.program.end()
        self.on_news()

    # --- what stands around the log

    @property
    def me(self) -> str:
        """One's name, if one has any."""
        return self.client.name or ""

    @property
    def is_in_chat(self) -> bool:
        """What is entered now is said."""
        return self.client.session is not None and self.client.session.state is ClientState.CHAT

    @property
    def prompt(self) -> str:
        """What the line to type in begins with."""
        if self.asks_name:
            return ASKING
        return f"{self.me}> " if self.me else "> "

    def troubles(self, unseen: int, is_at_end: bool) -> str:
        """What there is to know just now, if anything, the most urgent first.

        `unseen` entries came further down in the log, the end of which may not be in sight.
        """
        waiting = len(self.client.outbox)
        said = [self._connection()]
        if waiting:
            for_what = "a name" if self.asks_name else "the connection"
            said.append(f"{waiting} line{'s wait' if waiting > 1 else ' waits'} for {for_what}")
        if not is_at_end:
            said.append(f"↓ {unseen:,} new; End goes there" if unseen else "End goes back to the newest line")
        if said[0]:
            said.append(self._trouble)
        return " · ".join(filter(None, said))

    def _connection(self) -> str:
        at = self.client.retry_at
        if self.client.is_leaving:
            return LEAVING
        if self.is_in_chat or self.asks_name:
            return ""
        if not self._trouble:
            return "connecting…"
        if at is None:
            return "out of the chat; Enter comes back" if self._stays_out else "lost; trying now"
        left = max(0, ceil(at - self.client.program.reactor.seconds()))
        return f"lost; trying again in {left} s, Enter tries now"
