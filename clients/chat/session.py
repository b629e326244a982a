"""One connection of the chat client to the server: it sends lines and decodes the server's events."""

import logging
from abc import ABC, abstractmethod
from dataclasses import replace
from enum import Enum

from clients.chat.front import Front
from clients.runner import Program
from core.formats import text
from core.formats.chat_events import Event, decode, parse_line
from core.protocols.lines import LineReceiver
from core.protocols.protocol import ReconnectingClientFactory
from core.timers import DelayedCall, cancel_if_active

log = logging.getLogger(__name__)

HANDSHAKE = 10.0
"""Seconds within which a chat server must answer `/events`."""

PROBE_AFTER = 4.0
"""Seconds without an event after a line was sent, until the server is asked for an answer."""

SILENCE = 12.0
"""Seconds without an answer after which the user is told."""

FRESH = 2.0
"""Seconds for which the server's last message is taken as the reason when the connection closes."""


class ClientState(Enum):
    """The state of the client. It outlives a connection, so the session's owner keeps it.

    | state     | meaning                               | next state                                       |
    |-----------|---------------------------------------|--------------------------------------------------|
    | OFFLINE   | there is no connection                | connected: CONNECTED                             |
    | CONNECTED | `/events` is sent                     | event: REGISTER; none within HANDSHAKE: OFFLINE  |
    | REGISTER  | a line that is sent is a name         | `welcome`: CHAT; `kicked`: KICKED                |
    | CHAT      | a line is a message or a command      | `kicked`: KICKED                                 |
    | QUITTING  | `/quit` is sent                       | `notice`, the server's answer to it: FINISHED    |
    | FINISHED  | the server has received all lines     | any event but `notice`: QUITTING                 |
    | KICKED    | no attempt to connect until asked for | `ChatClient.try_now`: OFFLINE                    |

    Sending `/quit` leads from REGISTER and CHAT to QUITTING. When the connection is lost the program ends, or
    the state becomes OFFLINE unless it is KICKED.
    """

    OFFLINE = "offline"
    CONNECTED = "connected"
    REGISTER = "register"
    CHAT = "chat"
    QUITTING = "quitting"
    FINISHED = "finished"
    KICKED = "kicked"


class SessionOwner(ReconnectingClientFactory, ABC):
    """The factory of a session, as the session needs it."""

    program: Program
    front: Front
    state: ClientState
    since = 0
    """The number of the last event before the connection was lost, 0 if there is none."""
    key = ""
    """Proves to another server of the chat that the name is this client's. "": there is no other server."""

    @abstractmethod
    def on_prompt(self) -> None:
        """The server asks for a name."""

    @abstractmethod
    def on_name_refused(self, why: str) -> None:
        """The server refused the name. `why` is safe for a terminal."""

    @abstractmethod
    def on_event(self, event: Event) -> None:
        """Any other event arrived. Its texts are safe for a terminal."""

    @abstractmethod
    def on_silence(self, is_over: bool) -> None:
        """The server has not answered for SILENCE seconds, or answers again."""

    @abstractmethod
    def pump(self) -> None:
        """The session accepts lines again."""


