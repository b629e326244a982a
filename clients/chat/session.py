"""One connection of the chat client: what the server takes a line for just now, and what it answers."""

import logging
from abc import ABC, abstractmethod
from enum import Enum

from clients.chat.front import Front, cleaned
from clients.runner import Program
from core.formats import text
from core.formats.chat_events import Event, decode
from core.protocols.lines import LineReceiver
from core.protocols.protocol import ReconnectingClientFactory

log = logging.getLogger(__name__)

HANDSHAKE = 10.0
"""Seconds in which a chat server should have said that events are on."""

FRESH = 2.0
"""Seconds for which what the server said last is taken for the reason why it closes."""


class ClientState(Enum):
    """What the server takes a line for."""

    CONNECTED = "connected"  # it has not heard yet that we read events
    REGISTER = "register"  # a name
    CHAT = "chat"  # something to say
    QUITTING = "quitting"  # nothing any more: `/quit` was said


class SessionOwner(ReconnectingClientFactory, ABC):
    """What a session needs of the factory that made it."""

    program: Program
    front: Front

    @abstractmethod
    def on_prompt(self) -> None:
        """The server asks for a name."""

    @abstractmethod
    def on_event(self, event: Event) -> None:
        """Something happened, in words that are fit for a terminal."""

    @abstractmethod
    def pump(self) -> None:
        """The session takes lines again."""


class ChatSession(LineReceiver):
    """One connection. As a producer it is what is typed, not what is received, that it can pause."""

    factory: SessionOwner
    MAX_LENGTH = 4 * 1024 * 1024  # one line has a whole history, or everybody's name
    takes_lines = True
    was_kicked = False
    gave_up = False
    """Nobody there has answered as a chat server does."""

    asks_what_was_missed = False
    """The next history is the answer to that."""

    def connection_made(self) -> None:
        """Ask for events at once; what comes before them is for people."""
        self.state = ClientState.CONNECTED
        self._lines_for_people = 0
        self._last_kind = ""
        self._words, self._spoken = "", 0.0
        self._deadline = self.factory.program.reactor.call_later(HANDSHAKE, self._on_deadline)
        self.transport.register_producer(self, streaming=True)
        self.send_line(b"/events")

    def connection_lost(self, reason: Exception) -> None:
        """See `ChatClient.client_connection_lost`."""
        if self._deadline.active():
            self._deadline.cancel()

    @property
    def last_words(self) -> str:
        """What the server had to tell just before it closed, or ""."""
        is_fresh = self.factory.program.reactor.seconds() - self._spoken < FRESH
        return self._words if is_fresh or self.state is ClientState.CONNECTED else ""

    @property
    def has_parted(self) -> bool:
        """The server has heard everything, and has said good-bye."""
        return self.state is ClientState.QUITTING and self._last_kind == "notice"

    @property
    def was_refused(self) -> bool:
        """The server has said why it does not let us in."""
        is_outside = self.state in (ClientState.CONNECTED, ClientState.REGISTER)
        return is_outside and not self.gave_up and bool(self.last_words)

    def line_received(self, line: bytes) -> None:
        """An event, unless the server still speaks to people."""
        try:
            event = decode(line)
        except ValueError:
            self._on_line_for_people(text.decode(line))
            return
        if self.state is ClientState.CONNECTED:
            self.state = ClientState.REGISTER
            self._deadline.cancel()
            self._note("")
        if event is not None:
            self._last_kind = event.kind
            self._on_event(cleaned(event))

    def _on_line_for_people(self, line: str) -> None:
        """A whole greeting tells nothing, but a single line says why we are not let in."""
        log.debug("not an event: %s", line)
        if self.state is ClientState.CONNECTED:
            self._lines_for_people += 1
            self._note(line if self._lines_for_people == 1 else "")

    def _on_event(self, event: Event) -> None:
        self.was_kicked = event.kind == "kicked"
        self._note(event.text if event.kind in ("notice", "refused", "kicked") else "")
        match self.state, event.kind:
            case ClientState.REGISTER, "prompt":
                self.factory.on_prompt()
                return
            case ClientState.REGISTER, "refused":
                self.factory.front.on_name_refused(event.text)
                return
            case ClientState.REGISTER, "welcome":
                self.state = ClientState.CHAT
        self.factory.on_event(event)

    def _note(self, words: str) -> None:
        self._words, self._spoken = words, self.factory.program.reactor.seconds()

    def _on_deadline(self) -> None:
        self.gave_up = True
        self._note(f"no chat server has answered for {HANDSHAKE:.0f} s")
        self.transport.lose_connection()

    def say(self, line: bytes) -> None:
        """Send a line, whatever it means in this state. After `/quit` the server may know that it was all."""
        self.send_line(line)
        if is_quit(line):
            self.state = ClientState.QUITTING
            self.transport.lose_write_connection()

    def ask_what_was_missed(self) -> None:
        """The answer is in the next history."""
        self.asks_what_was_missed = True
        self.send_line(b"/history")

    def pause_producing(self) -> None:
        """Much waits to be sent: leave further lines in the outbox."""
        self.takes_lines = False

    def resume_producing(self) -> None:
        """There is room again."""
        self.takes_lines = True
        self.factory.pump()


def is_quit(line: bytes) -> bool:
    """It is the command that ends the conversation."""
    return line.partition(b" ")[0] == b"/quit"
