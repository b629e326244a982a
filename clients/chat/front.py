"""The contract between the chat client and its user interface."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from clients.chat.rendering import Delivery, StyledLine
from core.formats.chat_events import Event


class Front(ABC):
    """The user interface, as the client notifies it. All text is safe for a terminal."""

    attended = True
    """Whether a person uses the program. Otherwise the client does not reconnect."""

    @abstractmethod
    def on_event(self, event: Event, lines: Sequence[StyledLine]) -> None:
        """An event arrived; `lines` describe it."""

    @abstractmethod
    def on_status(self, status: str) -> None:
        """The client itself, not the server, has a message for the user."""

    @abstractmethod
    def on_name_wanted(self) -> None:
        """The server asks for a name and the client has none."""

    @abstractmethod
    def on_name_refused(self, why: str) -> None:
        """The server refused the name."""

    def on_outbox(self, unsent: int) -> None:
        """The number of lines that wait in the outbox is `unsent`."""

    def on_delivery(self, number: int, delivery: Delivery) -> None:
        """The state of the user's line `number` is `delivery` now. `ChatClient.say` numbers the lines."""

    def on_lost(self, what: str, why: str, delay: float | None) -> None:
        """The connection is lost, or an attempt to connect failed. The next attempt is in `delay` seconds.

        If that is less than 1, it goes to a server that has not failed yet. With None there is no attempt
        until `ChatClient.try_now` is called, because the user was kicked. The client calls this only if the
        front is attended or there is another server.
        """

    def on_mention(self, line: StyledLine) -> None:
        """The new `line` mentions the user."""
