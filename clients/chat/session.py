"""One connection of the chat client to the server: it sends lines and decodes the server's events."""

import logging
from abc import ABC, abstractmethod
from dataclasses import replace
from enum import Enum

from clients.chat.front import Front
from clients.chat.rendering import Delivery
from core.formats import text
from core.formats.chat_events import Event, decode, parse_line
from core.interfaces import ReactorTime
from core.protocols.lines import LineReceiver
from core.protocols.protocol import ReconnectingClientFactory
from core.timers import DelayedCall, cancel_if_active

log = logging.getLogger(__name__)

HANDSHAKE = 10.0
"""Seconds within which a chat server must answer `/events`."""

SILENCE = 12.0
"""Seconds without an answer to a line after which the user is told."""

SILENT = f"no answer for {SILENCE:.0f} s; your last lines may not have arrived"

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

    clock: ReactorTime
    front: Front
    state: ClientState
    since = 0
    """The sequence number of the last event, 0 if there is none."""
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
    def on_delivered(self, number: int) -> None:
        """The server has taken the line with this number."""

    @abstractmethod
    def pump(self) -> None:
        """The session accepts lines again."""


class ChatSession(LineReceiver):
    """One connection. It is registered as a producer to learn when the transport's buffer is full."""

    factory: SessionOwner
    MAX_LENGTH = 4 * 1024 * 1024  # a line may hold a whole history, or the names of a full room
    accepts_lines = True
    round_trip: float | None = None
    """Seconds from sending the last line to its confirmation."""

    def connection_made(self) -> None:
        """Switch to events at once. The banner that comes before them is for people."""
        self.factory.state = ClientState.CONNECTED
        self._text_lines = 0
        self._words, self._words_at = "", 0.0
        self._clock = self.factory.clock
        self._deadline = self._clock.call_later(HANDSHAKE, self._on_deadline)
        self._confirms = False  # whether the server confirms numbered lines
        self._in_flight: dict[int, float] = {}  # when each line was sent that is not confirmed yet
        self._heard_at = 0.0
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
        for number in self._in_flight:
            self.factory.front.on_delivery(number, Delivery.DOUBTFUL)

    @property
    def last_words(self) -> str:
        """The server's explanation just before it closed the connection, or ""."""
        is_fresh = self._clock.seconds() - self._words_at < FRESH
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
                self._confirms = event.seq > 0 and self.factory.front.attended
            case _, "delivered":
                self._on_delivered(event.id)
                return
            case ((ClientState.REGISTER | ClientState.CHAT), "kicked"):
                self.factory.state = ClientState.KICKED
            case ((ClientState.QUITTING | ClientState.FINISHED), kind):
                self.factory.state = ClientState.FINISHED if kind == "notice" else ClientState.QUITTING
        self.factory.on_event(event)

    def _on_delivered(self, number: int) -> None:
        if (sent_at := self._in_flight.pop(number, None)) is not None:
            self.round_trip = self._clock.seconds() - sent_at
            self.factory.on_delivered(number)

    def _keep_words(self, words: str) -> None:
        self._words, self._words_at = words, self._clock.seconds()

    def _on_deadline(self) -> None:
        self.factory.state = ClientState.OFFLINE
        self._keep_words(f"no chat server has answered for {HANDSHAKE:.0f} s")
        self.transport.lose_connection()

    def send(self, line: bytes, number: int = 0) -> None:
        """Send a line. `/quit` is the last one, so the sending side is closed after it."""
        if is_quit(line):
            self.send_line(line)
            self.factory.state = ClientState.QUITTING
            self.transport.lose_write_connection()
        elif number and self._confirms:
            self.send_line(b"/id %d %b" % (number, line))
            self._in_flight[number] = self._clock.seconds()
            if self._silence is None and not self._is_silent:
                self._watch()
        else:
            self.send_line(line)

    def awaits(self, number: int) -> bool:
        """Whether the line with this number was sent, and is not confirmed yet."""
        return number in self._in_flight

    # --- a server that does not answer

    @property
    def silent_for(self) -> float:
        """Seconds for which the server has not answered, 0.0 if there is nothing to answer."""
        since = max(self._heard_at, next(iter(self._in_flight.values()), self._clock.seconds()))
        return self._clock.seconds() - since

    def _watch(self) -> None:
        """Tell the user when the server has been silent for SILENCE seconds: the lines may be lost."""
        self._silence = None
        if self.silent_for >= SILENCE:
            self._is_silent = True
            self.factory.front.on_status(SILENT)
        elif self._in_flight:
            self._silence = self._clock.call_later(SILENCE - self.silent_for, self._watch)

    def _on_answer(self) -> None:
        self._heard_at = self._clock.seconds()
        if self._is_silent:
            self._is_silent = False
            self.factory.front.on_status("the server answers again")
            self._watch()

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
