"""Quote of the day: sends one quote and closes the connection (RFC 865).

The lesson: a protocol does not have to wait for its client. This one writes and closes as soon as it is
connected, so the kernel is never asked whether the socket is readable.
"""

import logging
import random
import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from dataclasses import dataclass

from core import cli
from core.interfaces import ReactorCore
from core.protocols.protocol import Factory, Protocol
from servers.hosting.data_files import DATA, read_text
from servers.hosting.runner import ServerSpec, run
from servers.hosting.udp_answers import AnsweringProtocol

log = logging.getLogger(__name__)

MAX_LENGTH = 512
"""The longest quote that RFC 865 allows, in bytes, including CRLF."""


class QOTDProtocol(Protocol):
    """Sends a random quote and closes the connection. Received data is discarded."""

    factory: "QOTDFactory"

    def connection_made(self) -> None:
        self.transport.write(random.choice(self.factory.quotes))
        self.transport.lose_connection()


class QOTDFactory(Factory):
    """Keeps the encoded quotes, of which there is at least one."""

    protocol = QOTDProtocol

    def __init__(self, quotes: list[bytes]) -> None:
        self.quotes = quotes


class QOTDDatagramProtocol(AnsweringProtocol):
    """The same service over UDP: answers every datagram with a random quote."""

    def __init__(self, quotes: list[bytes]) -> None:
        super().__init__()
        self.quotes = quotes

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        """Answer. A quote is not empty, and any answer to it may be another one. Our client sends no data."""
        self.answer(random.choice(self.quotes), address, bool(data), True)


def encode(quote: str) -> bytes:
    """Encode a quote with CRLF after each line. Bytes of the command line that are not UTF-8 are kept."""
    text = "".join(line.rstrip() + "\r\n" for line in quote.strip().split("\n"))
    return text.encode(errors="surrogateescape")


def parse(text: str) -> list[str]:
    """Parse quotes: one a line or, if a line is just `%`, separated by such lines, as in fortune files."""
    separators = re.compile(r"^%[ \t]*$", re.MULTILINE)
    quotes = separators.split(text) if separators.search(text) else text.split("\n")
    return [quote for quote in quotes if quote.strip()]


@dataclass(frozen=True)
class Quotes:
    """The encoded quotes that fit into an answer, and the number of those that are too long."""

    short: list[bytes]
    too_long: int


def sendable(texts: list[str]) -> Quotes:
    """For argparse: encode `texts`. ArgumentTypeError if none of them can be sent."""
    quotes = [encode(text) for text in texts if text.strip()]
    short = [quote for quote in quotes if len(quote) <= MAX_LENGTH]
    if not short:
        raise ArgumentTypeError(f"there is no quote of 1 to {MAX_LENGTH} bytes, CRLF included, to serve")
    return Quotes(short, len(quotes) - len(short))


def add_arguments(parser: ArgumentParser) -> None:
    """Add the flags of this server. The file is read here, once, since it may be a pipe."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--quote",
        type=lambda text: sendable([text]),
        metavar="TEXT",
        help="always send this quote",
    )
    group.add_argument(
        "--quotes",
        type=lambda text: sendable(parse(read_text(cli.path(text)))),
        metavar="FILE",
        help="read the quotes from FILE: one a line, or separated by lines with %%",
    )


def quotes_for(options: Namespace) -> Quotes:
    """The quotes that `options` name, by default the shipped ones."""
    quotes: Quotes = options.quote or options.quotes or sendable(parse(read_text(DATA / "quotes.txt")))
    return quotes


def make(options: Namespace, reactor: ReactorCore) -> QOTDFactory:
    """Make the factory that `options` describe."""
    quotes = quotes_for(options)
    if quotes.too_long:
        log.warning("%d quotes are longer than %d bytes and are left out", quotes.too_long, MAX_LENGTH)
    return QOTDFactory(quotes.short)


SERVICE = ServerSpec(
    "qotd",
    8007,
    add_arguments=add_arguments,
    stream=make,
    datagram=lambda options, reactor: QOTDDatagramProtocol(quotes_for(options).short),
    is_stateless=True,
)

if __name__ == "__main__":
    run(SERVICE)
