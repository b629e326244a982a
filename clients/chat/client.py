"""The chat as a client sees it: who one is, what is still to be said, and a connection that may come and go.

What outlives a connection is the factory's: the name, who is there, and the lines that no connection has
taken yet. What a connection took may be lost with it, for TCP does not tell how much arrived; nothing is
said twice.
"""

import os
import time
from collections import deque
from collections.abc import Callable, Iterable

from clients.chat import rendering
from clients.chat.front import Front
from clients.chat.logfile import LogFile
from clients.chat.people import People
from clients.chat.rendering import StyledLine
from clients.chat.seen_messages import SeenMessages
from clients.chat.session import ChatSession, ClientState, SessionOwner
from clients.runner import Program, said
from core.formats import text
from core.formats.chat_events import Event
from core.interfaces import AbstractConnector, Address


class ChatClient(SessionOwner):
    """Has the name, the outbox, and the endurance. `front` is set before anything is connected.

    `people` and `log` (if there is one) are kept here, so that they are the same for every front. `now`
    tells the time in Unix seconds.
    """

    protocol = ChatSession
    front: Front
    max_delay = 30.0

    def __init__(
        self,
        program: Program,
        name: str | None = None,
        log: LogFile | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        super().__init__()
        self.program = program
        self.name = name
        self.people = People()
        self.session: ChatSession | None = None
        self.was_welcome = False
        self.outbox: deque[bytes] = deque()
        self.now = now
        self._log = log
        self._seen = SeenMessages()
        self._lost_at: float | None = None  # Unix seconds
        self._stays_out: AbstractConnector | None = None  # who was kicked comes back when asked to
        self._is_last_said = False
        if log is not None:
            log.on_error = lambda error: self.front.on_status(f"no more is logged: {said(error)}")

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
        """Note what concerns us, and hand on what is not from somebody who is ignored."""
        self.people.on_event(event, self.now())
        shown = self.people.without_ignored(event)
        if event.kind == "welcome":
            self._on_welcome(event)
        elif event.kind == "renamed" and event.name == self.name:
            self.name = event.to
        if event.kind == "history" and self.session is not None and self.session.asks_what_was_missed:
            self.session.asks_what_was_missed = False
            self._on_missed(event if shown is None else shown)
        elif shown is not None:
            self._record(rendering.describe(shown, self.name or "") if event.kind != "history" else [])
            self.front.on_event(shown)
        self._seen.note(event)
        self.pump()

    def _on_welcome(self, event: Event) -> None:
        self.name = event.name
        self.reset_delay()
        if self.was_welcome and self.session is not None:
            self.session.ask_what_was_missed()
        self.was_welcome = True

    def _on_missed(self, history: Event) -> None:
        """Log and show of it what is new."""
        events = self._seen.missed(history.lines)
        since, self._lost_at = self._lost_at or history.time, None
        self._record(line for event in events for line in rendering.describe(event, self.name or ""))
        self.front.on_missed(since, events)

    def _record(self, lines: Iterable[StyledLine]) -> None:
        if self._log is not None:
            self._log.write(lines)

    # --- to the server

    @property
    def is_leaving(self) -> bool:
        """There will be no more to say."""
        return self._is_last_said or self.is_parting

    @property
    def is_parting(self) -> bool:
        """We have said good-bye."""
        return self.session is not None and self.session.state is ClientState.QUITTING

    def register(self, name: str) -> None:
        """Try this name."""
        if self.session is not None and self.session.state is ClientState.REGISTER:
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
        while self.outbox and session and session.state is ClientState.CHAT and session.takes_lines:
            line = self.outbox.popleft()
            session.say(line)
            self._note_own(line)
        self.front.on_outbox(len(self.outbox))
        if self._is_last_said and not self.outbox:
            if session is not None and session.state is ClientState.CHAT:
                session.say(b"/quit")
            elif session is None and self.was_welcome:  # nothing to come back for
                self.program.end()

    def _note_own(self, line: bytes) -> None:
        """The server tells it to everyone but us."""
        lines = rendering.own(text.decode(line), self.name or "", self.now())
        self._record(lines)
        for each in lines:
            self._seen.note_own(each.name, each.text)

    # --- connections that come and go

    @property
    def retry_at(self) -> float | None:
        """When the next attempt begins, on the reactor's clock; None while there is nothing to wait for."""
        return self._call.time if self._call is not None and self._call.active() else None

    def try_now(self) -> None:
        """Wait no longer for the next attempt, if one is waited for; come back if one was kicked."""
        if self._call is not None and self._call.active():
            self._call.reset(0)
        elif self._stays_out is not None:
            connector, self._stays_out = self._stays_out, None
            connector.connect()

    def client_connection_failed(self, connector: AbstractConnector, reason: Exception) -> None:
        """Who never was in the chat has a wrong address, perhaps; who was, tries again."""
        if self._may_come_back():
            self._try_again(connector, str(self.program.endpoint), said(reason))
        else:
            self.program.end_without_server(reason)

    def client_connection_lost(self, connector: AbstractConnector, reason: Exception) -> None:
        """Unless it was meant to be so, find the way back into the chat."""
        is_parting, session, self.session = self.is_parting, self.session, None
        words = session.last_words if session is not None else ""
        what = f"{'refused by' if session and session.was_refused else 'lost'} {self.program.endpoint}"
        why = words or said(reason)
        if session is not None and session.has_parted:
            self.program.end()
        elif is_parting:
            self.program.end(f"{what}: {why.removesuffix('.')}, before everything was delivered")
        elif self._may_come_back():
            self._lost_at = self._lost_at or self.now()
            self._seen.stop()
            if session is not None and session.was_kicked:
                self._stays_out = connector
                self.front.on_lost(what, why, None)
            else:
                self._try_again(connector, what, why)
        else:
            unsent = f"; lines that were not sent: {len(self.outbox)}" if self.outbox else ""
            self.program.end(f"{what}: {why.removesuffix('.') if unsent else why}{unsent}")

    def _may_come_back(self) -> bool:
        return self.was_welcome and self.front.attended

    def _try_again(self, connector: AbstractConnector, what: str, why: str) -> None:
        if not self.program.ending:
            self.front.on_lost(what, why, self.delay)
            self.retry(connector)
            self.pump()
