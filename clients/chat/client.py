"""The chat as a client sees it: who one is, what is still to be said, and a connection that may come and go.

What outlives a connection is the factory's: the name, and the lines that no connection has taken yet. What
a connection took may be lost with it, for TCP does not tell how much arrived; nothing is said twice.
"""

import logging
import os
from collections import deque
from enum import Enum

from clients.chat.front import Front, cleaned
from clients.runner import Program, said
from core.formats import text
from core.formats.chat import Event, decode
from core.interfaces import Address, Connector
from core.lines import LineReceiver
from core.protocol import ReconnectingClientFactory

log = logging.getLogger(__name__)

HANDSHAKE = 10.0
"""Seconds in which a chat server should have said that events are on."""


class State(Enum):
    """What the server takes a line for."""

    STRANGER = "stranger"  # it has not heard yet that we read events
    REGISTER = "register"  # a name
    CHAT = "chat"  # something to say
    PARTING = "parting"  # nothing any more: `/quit` was said


class ChatSession(LineReceiver):
    """One connection. As a producer it is what is typed, not what is received, that it can pause."""

    factory: "ChatClient"
    MAX_LENGTH = 4 * 1024 * 1024  # one line has a whole history, or everybody's name
    takes_lines = True
    last_words = ""
    """What the server had to tell before it closed, if one knows."""

    def connection_made(self) -> None:
        """Ask for events at once; what comes before them is for people."""
        self.state = State.STRANGER
        self._lines_for_people = 0
        self._last_kind = ""
        self._deadline = self.factory.program.reactor.call_later(HANDSHAKE, self._on_deadline)
        self.transport.register_producer(self, streaming=True)
        self.send_line(b"/events")

    def connection_lost(self, reason: Exception) -> None:
        """See `ChatClient.client_connection_lost`."""
        if self._deadline.active():
            self._deadline.cancel()

    @property
    def has_parted(self) -> bool:
        """The server has heard everything, and has said good-bye."""
        return self.state is State.PARTING and self._last_kind == "notice"

    def line_received(self, line: bytes) -> None:
        """An event, unless the server still speaks to people."""
        try:
            event = decode(line)
        except ValueError:
            self._on_line_for_people(text.decode(line))
            return
        if self.state is State.STRANGER:
            self.state = State.REGISTER
            self.last_words = ""
            self._deadline.cancel()
        if event is not None:
            self._last_kind = event.kind
            self._on_event(cleaned(event))

    def _on_line_for_people(self, line: str) -> None:
        """A whole greeting tells nothing, but a single line says why we are not let in."""
        log.debug("not an event: %s", line)
        if self.state is State.STRANGER:
            self._lines_for_people += 1
            self.last_words = line if self._lines_for_people == 1 else ""

    def _on_event(self, event: Event) -> None:
        match self.state, event.kind:
            case State.REGISTER, "prompt":
                self.factory.on_prompt()
                return
            case State.REGISTER, "refused":
                self.factory.front.on_name_refused(event.text)
                return
            case State.REGISTER, "notice":
                self.last_words = event.text
            case State.REGISTER, "welcome":
                self.state = State.CHAT
                self.last_words = ""
        self.factory.on_event(event)

    def _on_deadline(self) -> None:
        self.last_words = "that is no chat server"
        self.transport.lose_connection()

    def say(self, line: bytes) -> None:
        """Send a line, whatever it means in this state."""
        self.send_line(line)
        if is_quit(line):
            self.state = State.PARTING

    def pause_producing(self) -> None:
        """Much waits to be sent: leave further lines in the outbox."""
        self.takes_lines = False

    def resume_producing(self) -> None:
        """There is room again."""
        self.takes_lines = True
        self.factory.pump()


class ChatClient(ReconnectingClientFactory):
    """Has the name, the outbox, and the endurance. `front` is set before anything is connected."""

    protocol = ChatSession
    front: Front
    max_delay = 30.0

    def __init__(self, program: Program, name: str | None = None) -> None:
        super().__init__()
        self.program = program
        self.name = name
        self.session: ChatSession | None = None
        self.was_welcome = False
        self.outbox: deque[bytes] = deque()
        self._is_last_said = False

    # --- from the server

    def build_protocol(self, address: Address) -> ChatSession:
        """A session. The delay is not reset for less than a welcome."""
        self.session = ChatSession()
        self.session.factory = self
        return self.session

    def on_prompt(self) -> None:
        """Register under the name that there is."""
        if self.name is None:
            self.front.on_name_wanted()
        else:
            self.register(self.name)

    def on_event(self, event: Event) -> None:
        """Note what concerns us, and hand it on."""
        if event.kind == "welcome":
            self.name = event.name
            self.was_welcome = True
            self.reset_delay()
        elif event.kind == "renamed" and event.name == self.name:
            self.name = event.to
        self.front.on_event(event)
        self.pump()

    # --- to the server

    @property
    def is_parting(self) -> bool:
        """We have said good-bye."""
        return self.session is not None and self.session.state is State.PARTING

    def register(self, name: str) -> None:
        """Try this name."""
        if self.session is not None and self.session.state is State.REGISTER:
            self.session.say(os.fsencode(name))

    def say(self, line: bytes) -> None:
        """Say `line` as soon as that is possible."""
        self.outbox.append(line)
        self.pump()

    def finish(self) -> None:
        """There will be no more to say: once everything is said, and heard, that is the end."""
        self._is_last_said = True
        self.pump()

    def pump(self) -> None:
        """Say what there is to say, while somebody takes it."""
        session = self.session
        while self.outbox and session and session.state is State.CHAT and session.takes_lines:
            session.say(self.outbox.popleft())
        self.front.on_outbox(len(self.outbox))
        if self._is_last_said and not self.outbox:
            if session is not None and session.state is State.CHAT:
                session.say(b"/quit")
            elif session is None and self.was_welcome:  # nothing to come back for
                self.program.end()

    # --- connections that come and go

    def client_connection_failed(self, connector: Connector, reason: Exception) -> None:
        """Who never was in the chat has a wrong address, perhaps; who was, tries again."""
        if self.was_welcome:
            self._try_again(connector, f"{self.program.endpoint}: {said(reason)}")
        else:
            self.program.end_without_server(reason)

    def client_connection_lost(self, connector: Connector, reason: Exception) -> None:
        """Unless it was meant to be so, find the way back into the chat."""
        is_parting, session, self.session = self.is_parting, self.session, None
        lost = f"lost {self.program.endpoint}: {(session and session.last_words) or said(reason)}"
        if session is not None and session.has_parted:
            self.program.end()
        elif is_parting:
            self.program.end(f"{lost}, before everything was delivered")
        elif self.was_welcome:
            self._try_again(connector, lost)
        else:
            self.program.end(lost)

    def _try_again(self, connector: Connector, why: str) -> None:
        if not self.program.ending:
            self.front.on_status(f"{why}; trying again in {self.delay:.0f} s")
            self.retry(connector)
            self.pump()


def is_quit(line: bytes) -> bool:
    """It is the command that ends the conversation."""
    return line.partition(b" ")[0] == b"/quit"
