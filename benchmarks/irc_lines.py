"""A million random lines for IRC's formats: none raises an error, and what is rendered parses back.

    python -m benchmarks.irc_lines                  1,000,000 lines
    python -m benchmarks.irc_lines --lines 10000 --seed 7

Each line is decoded, parsed and rendered, its text taken apart, split, quoted, and stripped of colours. A
client receives it, too. It ends with status 1 at the first line that breaks a promise, and shows it.
"""

import argparse
import logging
import random
import re
import sys
import time
from collections.abc import Iterator
from itertools import islice

from core.formats.irc import (
    MAX_COMMAND_LENGTH,
    IRCBadMessage,
    Message,
    ctcp_dequote,
    ctcp_extract,
    ctcp_quote,
    low_dequote,
    low_quote,
    lower_case,
    split,
)
from core.formats.irc_formatting import show_formatting, strip_formatting
from core.formats.irc_numerics import Numeric
from core.protocols.irc import IRCClient
from core.testing import StringTransport

LINES = 1_000_000
TOLD_AFTER = 100_000

COMMANDS = [*(name[4:].encode() for name in dir(IRCClient) if name.startswith("irc_"))]
COMMANDS += [numeric.encode() for numeric in Numeric]
CONTROLS = re.compile("[\0-\x08\n-\x1f\x7f-\x9f]")
SEQUENCE = re.compile(r"\x1b\[[0-9;]+m")

WORDS = [
    *(b"#class", b"ann", b"bob!b@h", b":", b": ", b"@a=b\\s;c", b"@", b"+o-v", b"+", b"irc", b"*", b"5", b""),
    *("Grüße".encode(), "語🦊".encode(), "e\u0301\u0302".encode(), b"\xff\xfe", b"\xf0\x9f", b"NICKLEN=9"),
    *(b"\x01ACTION waves\x01", b"\x01PING", b"\x01", b"\x0304,5red\x03", b"\x02", b"\x10n", b"\x10", b"\\a"),
    *(b"\0", b"\r", b"x" * 300, b"y" * 600, b"PREFIX=(ov)@+", b"CHANMODES=b,k,l,imn", b"-PREFIX"),
]


def random_lines(seed: int) -> Iterator[bytes]:
    """Lines without an end: some of random bytes, most of pieces that mean something."""
    generator = random.Random(seed)
    while True:
        if generator.random() < 0.2:
            yield generator.randbytes(generator.randrange(80)).replace(b"\n", b" ")
            continue
        start = generator.choice((b"", b":bob!b@h ", b":irc ", b"@a=b;c :irc ", b":"))
        words = generator.choices(WORDS, k=generator.randrange(7))
        yield start + generator.choice(COMMANDS) + b" " + b" ".join(words)


def check(line: bytes) -> None:
    """Raise an error if a promise is broken for this line."""
    text = line.decode(errors="replace")
    try:
        message = Message.parse(text)
        rendered = message.render()
    except IRCBadMessage:
        return
    _, rest = rendered.split(b" ", 1) if message.tags else (b"", rendered)
    assert len(rest) <= MAX_COMMAND_LENGTH, "the line is too long"
    assert rest.endswith(b"\r\n"), "the line has no end"
    again = Message.parse(rendered.decode().removesuffix("\r\n"))
    was_cut = len(rest) > MAX_COMMAND_LENGTH - 4
    assert was_cut or again == message, f"{message} came back as {again}"
    check_text(message.params[-1] if message.params else "")


def check_text(text: str) -> None:
    """Raise an error if a promise is broken for this text."""
    assert low_dequote(low_quote(text)) == ctcp_dequote(ctcp_quote(text)) == text, "quoting"
    assert all(0 < len(piece.encode()) <= 50 for piece in split(text, 50)), "a piece is too long"
    assert not set(strip_formatting(text)) & set("\x02\x03\x0f\x16\x1d\x1f"), "formatting is left"
    assert not CONTROLS.search(SEQUENCE.sub("", show_formatting(text))), "a control character is shown"
    ctcp_extract(text)
    lower_case(text)


class Client(IRCClient):
    """Lets an error in a handler through, where IRCClient logs it and goes on."""

    def handle_command(self, command: str, prefix: str, params: list[str]) -> None:
        handler = getattr(self, f"irc_{command}", None)
        if handler is not None:
            handler(prefix, params)


def receive(client: IRCClient, line: bytes) -> None:
    """Let the client receive the line. Its answers must be lines."""
    transport = client.transport
    assert isinstance(transport, StringTransport)
    client.data_received(line + b"\r\n")
    assert all(len(answer) <= MAX_COMMAND_LENGTH for answer in transport.take().split(b"\n")), "an answer"
    client._refused = 0  # so that the client does not give up


def run(count: int, seed: int, report: bool) -> None:
    """Check so many lines. AssertionError with the line if one fails."""
    client = Client()
    client.make_connection(StringTransport())
    for number, line in enumerate(islice(random_lines(seed), count), 1):
        try:
            check(line)
            receive(client, line)
        except Exception as error:
            raise AssertionError(f"line {number}, {line!r}: {error}") from error
        if report and number % TOLD_AFTER == 0:
            print(f"{number:,} lines", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.irc_lines", description=__doc__)
    parser.add_argument("--lines", type=int, default=LINES, help="how many (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1459, help="of the random numbers (default %(default)s)")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)  # the client logs each bad message
    begin = time.perf_counter()
    try:
        run(options.lines, options.seed, report=True)
    except AssertionError as error:
        sys.exit(str(error))
    seconds = time.perf_counter() - begin
    print(f"{options.lines:,} lines in {seconds:.0f} s: {seconds / options.lines * 1e6:.0f} µs a line")


if __name__ == "__main__":
    main()
