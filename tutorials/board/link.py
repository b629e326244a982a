"""A learner's end of the connection with the board. It reconnects with growing delays."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from core.endpoints import TCPEndpoint
from core.errors import in_words
from core.formats.json_values import parse_object
from core.interfaces import AbstractConnector, Address
from core.protocols.lines import LineReceiver
from core.protocols.protocol import ClientFactory, ReconnectingClientFactory
from core.reactor import Reactor
from tutorials.board.wire import LONGEST_MESSAGE, Status, as_line, message
from tutorials.course.progress import Entry, load

CONSENT = """The board at {address} gets your name, which is {name}, and of your
work the lesson, the step, the result of the check, the ID of the mistake, the
numbers of tries and of hints, and whether your hand is raised. It never gets
your program, or bytes that the program has sent or printed.
At present it gets: {now}"""

GOES_ON = "It is tried again."


def status_in(folder: Path) -> Status:
    """The state of the learner, by the progress in `folder`. The hand is not raised."""
    progress, _ = load(folder)
    entry = progress.entries.get(progress.here, Entry())
    return Status(progress.here, entry.step, entry.result, entry.mistake, entry.tries, entry.hints)


class LinkProtocol(LineReceiver):
    """A connection with the board."""

    MAX_LENGTH = LONGEST_MESSAGE
    factory: "Link"

    def connection_made(self) -> None:
        self.send_line(message(hello=self.factory.name, word=self.factory.word))

    def line_received(self, line: bytes) -> None:
        """Handle a message of the board. One that is not understood is ignored."""
        try:
            fields = parse_object(line)
            if "welcome" in fields:
                self.factory.on_welcome(self)
            elif "line" in fields:
                self.factory.say(f"Your teacher: {as_line(fields['line'])}")
            elif "refused" in fields:
                self.factory.say_once(f"The board says: {as_line(fields['refused'])}")
        except ValueError:
            return


class Link(ReconnectingClientFactory):
    """Sends the state of a learner to the board when it has changed. `say` prints a line for the learner."""

    max_delay = 30.0

    def __init__(self, name: str, word: str, say: Callable[[str], object]) -> None:
        super().__init__()
        self.name, self.word, self.say = name, word, say
        self.status = Status()
        self._said = ""
        self._connection: LinkProtocol | None = None

    def build_protocol(self, address: Address) -> LinkProtocol:
        """A connection. The delay is reset only by the board's welcome."""
        connection = LinkProtocol()
        connection.factory = self
        return connection

    def on_welcome(self, connection: LinkProtocol) -> None:
        """Send the state for the first time."""
        self._connection = connection
        self.reset_delay()
        self.say_once(f"You are on the board as {self.name}.")
        self._send()

    def report(self, status: Status) -> None:
        """Send `status`, with the hand as it is, if it has changed."""
        status = replace(status, hand=self.status.hand)
        if status != self.status:
            self.status = status
            self._send()

    def _send(self) -> None:
        if self._connection is not None:
            self._connection.send_line(message(**asdict(self.status)))

    def toggle_hand(self) -> None:
        """Raise the hand, or lower it."""
        self.status = replace(self.status, hand=not self.status.hand)
        self.say(f"Your hand is {'raised' if self.status.hand else 'lowered'}.")
        self._send()

    def say_once(self, text: str) -> None:
        """Print a line about the connection, unless it was the last such line."""
        if text != self._said:
            self._said = text
            self.say(text)

    def client_connection_failed(self, connector: AbstractConnector, reason: Exception) -> None:
        self.say_once(f"The board cannot be reached: {in_words(reason)}. {GOES_ON}")
        self.retry(connector)

    def client_connection_lost(self, connector: AbstractConnector, reason: Exception) -> None:
        was_joined, self._connection = self._connection is not None, None
        if was_joined and not connector.reactor.stopping:
            self.say_once(f"The connection with the board has ended. {GOES_ON}")
        self.retry(connector)


@dataclass
class ProgressReporter:
    """Sends the progress in `folder` over `link` to the board at `address`."""

    link: Link
    address: TCPEndpoint
    folder: Path

    def start(self, reactor: Reactor) -> None:
        """Connect, and reconnect after a loss."""
        self.address.connect(reactor, self.link)

    def look(self) -> None:
        """Send the state, if it has changed."""
        self.link.report(status_in(self.folder))

    def toggle_hand(self) -> None:
        """Raise the hand, or lower it."""
        self.link.toggle_hand()


class LookProtocol(LineReceiver):
    """Asks the board for its learners."""

    MAX_LENGTH = 1 << 20
    factory: "Look"

    def connection_made(self) -> None:
        self.send_line(message(look=True, word=self.factory.word))

    def line_received(self, line: bytes) -> None:
        self.factory.answer = line
        self.transport.lose_connection()


class Look(ClientFactory):
    """Asks once. Then `answer` is the board's message, and `done` is called; "" stands for no answer."""

    protocol = LookProtocol

    def __init__(self, word: str, done: Callable[[], object]) -> None:
        self.word, self._done = word, done
        self.answer = b""
        self.failure = ""

    def client_connection_failed(self, connector: AbstractConnector, reason: Exception) -> None:
        self.failure = in_words(reason)
        self._done()

    def client_connection_lost(self, connector: AbstractConnector, reason: Exception) -> None:
        self._done()
