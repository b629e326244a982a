"""The chat for people, in lines: what is said goes by, and at the bottom one types."""

from datetime import datetime

from colorama import Fore, Style

from clients.chat.client import ChatClient, State, is_quit
from clients.chat.editor import END_OF_INPUT, Editor
from clients.chat.front import Front
from clients.chat.screen import Screen
from core.formats.chat import Event
from core.protocol import Protocol

ASKING = "Choose a username: "

COLORS = {
    "joined": Fore.GREEN,
    "left": Fore.RED,
    "said": Fore.MAGENTA,
    "action": Fore.MAGENTA,
    "private": Fore.CYAN,
    "refused": Fore.YELLOW,
    "notice": Fore.YELLOW,
}
"""Those that the server has for who asks it for colours, and some more."""


class Keys(Protocol):
    """The keyboard: each key goes to `editor`, each line that this makes of them to `front`."""

    def __init__(self, editor: Editor, front: "TerminalFront") -> None:
        self._editor = editor
        self._front = front

    def data_received(self, data: bytes) -> None:
        """Show what was typed, then see what it came to."""
        for line in self._editor.feed(data):
            if line is END_OF_INPUT:
                self._front.on_end_of_input()
            else:
                self._front.on_line(line)
        self._front.screen.draw()

    def connection_lost(self, reason: Exception) -> None:
        """The terminal is gone, or the reactor stops."""
        self._front.on_end_of_input()


class TerminalFront(Front):
    """Prints above what is being typed. The prompt says what a line will be: a name, or something to say."""

    def __init__(self, client: ChatClient, screen: Screen, is_colored: bool) -> None:
        self.screen = screen
        self._client = client
        self._is_colored = is_colored
        self._wants_name = False

    # --- from the server

    def on_event(self, event: Event) -> None:
        """Print it; a welcome or another name changes the prompt as well."""
        if event.kind in ("welcome", "renamed") and self._client.name is not None:
            self._wants_name = False
            self.screen.prompt = f"{self._client.name}> "
        self._print(event.kind, *render(event))

    def on_status(self, status: str) -> None:
        """Print it."""
        self._print("notice", f"* {status}")

    def on_name_wanted(self) -> None:
        """The next line is a name."""
        self._wants_name = True
        self.screen.prompt = ASKING
        self.screen.draw()

    def on_name_refused(self, why: str) -> None:
        """So is the next one."""
        self._print("refused", why)
        self.on_name_wanted()

    def _print(self, kind: str, *lines: str) -> None:
        color = COLORS.get(kind, "") if self._is_colored else ""
        self.screen.print(*(f"{color}{line}{Style.RESET_ALL}" if color else line for line in lines))

    # --- from the keyboard

    def on_line(self, line: str) -> None:
        """A name, or something to say. It stays on the screen as it was typed."""
        self.screen.print(self.screen.prompt + line)
        if self._wants_name and self._session_state() is State.REGISTER:
            self._client.register(line)
        elif is_quit(line.encode()) and self._session_state() is not State.CHAT:
            self._client.program.end()
        elif line:
            self._client.say(line.encode())

    def on_end_of_input(self) -> None:
        """That is all, if there is nothing left to say; who has no name yet has nothing."""
        if self._session_state() is State.REGISTER:
            self._client.program.end()
        else:
            self._client.finish()

    def _session_state(self) -> State | None:
        return self._client.session.state if self._client.session else None


def render(event: Event) -> list[str]:
    """`event` as lines, in local time."""
    time = datetime.fromtimestamp(event.time).strftime("%H:%M:%S")
    match event.kind:
        case "history":
            return [line for said in event.lines for line in render(said)] or ["Nothing was said yet."]
        case "said":
            return [f"{time} <{event.name}> {event.text}"]
        case "action":
            return [f"{time} * {event.name} {event.text}"]
        case "private":
            return [f"{time} <{event.name} -> {event.to}> {event.text}"]
        case _:
            return [f"{time} {event.text}"]
