"""The chat for people, in lines: what is said goes by, and at the bottom one types."""

import time

from clients.chat import rendering
from clients.chat.client import ChatClient
from clients.chat.editing.editor import Editor, EditorCommand
from clients.chat.front import Front
from clients.chat.input_line import ASKING, LEAVING, TRIES_AGAIN, enter
from clients.chat.plain.keyboard import Keyboard
from clients.chat.plain.screen import Screen
from clients.chat.rendering import Role, StyledLine, describe, plain
from clients.chat.session import ClientState
from core.formats.chat_events import Event
from core.formats.text import decode
from core.protocols.lines import LineReceiver
from core.protocols.protocol import Protocol

SILENCE = 0.5
"""Seconds that leaving may take before it is said what it waits for."""

RING_EVERY = 1.0
"""Seconds; whoever floods a room with somebody's name shall not make it scream."""


class Keys(Protocol):
    """The keyboard: each key goes to `editor`, and what that makes of them to `front`."""

    def __init__(self, editor: Editor, keyboard: Keyboard, front: "TerminalFront") -> None:
        self._editor = editor
        self._keyboard = keyboard
        self._front = front

    def data_received(self, data: bytes) -> None:
        """Do what was typed, and show it."""
        for done in self._editor.feed(data):
            match done:
                case str(line):
                    self._front.on_line(line)
                case EditorCommand.END:
                    self._front.on_end_of_input()
                case EditorCommand.REDRAW:
                    self._front.screen.draw(anew=True)
                case EditorCommand.LEAVE:
                    self._front.leave()
        self._keyboard.catch_interrupt(bool(self._editor.asks))
        self._front.screen.draw()

    def connection_lost(self, reason: Exception) -> None:
        """The terminal is gone, or the reactor stops."""
        self._front.leave()


class CookedLines(LineReceiver):
    """The keyboard of a terminal that shows by itself what is typed, and gives it line by line."""

    delimiter = b"\n"

    def __init__(self, front: "TerminalFront") -> None:
        super().__init__()
        self._front = front

    def line_received(self, line: bytes) -> None:
        """Say it, with nothing in it that a key has no business to send."""
        self._front.on_line(decode(line))

    def connection_lost(self, reason: Exception) -> None:
        """Ctrl-D; or the reactor stops."""
        self._front.on_end_of_input()


class TerminalFront(Front):
    """Prints above what is being typed. The prompt says what a line will be: a name, or something to say.

    `echoes` says that the terminal itself has shown what was typed.
    """

    def __init__(
        self, client: ChatClient, screen: Screen, colored: bool = False, echoes: bool = False
    ) -> None:
        self.screen = screen
        self._client = client
        self._colored = colored
        self._echoes = echoes
        self._day = rendering.date(self._client.now())
        self._waits = False  # something that was entered is not sent yet
        self._rang = 0.0

    # --- from the server

    def on_event(self, event: Event) -> None:
        """Print it; a welcome or another name changes the prompt as well."""
        if event.kind in ("welcome", "renamed"):
            self.screen.prompt = f"{self._me()}> "
        lines = describe(event, self._me())
        self._print(lines)
        if event.kind != "history" and any(line.mentions for line in lines):
            self._ring()

    def on_status(self, status: str) -> None:
        """Print it."""
        if self._client.session is None and self._me():
            self.screen.prompt = f"{self._me()}> "
        self._print([rendering.status(status, self._client.now())])

    def on_name_wanted(self) -> None:
        """The next line is a name."""
        if self._echoes:
            self.on_status(ASKING.strip())
        self.screen.prompt = ASKING
        self.screen.draw()

    def on_name_refused(self, why: str) -> None:
        """So is the next one."""
        self._print([rendering.refused(why, self._client.now())])
        if self._client.was_welcome:
            self.on_status(TRIES_AGAIN.format(self._me()))
        self.on_name_wanted()

    def on_missed(self, since: float, lines: tuple[Event, ...]) -> None:
        """Print it below a line that says so."""
        self._print(rendering.missed(since, self._client.now(), lines, self._me()))

    def on_outbox(self, lines: int) -> None:
        """Say when all is sent that was shown as not sent yet."""
        if self._waits and not lines:
            self.on_status("what was not sent yet is sent now")
        self._waits = lines > 0

    def _me(self) -> str:
        return self._client.name or ""

    def _print(self, lines: list[StyledLine]) -> None:
        for line in lines:
            if (day := rendering.date(line.time)) > self._day:
                self._day = day
                self.screen.print(plain(rendering.day(line.time), self._colored))
            self.screen.print(plain(line, self._colored))

    def _ring(self) -> None:
        now = time.monotonic()
        if now - self._rang >= RING_EVERY:
            self._rang = now
            self.screen.ring()

    # --- from the keyboard

    def on_line(self, line: str) -> None:
        """Show what comes of it, in place of what was typed."""
        lines = enter(self._client, line, self._client.now())
        self._print([each for each in lines if not self._echoes or each.role is not Role.OWN or self._waits])

    def on_end_of_input(self) -> None:
        """That is all, once everything is said; who has no name yet has nothing to say."""
        session = self._client.session
        if session is not None and session.state is ClientState.REGISTER:
            self.leave()
            return
        self._client.finish()
        self._client.program.reactor.call_later(SILENCE, self._say_what_is_waited_for)

    def _say_what_is_waited_for(self) -> None:
        if not self._client.program.ending:
            self.on_status(LEAVING)

    def leave(self) -> None:
        """At once."""
        self._client.program.end()
