"""The chat for a person, without a terminal."""

from collections.abc import Sequence

from clients.chat.client import ChatClient
from clients.chat.interactive import InteractiveFront
from clients.chat.rendering import StyledLine


class RecordingScreen(InteractiveFront):
    """Records what an interactive front shows."""

    def __init__(self, client: ChatClient) -> None:
        super().__init__(client)
        self.calls: list[str] = []

    def add_lines(self, lines: Sequence[StyledLine]) -> None:
        self.calls += [line.text for line in lines]

    add_entered = add_lines

    def show_prompt(self, prompt: str) -> None:
        self.calls.append(f"prompt {prompt}")

    def ring(self, line: StyledLine) -> None:
        self.calls.append("ring")

    def show_loss(self, what: str, why: str, delay: float | None) -> None: ...

    def show_leaving(self) -> None:
        self.calls.append("leaving")
