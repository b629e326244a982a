"""What a way to show the chat has to do, whether it is a pipe, a terminal in lines or a full screen."""

from abc import ABC, abstractmethod
from dataclasses import replace

from core.formats import text
from core.formats.chat_events import Event


class Front(ABC):
    """Whoever shows the chat to somebody. All text that it is given is fit for a terminal."""

    attended = True
    """Somebody looks on: then it is worth it to come back when the connection is lost."""

    @abstractmethod
    def on_event(self, event: Event) -> None:
        """Something happened in the chat."""

    @abstractmethod
    def on_status(self, status: str) -> None:
        """Something happened to the connection."""

    def on_lost(self, what: str, why: str, delay: float | None) -> None:
        """The connection is lost, or an attempt at one has failed; the next attempt is in `delay` seconds.

        None: there is none unless `ChatClient.try_now` is called, for one was kicked.
        """
        then = "Enter comes back" if delay is None else f"trying again in {delay:.0f} s, Enter tries now"
        self.on_status(f"{what}: {why.removesuffix('.')}; {then}")

    @abstractmethod
    def on_name_wanted(self) -> None:
        """The server asks for a name, and there is none."""

    @abstractmethod
    def on_name_refused(self, why: str) -> None:
        """The name will not do."""

    def on_outbox(self, lines: int) -> None:
        """So many lines wait for a connection that takes them."""

    def on_missed(self, since: float, lines: tuple[Event, ...]) -> None:
        """One is in the chat again, out of which one was `since` (Unix seconds): what was said meanwhile.

        Only what the server still knows of it, and nothing that was shown before.
        """


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
