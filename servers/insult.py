"""Insults on demand: the client sends a topic and receives an insult about it.

The lesson: a protocol that receives lines is a subclass of LineReceiver with one method. The method only
has to choose the answer.
"""

from argparse import ArgumentParser, Namespace

from core import cli
from core.formats.text import decode, fold, visible
from core.interfaces import ReactorCore
from core.protocols.protocol import Factory
from servers.hosting.data_files import DATA, read_text
from servers.hosting.runner import ServerSpec, run
from servers.hosting.typed_lines import TypedLineReceiver

GREETING = (
    "Welcome to the Insult Server. Enter a topic to receive an insult.",
    'Enter "quit" to disconnect.',
)

COMMANDS = ("quit", "help")


class InsultProtocol(TypedLineReceiver):
    """Answers each line: a topic, `help` or `quit`."""

    factory: "InsultFactory"

    def connection_made(self) -> None:
        """Pause reading while the client does not read its answers, and send the greeting."""
        super().connection_made()
        self.transport.register_producer(self, streaming=True)
        self.send_lines(*GREETING)

    def line_received(self, line: bytes) -> None:
        """Send the answer. Case and surrounding spaces do not matter."""
        typed = self.first_line(line) if self.is_first_line else line
        if typed is None:
            return
        topic = key(decode(typed))
        if topic == "quit":
            self.send_lines("Goodbye, loser.")
            self.transport.lose_connection()
        elif topic == "help":
            self.send_lines("I can provide insults about the following items:", *self.factory.insults)
        else:
            self.send_lines(self.factory.insults.get(topic, "I've got nothing."))

    def line_length_exceeded(self, line: bytes) -> None:
        self.send_lines("That is no topic, that is a novel.")
        super().line_length_exceeded(line)

    def send_lines(self, *lines: str) -> None:
        """Encode `lines` as UTF-8 and send them."""
        for line in lines:
            self.send_line(line.encode())


class InsultFactory(Factory):
    """Keeps the insults in a dict, by the `key` of their topic."""

    protocol = InsultProtocol

    def __init__(self, insults: dict[str, str]) -> None:
        self.insults = insults


def key(topic: str) -> str:
    """The form in which topics are compared."""
    return fold(topic.strip())


def parse(text: str) -> dict[str, str]:
    """Parse lines of the form `topic: insult`. ValueError names the first line that is wrong."""
    insults: dict[str, str] = {}
    lines: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        topic, _, insult = line.partition(":")
        name = key(visible(topic.strip()))
        if fault := _fault(name, insult, lines):
            raise ValueError(f"line {number} {fault}")
        insults[name], lines[name] = insult.strip(), number
    if not insults:
        raise ValueError("the file has no insult in it")
    return insults


def _fault(name: str, insult: str, lines: dict[str, int]) -> str:
    """The fault of a line, after the lines that have the topics in `lines`; "" if nothing is."""
    if not (name and insult.strip()):
        return "should be `topic: insult`"
    if name in COMMANDS:
        return f"has the topic `{name}`, which is a command of this server. Choose another topic."
    return f"has the same topic as line {lines[name]}. Remove one of them." if name in lines else ""


def add_arguments(parser: ArgumentParser) -> None:
    """Add the flags of this server."""
    parser.add_argument(
        "--insults",
        type=cli.path,
        metavar="FILE",
        help="read the insults from FILE, one `topic: insult` a line",
    )


def make(options: Namespace, reactor: ReactorCore) -> Factory:
    """Make the factory that `options` describe. Exits 2 if the insults cannot be read."""
    path = options.insults or DATA / "insults.txt"
    try:
        return InsultFactory(parse(read_text(path)))
    except ValueError as error:
        cli.fail(f"cannot use {path}: {error}", 2)


SERVICE = ServerSpec("insult", 8080, add_arguments=add_arguments, stream=make, is_stateless=True)

if __name__ == "__main__":
    run(SERVICE)