class ChatSession(LineReceiver):
    """One connection. It is registered as a producer to learn when the transport's buffer is full."""

    factory: SessionOwner
    MAX_LENGTH = 4 * 1024 * 1024  # a line may hold a whole history, or the names of a full room
    accepts_lines = True

    def connection_made(self) -> None:
        """Switch to events at once. The banner that comes before them is for people."""
        self.factory.state = ClientState.CONNECTED
        self._text_lines = 0
        self._words, self._words_at = "", 0.0
        self._clock = self.factory.program.reactor
        self._deadline = self._clock.call_later(HANDSHAKE, self._on_deadline)
        self._silence: DelayedCall | None = None
        self._is_silent = False
        self.transport.register_producer(self, streaming=True)
        since = f" since {self.factory.since}" if self.factory.since else ""
        key = f" key {self.factory.key}" if self.factory.key else ""
        self.send_line(f"/events{since}{key}".encode())

    def connection_lost(self, reason: Exception) -> None:
        """The rest is done by `ChatClient.client_connection_lost`."""
        cancel_if_active(self._deadline)
        cancel_if_active(self._silence)

    @property
    def last_words(self) -> str:
        """The server's explanation just before it closed the connection, or ""."""
        is_fresh = self.factory.program.reactor.seconds() - self._words_at < FRESH
        is_outside = self.factory.state in (ClientState.CONNECTED, ClientState.OFFLINE)
        return self._words if is_fresh or is_outside else ""

    def line_received(self, line: bytes) -> None:
        """Decode an event. A line that is not an event is text for people."""
        self._on_answer()
        try:
            event = decode(line)
        except ValueError:
            self._on_text_line(text.decode(line))
            return
        if self.factory.state is ClientState.CONNECTED:
            self.factory.state = ClientState.REGISTER
            self._deadline.cancel()
            self._keep_words("")
        if event is not None:
            self._on_event(cleaned(event))

    def _on_text_line(self, line: str) -> None:
        """Keep a line that comes alone: it is a refusal. A banner has several lines and explains nothing."""
        log.debug("not an event: %s", line)
        if self.factory.state is ClientState.CONNECTED:
            self._text_lines += 1
            self._keep_words(line if self._text_lines == 1 else "")

    def _on_event(self, event: Event) -> None:
        self._keep_words(event.text if event.kind in ("notice", "refused", "kicked") else "")
        match self.factory.state, event.kind:
            case ClientState.REGISTER, "prompt":
                self.factory.on_prompt()
                return
            case ClientState.REGISTER, "refused":
                self.factory.on_name_refused(event.text)
                return
            case ClientState.REGISTER, "welcome":
                self.factory.state = ClientState.CHAT
            case ((ClientState.REGISTER | ClientState.CHAT), "kicked"):
                self.factory.state = ClientState.KICKED
            case ((ClientState.QUITTING | ClientState.FINISHED), kind):
                self.factory.state = ClientState.FINISHED if kind == "notice" else ClientState.QUITTING
        self.factory.on_event(event)

    def _keep_words(self, words: str) -> None:
        self._words, self._words_at = words, self.factory.program.reactor.seconds()

    def _on_deadline(self) -> None:
        self.factory.state = ClientState.OFFLINE
        self._keep_words(f"no chat server has answered for {HANDSHAKE:.0f} s")
        self.transport.lose_connection()

    def send(self, line: bytes) -> None:
        """Send a line. `/quit` is the last one, so the sending side is closed after it."""
        self.send_line(line)
        if is_quit(line):
            self.factory.state = ClientState.QUITTING
            self.transport.lose_write_connection()
        elif self.factory.state is ClientState.CHAT and self._silence is None and self.factory.front.attended:
            self._silence = self._clock.call_later(PROBE_AFTER, self._probe)

    # --- a server that does not answer

    def _probe(self) -> None:
        """Ask for an answer: a server says nothing to the one who has spoken, so silence alone is no sign."""
        self._silence = self._clock.call_later(SILENCE - PROBE_AFTER, self._on_silence)
        self.send_line(b"/events")

    def _on_silence(self) -> None:
        self._is_silent = True
        self.factory.on_silence(is_over=False)

    def _on_answer(self) -> None:
        cancel_if_active(self._silence)
        self._silence = None
        if self._is_silent:
            self._is_silent = False
            self.factory.on_silence(is_over=True)

    # --- the transport's buffer

    def pause_producing(self) -> None:
        """The transport's buffer is full: further lines stay in the outbox."""
        self.accepts_lines = False

    def resume_producing(self) -> None:
        """The transport's buffer has room again."""
        self.accepts_lines = True
        self.factory.pump()


def cleaned(event: Event) -> Event:
    """`event` with all control characters replaced by visible ones."""
    return replace(
        event,
        name=text.visible(event.name),
        text=text.visible(event.text),
        to=text.visible(event.to),
        names=tuple(map(text.visible, event.names)),
        lines=tuple(map(cleaned, event.lines)),
    )


def is_quit(line: bytes) -> bool:
    """Whether `line` is the command that ends the conversation."""
    return line.startswith(b"/") and parse_line(text.decode(line))[0] == "/quit"
