"""Insults on demand: the client sends a topic and receives an insult about it.

The lesson: a protocol that receives lines is a subclass of LineReceiver with one method. All that is left to
write is the choice of the answer.
"""

from argparse import ArgumentParser, Namespace

from core.cli import fail
from core.formats.text import decode
from core.interfaces import ReactorCore
from core.protocols.lines import LineReceiver
from core.protocols.protocol import Factory
from servers.hosting.data_files import DATA, read_text
from servers.hosting.runner import Service, run

GREETING = (
    "Welcome to the Insult Server. Enter a topic to receive an insult.",
    'Enter "quit" to disconnect.',
)


class InsultProtocol(LineReceiver):
    """Answers each line: a topic, `help` or `quit`."""

    factory: "InsultFactory"

    def connection_made(self) -> None:
        """Pause reading while the client does not read its answers, and send the greeting."""
        self.transport.register_producer(self, streaming=True)
        self.send_lines(*GREETING)

    def line_received(self, line: bytes) -> None:
        """Send the answer. Case and surrounding spaces do not matter."""
        topic = decode(line).strip().casefold()
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
    """Keeps the insults in a dict, with casefolded topics as keys."""

    protocol = InsultProtocol

    def __init__(self, insults: dict[str, str]) -> None:
        self.insults = insults


def parse(text: str) -> dict[str, str]:
    """Parse lines of the form `topic: insult`. ValueError names the first line that is wrong."""
    insults = {}
    for number, line in enumerate(text.splitlines(), 1):
        topic, colon, insult = line.partition(":")
        if colon and topic.strip() and insult.strip():
            insults[topic.strip().casefold()] = insult.strip()
        elif line.strip():
            raise ValueError(f"line {number} should be `topic: insult`")
    if not insults:
        raise ValueError("there is no insult in it")
    return insults


def add_arguments(parser: ArgumentParser) -> None:
    """Add the flags of this server."""
    parser.add_argument(
        "--insults", metavar="FILE", help="read the insults from FILE, one `topic: insult` a line"
    )


def make(options: Namespace, reactor: ReactorCore) -> Factory:
    """Make the factory that `options` describe. Exits 2 if the insults cannot be read."""
    path = options.insults or DATA / "insults.txt"
    try:
        return InsultFactory(parse(read_text(path)))
    except ValueError as error:
        fail(f"cannot use {path}: {error}", 2)


SERVICE = Service("insult", 8080, add_arguments=add_arguments, stream=make)

if __name__ == "__main__":
    run(SERVICE)
