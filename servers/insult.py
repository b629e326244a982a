"""Insults on demand: name a topic and be insulted about it.

The lesson: a protocol of lines is a LineReceiver and a method; the rest is deciding what to answer.
"""

from argparse import ArgumentParser, Namespace

from core.cli import fail
from core.formats.text import decode
from core.interfaces import ReactorCore
from core.protocols.lines import LineReceiver
from core.protocols.protocol import Factory
from servers.hosting.runner import Service, run
from servers.hosting.texts import DATA, read_text

GREETING = (
    "Welcome to the Insult Server. Enter a topic to receive an insult.",
    'Enter "quit" to disconnect.',
)


class InsultProtocol(LineReceiver):
    """Answers each line."""

    factory: "InsultFactory"

    def connection_made(self) -> None:
        """Say how it works. Who does not read the answers is not asked for further topics."""
        self.transport.register_producer(self, streaming=True)
        self.send_lines(*GREETING)

    def line_received(self, line: bytes) -> None:
        """A topic, or one of two commands; in any case and with blanks around it."""
        topic = decode(line).strip().casefold()
        if topic == "quit":
            self.send_lines("Goodbye, loser.")
            self.transport.lose_connection()
        elif topic == "help":
            self.send_lines("I can provide insults about the following items:", *self.factory.insults)
        else:
            self.send_lines(self.factory.insults.get(topic, "I've got nothing."))

    def line_length_exceeded(self, line: bytes) -> None:
        """Nobody can be insulted about that."""
        self.send_lines("That is no topic, that is a novel.")
        super().line_length_exceeded(line)

    def send_lines(self, *lines: str) -> None:
        """Encode and send."""
        for line in lines:
            self.send_line(line.encode())


class InsultFactory(Factory):
    """Has the insults, by topic."""

    protocol = InsultProtocol

    def __init__(self, insults: dict[str, str]) -> None:
        self.insults = insults


def parse(text: str) -> dict[str, str]:
    """Insults by topic, from lines `topic: insult`. ValueError names the line that is none."""
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
    """The flags of this server."""
    parser.add_argument("--insults", metavar="FILE", help="insults of your own, a `topic: insult` a line")


def make(options: Namespace, reactor: ReactorCore) -> Factory:
    """The factory that `options` ask for."""
    path = options.insults or DATA / "insults.txt"
    try:
        return InsultFactory(parse(read_text(path)))
    except ValueError as error:
        fail(f"cannot use {path}: {error}", 2)


SERVICE = Service("insult", 8080, add_arguments=add_arguments, stream=make)

if __name__ == "__main__":
    run(SERVICE)
