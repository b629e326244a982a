"""Quote of the day: one quote, then good-bye (RFC 865).

The lesson: a protocol need not wait for anything. This one has said all that it has to say before it is
read from, so that its connections never come to be watched at all.
"""

import logging
import random
import re
from argparse import ArgumentParser, Namespace

from core.cli import fail
from core.protocols.protocol import Factory, Protocol
from servers.hosting.reflection import AnsweringProtocol
from servers.hosting.runner import Service, run
from servers.hosting.texts import DATA, read_text

log = logging.getLogger(__name__)

LONGEST = 512
"""Bytes, with the CRLF: what RFC 865 allows."""


class QOTDProtocol(Protocol):
    """Speaks once, and does not listen."""

    factory: "QOTDFactory"

    def connection_made(self) -> None:
        """A quote, and the end. What the client sends is thrown away."""
        self.transport.write(random.choice(self.factory.quotes))
        self.transport.lose_connection()


class QOTDFactory(Factory):
    """Has the quotes, encoded; at least one."""

    protocol = QOTDProtocol

    def __init__(self, quotes: list[bytes]) -> None:
        self.quotes = quotes


class QOTDDatagramProtocol(AnsweringProtocol):
    """The same over UDP: any datagram asks for a quote."""

    def __init__(self, quotes: list[bytes]) -> None:
        self.quotes = quotes

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        """Answer, whatever the datagram says."""
        self.answer(random.choice(self.quotes), address)


def encode(quote: str) -> bytes:
    """A quote as it is sent: its lines, each with CRLF. What no UTF-8 was on the command line goes as is."""
    text = "".join(line.rstrip() + "\r\n" for line in quote.strip().splitlines())
    return text.encode(errors="surrogateescape")


def parse(text: str) -> list[str]:
    """Quotes, one a line; or, as in fortune files, separated by lines with nothing but `%`."""
    is_fortune_file = any(line.rstrip() == "%" for line in text.splitlines())
    quotes = re.split(r"^%[ \t]*$", text, flags=re.MULTILINE) if is_fortune_file else text.splitlines()
    return [quote for quote in quotes if quote.strip()]


def add_arguments(parser: ArgumentParser) -> None:
    """The flags of this server."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--quote", metavar="TEXT", help="always this quote")
    which.add_argument(
        "--quotes", metavar="FILE", help="quotes of your own, one a line, or between lines with a %% on them"
    )


def quotes_for(options: Namespace) -> list[bytes]:
    """The quotes that `options` ask for. Ends the program if there is none that can be sent."""
    if options.quote is not None:
        texts = [options.quote]
    else:
        texts = parse(read_text(options.quotes or DATA / "quotes.txt"))
    quotes = [encode(text) for text in texts if text.strip()]
    short = [quote for quote in quotes if len(quote) <= LONGEST]
    if not short:
        fail(f"there is no quote of 1 to {LONGEST} bytes, CRLF included, to serve", 2)
    if len(short) < len(quotes):
        log.warning("%d quotes are over %d bytes and left out", len(quotes) - len(short), LONGEST)
    return short


SERVICE = Service(
    "qotd",
    8007,
    add_arguments=add_arguments,
    stream=lambda options, reactor: QOTDFactory(quotes_for(options)),
    datagram=lambda options, reactor: QOTDDatagramProtocol(quotes_for(options)),
)

if __name__ == "__main__":
    run(SERVICE)
