"""The chat server's own terminal: who is in the chat and the last lines, below all that is printed.

The cursor rests above the panel, where the next line of the log belongs. So nothing that is printed, by
whomever, is ever wiped: the panel makes room for it, and is drawn again below it a moment later, however much
that was. A terminal that wants no escape sequences gets each event as a line instead; where there is no
terminal, nothing is shown. A shortcut: printing waits for the terminal, so who stops that with Ctrl-S stops
the server.
"""

import logging
import sys
from collections import deque
from collections.abc import Callable, Sequence
from io import TextIOWrapper
from shutil import get_terminal_size
from threading import RLock
from typing import TextIO

from core.cli import may_use_escapes, say, show
from core.endpoints import parse
from core.formats.chat_events import HISTORY, Event, render
from core.reactor import Reactor
from servers.chat.room import ChatRoom
from servers.hosting.how_to_connect import reachable

REDRAW_AFTER = 0.1
ABOVE = 6
"""Rows that are left to what is printed, unless the terminal has fewer than twice as many."""

CLEAR = "\x1b[J"  # from the cursor to the end of the screen
DOWN, UP = "\x1bD", "\x1b[A"  # a row, in the same column; down scrolls at the end of the screen
SAVE, RESTORE = "\x1b7", "\x1b8"  # the cursor
CUT, WRAP = "\x1b[?7l", "\x1b[?7h"  # what is too long; how wide a letter is, the terminal alone knows
RULE = "=" * 44


class Above(TextIOWrapper):
    """A stream of this terminal; `make_room` gives what has to be sent before whatever is written."""

    def __init__(self, stream: TextIO, make_room: Callable[[], str], lock: RLock) -> None:
        stream.flush()
        super().__init__(stream.buffer, stream.encoding, stream.errors, line_buffering=True)
        self._make_room = make_room
        self._lock = lock

    def write(self, text: str) -> int:
        """As always."""
        with self._lock:
            return super().write(self._make_room() + text)


class Panel:
    """Shows `room`, which listens at `endpoints()`, on stdout."""

    def __init__(self, room: ChatRoom, reactor: Reactor, endpoints: Callable[[], Sequence[str]]) -> None:
        self._room = room
        self._reactor = reactor
        self._endpoints = endpoints
        self._lines: deque[str] = deque(maxlen=HISTORY)
        self._is_drawn = self._is_due = self._is_over = False
        self._lock = RLock()  # other threads print as well: the watchdog, while the loop hangs

    def start(self) -> None:
        """Show what happens, below what is printed from now on, until the reactor stops."""
        self._room.on_event = self.on_event
        if may_use_escapes(sys.stdout):
            sys.stdout = Above(sys.stdout, self._make_room, self._lock)
            if sys.stderr.isatty():
                self._start_stderr()
            self._reactor.call_when_running(self._expect_drawing)
            self._reactor.add_system_event_trigger("before", "shutdown", self._end)

    def _start_stderr(self) -> None:
        before, sys.stderr = sys.stderr, Above(sys.stderr, self._make_room, self._lock)
        for handler in logging.getLogger().handlers:
            if isinstance(handler, logging.StreamHandler) and handler.stream is before:
                handler.setStream(sys.stderr)

    def on_event(self, event: Event) -> None:
        """Something happened in the room."""
        self._lines.extend(render(event))
        if may_use_escapes(sys.stdout):
            self._expect_drawing()
        elif sys.stdout.isatty():
            say(*render(event))

    def _make_room(self) -> str:
        if not self._is_drawn:
            return ""
        self._is_drawn = False
        self._reactor.call_from_thread(self._expect_drawing)
        return CLEAR

    def _expect_drawing(self) -> None:
        if not self._is_due:
            self._is_due = True
            self._reactor.call_later(REDRAW_AFTER, self._draw)

    def _draw(self) -> None:
        self._is_due = False
        if not self._is_over:
            rows = self._rows()
            room = DOWN * len(rows) + UP * len(rows)
            with self._lock:
                self._is_drawn = False
                show(room + SAVE + CLEAR + CUT + "".join(["\n" + row for row in rows]) + RESTORE + WRAP)
                self._is_drawn = True

    def _rows(self) -> list[str]:
        """As many as there is room for, each cut at the width."""
        width, height = get_terminal_size()
        most = max(height - ABOVE, height // 2)
        names = self._room.names()
        where = ", ".join([str(reachable(parse(place))) for place in self._endpoints()])
        head = [
            f"== chat at {where} ".ljust(len(RULE), "="),
            f"Users in chat ({len(names)}): {', '.join(names)}" if names else "Users in chat: nobody",
            RULE,
        ]
        lines = list(self._lines)[max(0, len(self._lines) + len(head) - most) :]
        return [row if len(row) <= width else row[: width - 1] + "…" for row in [*head, *lines][:most]]

    def _end(self) -> None:
        """Leave it as it is; what is still to come belongs below."""
        self._draw()
        self._is_drawn, self._is_over = False, True
        show("\n" * (len(self._rows()) + 1))
