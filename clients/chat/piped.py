"""The chat for programs: each input line is sent, and stdout has only the messages of the others.

It is made for `tail -f log | python -m clients.chat --name log` and `python -m clients.chat | grep hello`.
Messages of the server and of the client go to stderr.
"""

import getpass
from codecs import BOM_UTF8
from collections.abc import Sequence

from clients.chat.client import ChatClient
from clients.chat.front import Front
from clients.chat.rendering import MESSAGES, StyledLine, render_piped
from clients.chat.session import ClientState
from core import cli
from core.formats.chat_events import LONGEST_LINE, LONGEST_NAME, Event
from core.protocols.protocol import Protocol

MAX_OUTBOX = 100
"""Lines in the outbox above which the input is paused."""

MAX_ATTEMPTS = 100
"""Names to try when none was given."""


class PipedInput(Protocol):
    """Splits the input into lines for `client`. The last line may lack its end."""

    def __init__(self, client: ChatClient) -> None:
        self._client = client
        self._rest = b""
        self._is_first = True

    def data_received(self, data: bytes) -> None:
        """Send the complete lines. Of an incomplete one keep just enough to know whether it is too long."""
        *lines, rest = (self._rest + data).split(b"\n")
        self._rest = rest[: len(BOM_UTF8) + LONGEST_LINE + 1]
        for line in lines:
            self._send(line.removesuffix(b"\r"))

    def connection_lost(self, reason: Exception) -> None:
        """Send the last line, then leave."""
        self._client.program.check_input(reason)
        if self._rest:
            self._send(self._rest)
        self._client.finish()

    def _send(self, line: bytes) -> None:
        """Send `line`, the first one without a byte order mark."""
        if self._is_first:
            self._is_first = False
            line = line.removeprefix(BOM_UTF8)
        if len(line) > LONGEST_LINE:
            self._client.front.on_status(f"a line of more than {LONGEST_LINE} bytes was not sent")
        else:
            self._client.say(line)


class PipedFront(Front):
    """Prints the messages of the others. If no name was given, it registers the login name or a variant."""

    attended = False

    def __init__(self, client: ChatClient, input: Protocol) -> None:
        self._client = client
        self._input = input
        self._attempts = 0
        self._is_names_answer = False  # the first list of names comes unasked, with the welcome
        self._pending_notice = ""

    def on_event(self, event: Event, lines: Sequence[StyledLine]) -> None:
        """Print messages of others to stdout, and answers of the server to stderr."""
        messages = [line for line in lines if line.role in MESSAGES]
        is_echo = event.kind == "private" and event.name == self._client.name
        if event.kind == "history" or (messages and not is_echo):
            self._client.program.write("".join(render_piped(line) + "\n" for line in messages))
        elif not messages:
            self._on_answer(event)

    def _on_answer(self, event: Event) -> None:
        """Print an answer, but neither the welcome nor the answer to the final `/quit`.

        After `/quit` a notice is printed only when a later event shows that it was not the answer.
        """
        notice, self._pending_notice = self._pending_notice, ""
        if notice:
            self.on_status(notice)
        if event.kind == "notice" and self._client.state is ClientState.FINISHED:
            self._pending_notice = event.text
        elif event.kind in ("refused", "notice") or (event.kind == "names" and self._is_names_answer):
            self.on_status(event.text)
        self._is_names_answer |= event.kind == "names"

    def on_status(self, status: str) -> None:
        """Print a line to stderr."""
        cli.print_error(status)

    def on_lost(self, what: str, why: str, delay: float | None) -> None:
        """Print the reason. It is called only if there is another server to try."""
        self.on_status(f"{what}: {why.removesuffix('.')}; trying the next server")

    def on_name_wanted(self) -> None:
        """Give the login name; from the second attempt on, with a number."""
        self._attempts += 1
        number = str(self._attempts) if self._attempts > 1 else ""
        self._client.register(login_name()[: LONGEST_NAME - len(number)] + number)

    def on_name_refused(self, why: str) -> None:
        """End the program if the name was given by the user; otherwise try another one.

        After a loss the client asks for its name again by itself: another server may hold it for a while.
        """
        if self._client.asks_again:
            self.on_status(why)
        elif self._client.name is not None or self._attempts >= MAX_ATTEMPTS:
            self._client.program.end(f"cannot chat: {why}")
        else:
            self.on_name_wanted()

    def on_outbox(self, unsent: int) -> None:
        """Read input no faster than the server accepts it."""
        if unsent > MAX_OUTBOX:
            self._input.transport.pause_producing()
        else:
            self._input.transport.resume_producing()


def login_name() -> str:
    """The user's name on this machine, without the characters that a chat server refuses."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError, ImportError):
        name = ""
    return "".join(letter for letter in name if letter.isalnum() or letter in "_-") or "guest"
