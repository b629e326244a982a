"""The chat for programs: lines in are said, lines out are what others say, and nothing else goes there.

`tail -f log | python -m clients.chat --name log` and `python -m clients.chat | grep hello` are the use of
it. What the server or the client has to say for itself goes to stderr.
"""

import getpass
import sys

from clients.chat.client import ChatClient
from clients.chat.front import Front
from clients.chat.rendering import MESSAGES, describe, piped
from core.formats.chat_events import LONGEST_LINE, LONGEST_NAME, Event
from core.protocols.protocol import Protocol

MOST_WAITING = 100
"""Lines in the outbox above which no more are read."""

MOST_NAMES = 100


class Lines(Protocol):
    """The input, cut into lines for `client`. The last one may lack its end."""

    def __init__(self, client: ChatClient) -> None:
        self._client = client
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        """Say every line that is whole by now. Of one without end no more is kept than shows that."""
        *lines, rest = (self._rest + data).split(b"\n")
        self._rest = rest[: LONGEST_LINE + 1]
        for line in lines:
            self._say(line.removesuffix(b"\r"))

    def connection_lost(self, reason: Exception) -> None:
        """Say the rest, and that this was all."""
        if self._rest:
            self._say(self._rest)
        self._client.finish()

    def _say(self, line: bytes) -> None:
        if len(line) > LONGEST_LINE:
            self._client.front.on_status(f"a line of more than {LONGEST_LINE} bytes was not sent")
        else:
            self._client.say(line)


class PipedFront(Front):
    """Prints what others say. Asked for a name it gives that of the user, or one like it."""

    attended = False

    def __init__(self, client: ChatClient, lines: Protocol) -> None:
        self._client = client
        self._lines = lines
        self._tries = 0
        self._wanted: set[str] = set()  # kinds of answers that tell something new
        self._perhaps_good_bye = ""

    def on_event(self, event: Event) -> None:
        """What others say goes to stdout; what the server answers, to stderr."""
        lines = [line for line in describe(event, self._client.name or "") if line.role in MESSAGES]
        if event.kind == "history" or (lines and not self._is_echo(event)):
            self._client.program.show("".join(piped(line) + "\n" for line in lines))
        elif not lines:
            self._on_answer(event)

    def _is_echo(self, event: Event) -> bool:
        return event.kind == "private" and event.name == self._client.name

    def _on_answer(self, event: Event) -> None:
        """Nobody asked for the first welcome, for the names that come with it, and for a last good-bye."""
        answer, self._perhaps_good_bye = self._perhaps_good_bye, ""
        if answer:
            self.on_status(answer)
        if event.kind == "notice" and self._client.is_parting:
            self._perhaps_good_bye = event.text
        elif event.kind in ("refused", "notice") or event.kind in self._wanted:
            self.on_status(event.text)
        if event.kind == "names":
            self._wanted = {"names"}

    def on_status(self, status: str) -> None:
        """A line on stderr."""
        print(status, file=sys.stderr, flush=True)

    def on_name_wanted(self) -> None:
        """The name of the user, with a number behind it from the second time on."""
        self._tries += 1
        number = str(self._tries) if self._tries > 1 else ""
        self._client.register(login_name()[: LONGEST_NAME - len(number)] + number)

    def on_name_refused(self, why: str) -> None:
        """Nobody can be asked."""
        if self._client.name is not None or self._tries >= MOST_NAMES:
            self._client.program.end(f"cannot chat: {why}")
        else:
            self.on_name_wanted()

    def on_outbox(self, lines: int) -> None:
        """Read no faster than is said."""
        if lines > MOST_WAITING:
            self._lines.transport.pause_producing()
        else:
            self._lines.transport.resume_producing()


def login_name() -> str:
    """The user's name on this machine, or what of it a chat server takes."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError, ImportError):
        name = ""
    return "".join(letter for letter in name if letter.isalnum() or letter in "_-") or "guest"
