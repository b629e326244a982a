"""The chat for a person: decides what the line mode and the full screen show, and what the input does."""

from abc import abstractmethod
from collections.abc import Sequence

from clients.chat.client import ChatClient
from clients.chat.front import Front
from clients.chat.input_line import enter
from clients.chat.rendering import StyledLine, refused_line, status_line
from clients.chat.session import ClientState
from core.formats.chat_events import Event

NAME_PROMPT = "Choose a username: "
RING_INTERVAL = 1.0
"""Least seconds between two rings, so that a flood of mentions does not ring all the time."""
LEAVING = "leaving when all lines are sent; press Ctrl-C to leave now"


def loss_text(what: str, why: str, delay: float | None) -> str:
    """The lost connection and the remedy, for `Front.on_lost`."""
    if delay is None:
        remedy = "press Enter to rejoin"
    elif delay < 1:
        remedy = "trying the next server"
    else:
        remedy = f"trying again in {delay:.0f} s; press Enter to try now"
    return f"{what}: {why.removesuffix('.')}; {remedy}"


class InteractiveFront(Front):
    """Decides what is shown, and what the user's input does. A subclass shows it."""

    def __init__(self, client: ChatClient) -> None:
        self.client = client
        self._is_refusal_shown = False
        self._ring_at = 0.0

    @abstractmethod
    def add_lines(self, lines: Sequence[StyledLine]) -> None:
        """Append `lines` to the log."""

    @abstractmethod
    def add_entered(self, lines: Sequence[StyledLine]) -> None:
        """Append the result of a line that the user entered."""

    @abstractmethod
    def show_prompt(self, prompt: str) -> None:
        """Show `prompt` before the line that is being typed."""

    @abstractmethod
    def ring(self, line: StyledLine) -> None:
        """Call the user's attention to `line`."""

    @abstractmethod
    def show_loss(self, what: str, why: str, delay: float | None) -> None:
        """The connection is lost: see `Front.on_lost`."""

    def show_leaving(self) -> None:
        """The user is leaving, and the program waits for the server."""

    # --- from the client

    def on_event(self, event: Event, lines: Sequence[StyledLine]) -> None:
        """Show the event. The user's name may be new, so update the prompt."""
        if event.kind == "welcome":
            self._is_refusal_shown = False
        if event.kind in ("welcome", "renamed"):
            self.show_prompt(f"{self.client.me}> ")
        self.add_lines(lines)

    def on_mention(self, line: StyledLine) -> None:
        """Ring unless it was done a moment ago."""
        now = self.client.program.reactor.seconds()
        if now >= self._ring_at:
            self._ring_at = now + RING_INTERVAL
            self.ring(line)

    def on_status(self, status: str) -> None:
        self.add_lines([status_line(status, self.client.now())])

    def on_lost(self, what: str, why: str, delay: float | None) -> None:
        self.show_prompt(f"{self.client.me}> ")
        self.show_loss(what, why, delay)

    def on_name_wanted(self) -> None:
        self.show_prompt(NAME_PROMPT)

    def on_name_refused(self, why: str) -> None:
        """Show the reason and the remedy. While the client asks for the same name again, once is enough."""
        client = self.client
        if not (client.asks_again and self._is_refusal_shown):
            self.add_lines([refused_line(why, client.now())])
            if client.was_welcome:
                how = f"press Enter to try {client.me} again"
                if client.asks_again:
                    how = f"trying {client.me} again until you type; press Enter to try now"
                self.on_status(f"{how}; unsent lines are kept")
        self._is_refusal_shown = client.asks_again
        self.on_name_wanted()

    # --- from the user

    def on_typing(self) -> None:
        """The user pressed a key, so no name is asked for behind the user's back."""
        self.client.stop_asking()

    def on_line(self, text: str) -> None:
        """The user entered `text`."""
        self.add_entered(enter(self.client, text))

    def on_end_of_input(self) -> None:
        """Leave when all lines are sent. If there is nothing to wait for, leave now."""
        if self.client.state is ClientState.CHAT or self.client.unsent:
            self.client.finish()
            self.show_leaving()
        else:
            self.leave()

    def leave(self) -> None:
        """End the program at once."""
        self.client.program.end()
