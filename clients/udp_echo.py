"""UDP echo: send datagrams, print which came back and how long they took.

The lesson: a datagram has no identity. Five times `hello` come back as any of themselves, or fewer, or more,
and who wants to know which is which has to write a number into each, or to send each from a port of its own,
as the resolvers of names do. Here it is the port, so that what is sent is what was typed and nothing else.
"""

import math
import os
from argparse import ArgumentTypeError
from collections import deque

from clients.runner import Program, datagram_endpoint, open_towards, parser_for, start
from core import cli
from core.endpoints import UDPEndpoint
from core.formats.text import decode
from core.protocols.protocol import DatagramProtocol
from core.transports.datagram import DatagramPort

LONGEST = 65507
"""Bytes that fit in a datagram over IPv4 (RFC 768 and RFC 791)."""

MOST_OPEN = 100
"""Questions that wait for their answers at the same time, each with a descriptor of its own."""


class Question(DatagramProtocol):
    """One datagram, on its way to the server and back. Whatever else comes to its port is no answer."""

    port: DatagramPort

    def __init__(self, series: "Series", number: int, text: bytes) -> None:
        self._series = series
        self._number = number
        self._text = text
        self._timeout = series.reactor.call_later(series.timeout, self._on_timeout)
        self._sent_at = series.reactor.seconds()

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        """Stop the watch."""
        if data == self._text:
            took = self._series.reactor.seconds() - self._sent_at
            self._settle(f"{took * 1000:.2f} ms")

    def connection_refused(self) -> None:
        """There is nobody to answer this one or any other."""
        self._series.program.end_without_server(ConnectionRefusedError("connection refused"))

    def stop_protocol(self) -> None:
        """It is over, one way or the other."""
        if self._timeout.active():
            self._timeout.cancel()

    def _on_timeout(self) -> None:
        self._series.lost.append(self._number)
        self._settle(f"lost: no answer within {self._series.timeout:g} s")

    def _settle(self, outcome: str) -> None:
        self._series.program.write(f"{self._number}. {decode(self._text)}  {outcome}\n")
        self.port.stop_listening()
        self._series.on_settled()


class Series:
    """Sends `texts` in turn, `interval` seconds apart, and ends the program when each is answered or lost."""

    def __init__(
        self, program: Program, endpoint: UDPEndpoint, texts: list[bytes], interval: float, timeout: float
    ) -> None:
        self.program = program
        self.reactor = program.reactor
        self.timeout = timeout
        self.lost: list[int] = []
        self._endpoint = endpoint
        self._texts = deque(texts)
        self._interval = interval
        self._asked = self._settled = 0
        self._is_held_up = False

    def ask(self) -> None:
        """Send the next one; if too many are on their way, once one of them has come back."""
        self._is_held_up = self._asked - self._settled >= MOST_OPEN
        if self._is_held_up:
            return
        text = self._texts.popleft()
        self._asked += 1
        question = Question(self, self._asked, text)
        if port := open_towards(self.program, self._endpoint, question):
            question.port = port
            port.write(text)
        if self._texts:
            self.reactor.call_later(self._interval, self.ask)

    def on_settled(self) -> None:
        """One more is answered or lost."""
        self._settled += 1
        if self._is_held_up:
            self.ask()
        elif self._settled == self._asked and not self._texts:
            self.program.end(self._complaint())

    def _complaint(self) -> str:
        numbers = ", ".join(str(number) for number in sorted(self.lost))
        return f"lost {len(self.lost)} of {self._asked}: {numbers}" if self.lost else ""


def seconds(text: str) -> float:
    """For argparse: a time from 0 up."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise ArgumentTypeError(f"{text!r} is no number of seconds from 0 up")
    return value


def datagram(text: str) -> bytes:
    """For argparse: what fits into one datagram."""
    data = os.fsencode(text)
    if len(data) > LONGEST:
        raise ArgumentTypeError(f"a text of {len(data)} bytes does not fit into a datagram, {LONGEST} do")
    return data


def main() -> None:
    """The command `python -m clients.udp_echo`."""
    parser = parser_for("udp_echo", "send datagrams and time their echo", "hello --count 5", 9999)
    parser.add_argument("texts", nargs="*", type=datagram, metavar="TEXT", help="a datagram each")
    parser.add_argument(
        "--count", type=cli.count, default=1, metavar="N", help="how often to send all of them"
    )
    parser.add_argument(
        "--interval", type=seconds, default=0.2, metavar="SECONDS", help="from one to the next"
    )
    parser.add_argument(
        "--timeout", type=seconds, default=1.0, metavar="SECONDS", help="after that it is lost"
    )
    options = parser.parse_args()
    endpoint = datagram_endpoint(parser, options)
    if not options.count:
        parser.error("argument --count: at least 1")
    texts = (options.texts or [b"Is anybody there?"]) * options.count
    with start(options) as reactor:
        program = Program(reactor, "udp_echo", endpoint)
        Series(program, endpoint, texts, options.interval, options.timeout).ask()
        program.run()


if __name__ == "__main__":
    main()
