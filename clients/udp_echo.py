"""UDP echo: send datagrams, and print which came back and how long each took.

The lesson: a datagram has no identity. If `hello` is sent five times, the answers cannot be told apart. A
client that must match them writes a number into each datagram, or sends each from a port of its own, as DNS
resolvers do. Here it is the port, so that a datagram contains just the typed text.
"""

import os
from argparse import ArgumentTypeError
from collections import deque
from functools import partial

from clients.runner import Program, ServerAddresses, datagram_endpoint, parser_for, seconds, start
from core import cli
from core.endpoints import UDPEndpoint
from core.formats.text import decode
from core.protocols.protocol import DatagramProtocol
from core.timers import cancel_if_active
from core.transports.datagram import DatagramPort

LONGEST = 65507
"""Bytes that fit in a datagram over IPv4 (RFC 768 and RFC 791)."""

MAX_PENDING = 100
"""The most requests that wait for their answers at the same time. Each has its own descriptor."""


class EchoRequest(DatagramProtocol):
    """One datagram to the first address, and its answer. Any other datagram that arrives is ignored."""

    def __init__(self, series: "Series", number: int, text: bytes) -> None:
        self._address = series.addresses.left[0]
        self._series = series
        self._number = number
        self._text = text

    def start_protocol(self) -> None:
        assert isinstance(self.transport, DatagramPort)  # a transport of another kind has nothing to stop
        self._port = self.transport
        self._timeout = self._series.reactor.call_later(self._series.timeout, self._on_timeout)
        self._sent_at = self._series.reactor.seconds()

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        if data == self._text:
            self._series.addresses.has_answered = True
            took = self._series.reactor.seconds() - self._sent_at
            self._settle(f"{took * 1000:.2f} ms")

    def connection_refused(self) -> None:
        """No server listens there: try the next address, if there is one."""
        self._try_next(ConnectionRefusedError("connection refused"))

    def stop_protocol(self) -> None:
        """The port is closed, after an answer or a timeout."""
        cancel_if_active(self._timeout)

    def _on_timeout(self) -> None:
        if self._series.addresses.has_answered or self._series.addresses.left == [self._address]:
            self._series.lost.append(self._number)
            self._settle(f"lost: no answer within {self._series.timeout:g} s")
        else:
            self._try_next(TimeoutError("no answer"))

    def _try_next(self, reason: Exception) -> None:
        self._port.stop_listening()
        self._series.addresses.give_up(self._address, reason)
        self._series.send(self._number, self._text)

    def _settle(self, outcome: str) -> None:
        self._series.program.write(f"{self._number}. {decode(self._text)}  {outcome}\n")
        self._port.stop_listening()
        self._series.on_settled()


class Series:
    """Sends `texts` in turn, `interval` seconds apart. Ends the program when each is answered or lost."""

    def __init__(
        self, program: Program, endpoint: UDPEndpoint, texts: list[bytes], interval: float, timeout: float
    ) -> None:
        self.addresses = ServerAddresses(program, endpoint, self.send_next)
        self.program = program
        self.reactor = program.reactor
        self.timeout = timeout
        self.lost: list[int] = []
        self._texts = deque(texts)
        self._interval = interval
        self._sent = self._settled = 0
        self._is_waiting = False

    def send_next(self) -> None:
        """Send the next text. If MAX_PENDING requests are pending, wait until one of them is settled."""
        self._is_waiting = self._sent - self._settled >= MAX_PENDING
        if self._is_waiting:
            return
        text = self._texts.popleft()
        self._sent += 1
        if self._texts:
            self.reactor.call_later(self._interval, self.send_next)
        self.send(self._sent, text)

    def send(self, number: int, text: bytes) -> None:
        """Send `text` to the first address."""
        if port := self.addresses.open(partial(EchoRequest, self, number, text)):
            port.write(text)

    def on_settled(self) -> None:
        """A request was answered or is lost."""
        self._settled += 1
        if self._is_waiting:
            self.send_next()
        elif self._settled == self._sent and not self._texts:
            self.program.end(self._failure())

    def _failure(self) -> str:
        numbers = ", ".join(str(number) for number in sorted(self.lost))
        return f"lost {len(self.lost)} of {self._sent}: {numbers}" if self.lost else ""


def datagram(text: str) -> bytes:
    """For argparse: the bytes of one datagram."""
    data = os.fsencode(text)
    if len(data) > LONGEST:
        raise ArgumentTypeError(f"a text of {len(data)} bytes is too long: a datagram holds {LONGEST}")
    return data


def main() -> None:
    """The command `python -m clients.udp_echo`."""
    description = "send datagrams and time their echo; the server may have a --weather"
    parser = parser_for("udp_echo", description, "hello --count 5", 9999, has_weather=False)
    parser.add_argument("texts", nargs="*", type=datagram, metavar="TEXT", help="the text of a datagram")
    parser.add_argument("--count", type=cli.positive, default=1, metavar="N", help="send all texts N times")
    for flag, default, help in (
        ("--interval", 0.2, "time between two datagrams"),
        ("--timeout", 1.0, "time after which a datagram without an answer is lost"),
    ):
        parser.add_argument(flag, type=seconds, default=default, metavar="SECONDS", help=help)
    options = parser.parse_args()
    endpoint = datagram_endpoint(parser, options)
    texts = (options.texts or [b"Is anybody there?"]) * options.count
    with start(options) as reactor:
        program = Program(reactor, "udp_echo", endpoint)
        Series(program, endpoint, texts, options.interval, options.timeout)
        program.run()


if __name__ == "__main__":
    main()
