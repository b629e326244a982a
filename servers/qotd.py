"""Quote of the day: sends one quote and closes the connection (RFC 865).

The lesson: a protocol does not have to wait for its client. This one writes and closes as soon as it is
connected, so the kernel is never asked whether the socket is readable.
"""

import logging
import random
import re
from argparse import ArgumentParser, Namespace

from core.cli import fail
from core.protocols.protocol import Factory, Protocol
from servers.hosting.data_files import DATA, read_text
from servers.hosting.reflection import AnsweringProtocol
from servers.hosting.runner import Service, run

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

    def kind_of(self, data: bytes) -> bool:
        """A quote is not empty, and any answer to it may be another quote. Our client sends no data."""
        return bool(data)

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        self.answer(random.choice(self.quotes), address, data)


def encode(quote: str) -> bytes:
    """Encode a quote with CRLF after each line. Bytes of the command line that are not UTF-8 are kept."""
    text = "".join(line.rstrip() + "\r\n" for line in quote.strip().splitlines())
    return text.encode(errors="surrogateescape")


def parse(text: str) -> list[str]:
    """Parse quotes: one a line or, if a line is just `%`, separated by such lines, as in fortune files."""
    is_fortune_file = any(line.rstrip() == "%" for line in text.splitlines())
    quotes = re.split(r"^%[ \t]*$", text, flags=re.MULTILINE) if is_fortune_file else text.splitlines()
    return [quote for quote in quotes if quote.strip()]


def add_arguments(parser: ArgumentParser) -> None:
    """Add the flags of this server."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--quote", metavar="TEXT", help="always send this quote")
    group.add_argument(
        "--quotes",
        metavar="FILE",
        help="read the quotes from FILE: one a line, or separated by lines with %%",
    )


def quotes_for(options: Namespace) -> list[bytes]:
    """The encoded quotes that `options` describe. Exits 2 if none of them can be sent."""
    if options.quote is not None:
        texts = [options.quote]
    else:
        texts = parse(read_text(options.quotes or DATA / "quotes.txt"))
    quotes = [encode(text) for text in texts if text.strip()]
    short = [quote for quote in quotes if len(quote) <= MAX_LENGTH]
    if not short:
        fail(f"there is no quote of 1 to {MAX_LENGTH} bytes, CRLF included, to serve", 2)
    if len(short) < len(quotes):
        log.warning("%d quotes are longer than %d bytes and left out", len(quotes) - len(short), MAX_LENGTH)
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
