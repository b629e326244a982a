"""What a way to show the chat has to do, whether it is a pipe, a terminal or something yet to come."""

from abc import ABC, abstractmethod
from dataclasses import replace

from core.formats import text
from core.formats.chat import Event


class Front(ABC):
    """Whoever shows the chat to somebody. All text that it is given is fit for a terminal."""

    @abstractmethod
    def on_event(self, event: Event) -> None:
        """Something happened in the chat."""

    @abstractmethod
    def on_status(self, status: str) -> None:
        """Something happened to the connection."""

    @abstractmethod
    def on_name_wanted(self) -> None:
        """The server asks for a name, and there is none."""

    @abstractmethod
    def on_name_refused(self, why: str) -> None:
        """The name will not do."""

    def on_outbox(self, lines: int) -> None:
        """So many lines wait for a connection that takes them."""


def cleaned(event: Event) -> Event:
    """`event` with nothing in it that a terminal would obey."""
    return replace(
        event,
        name=text.visible(event.name),
        text=text.visible(event.text),
        to=text.visible(event.to),
        names=tuple(text.visible(name) for name in event.names),
        lines=tuple(cleaned(line) for line in event.lines),
    )
