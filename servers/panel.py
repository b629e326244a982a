"""The chat server's own terminal: who is in the chat, and the last lines.

It is drawn anew a moment after something happened, however much that was. On a terminal that wants no
escape sequences each event is a line below the others; where there is no terminal, nothing is shown. A
shortcut: printing waits for the terminal, so who stops that with Ctrl-S stops the server.
"""

import sys
from collections import deque

from core.cli import may_use_escapes, say
from core.formats.chat import Event, render
from core.interfaces import ReactorTime
from servers.room import HISTORY, ChatRoom

REDRAW_AFTER = 0.1
CLEAR = "\x1b[2J\x1b[H"
RULE = "=" * 44


class Panel:
    """Shows `room` on stdout."""

    def __init__(self, room: ChatRoom, clock: ReactorTime) -> None:
        self._room = room
        self._clock = clock
        self._lines: deque[str] = deque(maxlen=HISTORY)
        self._is_due = False

    def on_event(self, event: Event) -> None:
        """Something happened in the room."""
        self._lines.extend(render(event))
        if may_use_escapes(sys.stdout):
            if not self._is_due:
                self._is_due = True
                self._clock.call_later(REDRAW_AFTER, self._draw)
        elif sys.stdout.isatty():
            say(*render(event))

    def _draw(self) -> None:
        self._is_due = False
        names = ", ".join(self._room.names()) or "nobody"
        say(CLEAR + RULE, f"Users in chat: {names}", RULE, *self._lines)
