"""Prints what happens in the chat: each message and, at each join and leave, the names of the members."""

from collections.abc import Callable

from core.formats.chat_events import Event, render
from core.formats.text import visible
from servers.chat.room import ChatRoom

MAX_NAMES = 20


class ChatOutput:
    """Calls `write` with a line for each event of `room` and, with its name in front, of each other room."""

    def __init__(self, room: ChatRoom, write: Callable[[str], object]) -> None:
        self._rooms = room.rooms
        self._write = write
        self._rooms.on_event = self.on_event

    def on_event(self, event: Event) -> None:
        """Print `event`. Names and messages are typed by users, so their control characters are replaced."""
        front = f"[{event.room}] " if event.room else ""
        lines = [self._users(event.room)] if event.kind in ("joined", "left") else render(event)
        self._write("".join([f"{front}{visible(line)}\n" for line in lines]))

    def _users(self, name: str) -> str:
        room = self._rooms.find(name) if name else self._rooms.first
        names = room.names() if room is not None else ()
        shown = [*names[-MAX_NAMES:], *(["…"] if len(names) > MAX_NAMES else [])]
        return f"Users in chat ({len(names)}): {', '.join(shown)}".rstrip()
