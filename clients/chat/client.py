"""The chat client: it keeps the name and the outbox, and reconnects.

The factory keeps the data that outlives a connection: the name, the people in the chat, and the lines that no
connection has accepted yet. A line is sent once: if the connection is lost before the server has confirmed
it, the client does not know whether it arrived.
"""

import os
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from secrets import token_hex

from clients.chat.colors import colors_for
from clients.chat.front import Front
from clients.chat.logfile import LogFile
from clients.chat.people import People
from clients.chat.rendering import Delivery, StyledLine, absence_line, describe, describe_own, rule_line
from clients.chat.session import ChatSession, ClientState, SessionOwner, is_quit
from clients.runner import ClientEndpoint, Program, describe_error
from core.formats import text
from core.formats.chat_events import Event
from core.formats.text import fold
from core.interfaces import AbstractConnector, Address, ReactorTime
from core.timers import DelayedCall, cancel_if_active

Now = Callable[[], float]

REMEMBERED = 200
"""Own lines that are recognised among the missed events."""

LEAST_SKEW = 5.0
"""Seconds. A smaller difference between two clocks can be the time that the event took to come."""


class ChatClient(SessionOwner):
    """Takes part in a chat. `front` must be set before the client connects.

    `people` and `log` (if there is one) are the same for every front. `now` returns the Unix time. `servers`
    has the endpoints of all servers of the chat, if there are several: the client uses one after another.
    """

    protocol = ChatSession
    front: Front
    max_delay = 30.0
    first_ask_delay = 1.0
    """Seconds until a refused name is asked for again. Each further delay is twice as long."""
    max_other_ask_delay = 2.0
    """The longest of these delays if there are other servers: one that died keeps names for some seconds."""
    quick_delay = 0.1
    """Seconds until the next server is tried, if it is one that has not failed yet."""
    correspondent = ""
    """The author of the last private message, under the current name."""
    room = ""
    """The room in which the user is. "": the one in which sessions begin."""
    _failures = 0  # losses and failed attempts since the last welcome
    _skew = 0.0  # of the server's clock
    _last_number = 0  # of the user's lines

    def __init__(
        self,
        program: Program,
        name: str | None = None,
        log: LogFile | None = None,
        now: Now = time.time,
        servers: Sequence[ClientEndpoint] = (),
        theme: str = "",
    ) -> None:
        super().__init__()
        self.program = program
        self.clock: ReactorTime = program.reactor
        self.name = name
        self.state = ClientState.OFFLINE
        self.people = People(colors_for(theme))
        self.session: ChatSession | None = None
        self.was_welcome = False
        self.outbox: deque[tuple[int, bytes]] = deque()
        """The lines that are not sent yet, with their numbers."""
        self._local_now = now
        self._write_log = log.write if log is not None else lambda lines: None
        self.key = token_hex(16) if len(servers) > 1 else ""
        self._servers = deque(servers)  # the one in use is the first
        self._own_lines: deque[tuple[int, StyledLine]] = deque(maxlen=REMEMBERED)
        self._unlogged: dict[int, list[StyledLine]] = {}  # sent and not delivered
        self._lost_at: float | None = None  # None while the user is in the chat
        self._kicked_from: AbstractConnector | None = None
        self._ask_delay = self.first_ask_delay
        self._asked_for = ""
        self._next_ask: DelayedCall | None = None
        if log is not None:
            log.on_error = lambda error: self.front.on_status(f"logging has stopped: {describe_error(error)}")

    @property
    def me(self) -> str:
        """The user's name, or "" if there is none yet."""
        return self.name or ""

    def now(self) -> float:
        """The Unix time on the server's clock, so that own lines and those of the others are on one clock."""
        return self._local_now() + self._skew

    # --- from the server

    def build_protocol(self, address: Address) -> ChatSession:
        """Return a session. A connection alone does not reset the delay; a `welcome` does."""
        self.session = ChatSession()
        self.session.factory = self
        return self.session

    def on_prompt(self) -> None:
        """Register under the name, or have the front ask for one."""
        if self.name is None:
            self.front.on_name_wanted()
        else:
            self.register(self.name)

    def on_name_refused(self, why: str) -> None:
        """Notify the front. If the user was in the chat under this name, ask for it again after a delay.

        The server may still hold the session whose connection was lost.
        """
        if self._may_reconnect() and self._asked_for == self.name:
            self._next_ask = self.clock.call_later(self._ask_delay, self.register, self.me)
            longest = self.max_other_ask_delay if len(self._servers) > 1 else self.max_delay
            self._ask_delay = min(2 * self._ask_delay, longest)
        self.front.on_name_refused(why)

    @property
    def asks_again(self) -> bool:
        """Whether the client will ask for its name again by itself."""
        return self._next_ask is not None and self._next_ask.active()

    def stop_asking(self) -> None:
        """Do not ask for the name again: the user is typing one."""
        cancel_if_active(self._next_ask)

    def on_event(self, event: Event) -> None:
        """Record the event, and show it unless the user knows it or its author is ignored."""
        if self._is_known(event):
            return
        self.people.on_event(event, self.now())
        if event.kind == "welcome":
            self._on_welcome(event)
        elif event.kind == "names":
            self.room = event.room
        elif event.kind == "renamed" and event.name == self.name:
            self.name = event.to
        elif event.kind == "renamed" and event.name == self.correspondent:
            self.correspondent = event.to
        if (shown := self.people.without_ignored(event)) is not None:
            if event.kind == "private" and fold(event.name) != fold(self.me):
                self.correspondent = event.name
            self._show(shown)
        self.pump()

    def _is_known(self, event: Event) -> bool:
        """Whether it is a missed event that this user has caused. Mark an own line as delivered."""
        if not event.seq or event.kind == "welcome":
            return False
        self.since = event.seq
        if fold(event.name) != fold(self.me):
            return False
        for number, line in self._own_lines:
            if event.kind in ("said", "action") and line.text == event.text:
                self._own_lines.remove((number, line))
                self.on_delivered(number)
                return True
        return event.kind in ("joined", "left")

    def _on_welcome(self, event: Event) -> None:
        skew = event.time - self._local_now()
        self._skew = skew if abs(skew) >= LEAST_SKEW else 0.0
        self.name = event.name
        self.since = min(self.since or event.seq, event.seq)  # the missed events are still to come
        self.was_welcome = True
        self._failures = 0
        self.reset_delay()
        self._ask_delay = self.first_ask_delay
        if self.session is not None and self.room not in ("", event.room):
            self.session.send(f"/join {self.room}".encode())  # before the lines that wait

    def _show(self, event: Event) -> None:
        """Describe the event, and pass the lines to the log and to the front."""
        new = lines = self.people.colored(describe(event, self.me))
        if event.kind == "history":
            begin, end = rule_line("what was said before", self.now()), rule_line("now", self.now())
            new, lines = [], [begin, *lines, end]
        elif event.kind == "welcome" and self._lost_at is not None:
            lines = [*lines, absence_line(self._lost_at, self.now())]
            self._lost_at = None
        self._write_log(new)
        self.front.on_event(event, lines)
        if mentions := [line for line in new if line.mentions]:
            self.front.on_mention(mentions[-1])

    # --- to the server

    @property
    def is_leaving(self) -> bool:
        """Whether `/quit` is sent or waits in the outbox: no further line will be sent."""
        return self.unsent < len(self.outbox) or self.state in (ClientState.QUITTING, ClientState.FINISHED)

    @property
    def unsent(self) -> int:
        """The number of lines in the outbox, without a final `/quit`."""
        return len(self.outbox) - bool(self.outbox and is_quit(self.outbox[-1][1]))

    def delivery(self, number: int) -> Delivery:
        """The state of the line that `say` has given this number."""
        if self.outbox and number >= self.outbox[0][0]:
            return Delivery.UNSENT
        is_sent = self.session is not None and self.session.awaits(number)
        return Delivery.SENT if is_sent else Delivery.DELIVERED

    def register(self, name: str) -> None:
        """Send `name` if the server waits for one."""
        self.stop_asking()
        self._asked_for = name
        if self.session is not None and self.state is ClientState.REGISTER:
            self.session.send(os.fsencode(name))

    def say(self, line: bytes) -> int:
        """Queue `line`, and send it as soon as possible. Return its number."""
        self._last_number += 1
        self.outbox.append((self._last_number, line))
        self.pump()
        return self._last_number

    def finish(self) -> None:
        """Leave the chat when all queued lines are sent, and end the program when the server confirms it."""
        if not self.is_leaving:
            self.say(b"/quit")

    def pump(self) -> None:
        """Send queued lines while the session accepts them, and `/quit` even if it does not."""
        session = self.session
        while self.outbox and session is not None and self.state is ClientState.CHAT:
            if not (session.accepts_lines or is_quit(self.outbox[0][1])):
                break
            number, line = self.outbox.popleft()
            session.send(line, number)
            self._record_own(number, line)
            if self.delivery(number) is Delivery.SENT:
                self.front.on_delivery(number, Delivery.SENT)
            else:
                self.on_delivered(number)
        self.front.on_outbox(self.unsent)
        if session is None and self.was_welcome and self.is_leaving and not self.unsent:
            self.program.end()  # there is nothing to reconnect for

    def _record_own(self, number: int, line: bytes) -> None:
        """Remember the line, if it is UTF-8 and the others see it: the server sends it only to them."""
        try:
            lines = describe_own(text.visible(line.decode()), self.me, self.now())
        except UnicodeDecodeError:
            return
        self._unlogged[number] = lines
        self._own_lines += [(number, each) for each in lines]

    def on_delivered(self, number: int) -> None:
        """Log the line, if the others see it."""
        self._write_log(self._unlogged.pop(number, []))
        self.front.on_delivery(number, Delivery.DELIVERED)

    # --- reconnecting

    @property
    def retry_at(self) -> float | None:
        """The time of the next attempt on the reactor's clock, or None if none is scheduled."""
        return self._call.time if self._call is not None and self._call.active() else None

    def try_now(self) -> None:
        """Make the scheduled attempt now; after a kick, connect again. Otherwise do nothing."""
        if self._call is not None and self._call.active():
            self._call.reset(0)
        elif self._kicked_from is not None:
            connector, self._kicked_from = self._kicked_from, None
            self.state = ClientState.OFFLINE
            connector.connect()

    def client_connection_failed(self, connector: AbstractConnector, reason: Exception) -> None:
        """Try again if the user was in the chat; otherwise the address may be wrong, so end the program.

        Before that, try each server once.
        """
        self._failures += 1
        if self._may_reconnect() or self._failures < len(self._servers):
            self._retry(connector, str(self.program.endpoint), describe_error(reason))
        else:
            self.program.end_without_server(reason)

    def client_connection_lost(self, connector: AbstractConnector, reason: Exception) -> None:
        """End the program if the user was leaving; otherwise reconnect, or after a kick wait for the user."""
        session, self.session = self.session, None
        self._failures += 1
        self.stop_asking()
        words = session.last_words if session is not None else ""
        is_refused = bool(words) and self.state in (ClientState.CONNECTED, ClientState.REGISTER)
        what = f"{'refused by' if is_refused else 'lost'} {self.program.endpoint}"
        why = words or describe_error(reason)
        if self.state is ClientState.FINISHED:
            self.program.end()
        elif self.state is ClientState.QUITTING:
            self.program.end(f"{what}: {why.removesuffix('.')}, before everything was delivered")
        elif self._may_reconnect():
            self._on_interruption(connector, what, why)
        elif self.unsent:
            self.program.end(f"{what}: {why.removesuffix('.')}; lines that were not sent: {self.unsent}")
        else:
            self.program.end(f"{what}: {why}")

    def _may_reconnect(self) -> bool:
        may_wait = self.front.attended or self._failures < len(self._servers)
        return self.was_welcome and may_wait

    def _on_interruption(self, connector: AbstractConnector, what: str, why: str) -> None:
        self._lost_at = self._lost_at or self.now()
        if self.state is ClientState.KICKED:
            self._kicked_from = connector
            self.front.on_lost(what, why, None)
        else:
            self.state = ClientState.OFFLINE
            self._retry(connector, what, why)

    def _retry(self, connector: AbstractConnector, what: str, why: str) -> None:
        if self.program.ending:
            return
        connect: Callable[[], object] = connector.connect
        if len(self._servers) > 1:
            self._servers.rotate(-1)
            self.program.endpoint = self._servers[0]
            connect = partial(self._servers[0].connect, self.program.reactor, self)
        is_untried = self._servers and self._failures % len(self._servers)
        delay = self.quick_delay if is_untried else self.take_delay()
        self.front.on_lost(what, why, delay)
        self._call = self.program.reactor.call_later(delay, connect)
        self.pump()
