"""Prints what happens in the chat: each message and, at each join and leave, the names of the members."""

from collections.abc import Callable

from core.formats.chat_events import Event, render
from core.formats.text import visible
from servers.chat.room import ChatRoom

MAX_NAMES = 20


class ChatOutput:
    """Calls `write` with a line for each event of `room`."""

    def __init__(self, room: ChatRoom, write: Callable[[str], object]) -> None:
        self._room = room
        self._write = write
        room.on_event = self.on_event

    def on_event(self, event: Event) -> None:
        """Print `event`. Names and messages are typed by users, so their control characters are replaced."""
        lines = [self._users()] if event.kind in ("joined", "left") else render(event)
        self._write("".join([visible(line) + "\n" for line in lines]))

    def _users(self) -> str:
        names = self._room.names()
        shown = [*names[-MAX_NAMES:], *(["…"] if len(names) > MAX_NAMES else [])]
        return f"Users in chat ({len(names)}): {', '.join(shown)}".rstrip()
