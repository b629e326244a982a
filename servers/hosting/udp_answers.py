"""UDP services that answer, but never answer another such service without end.

Two services that answer every datagram would answer each other for ever. One datagram with a forged sender
starts this (CERT CA-1996-01, "UDP Port Denial-of-Service Attack"; CVE-2024-2169). There are two defences:

- A port at which a service is known to be gets no answer at all.
- A service on any other port is recognised by what it sends: our own answers, one after another. Only so many
  of these in a row are answered, until it pauses. A person who repeats a line pauses. A loop never does, and
  one datagram without an answer ends it. A client that sends fast writes a number into each datagram, because
  it could not tell the answers apart otherwise.
"""

import logging
import time
from collections.abc import Callable, Hashable
from itertools import islice
from typing import TypeVar

from core.interfaces import UnixAddress
from core.protocols.protocol import DatagramProtocol

Key = TypeVar("Key")
Value = TypeVar("Value")
Peer = tuple[str, int]
log = logging.getLogger(__name__)

ANSWERING_PORTS = frozenset(
    {7, 9, 13, 17, 19, 37, 53, 67, 68, 69, 111, 123, 137, 138, 161, 389, 500, 514, 520, 1900, 5353, 11211}
)
"""Ports of well-known UDP services. Most of these answer or forward any datagram."""

OUR_PORTS = frozenset({8007, 9999})
"""The default ports of this project's own UDP services: qotd and udp_echo."""

UNANSWERED_PORTS = ANSWERING_PORTS | OUR_PORTS | {0}

MAX_RETURNED = 100
"""The most datagrams in a row, from one address, that may be our own answers and are answered."""

PAUSE = 0.5
"""Seconds after which an answer is forgotten. A datagram takes less to any place on earth and back."""

MAX_REMEMBERED = 4096
"""The most answers, and the most addresses, to remember: an address is easily forged (RFC 4732, 3.1)."""

_bound: list[int] = []
"""The ports of this process's own UDP services. Global, because all reactors of a process share its ports."""


def may_answer(address: tuple[str, int]) -> bool:
    """Whether an answer to `address` is safe. Port 0 means that the sender wants no answer (RFC 768)."""
    port = address[1]
    return port not in UNANSWERED_PORTS and port not in _bound


class AnsweringProtocol(DatagramProtocol):
    """A UDP service that answers with `answer`, and does not answer other services without end.

    `seconds()` is the time of a clock that never goes back.
    """

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._sent: dict[int, float] = {}  # when it was sent, for each kind of answer and address
        self._returned: dict[Peer, tuple[int, float]] = {}  # how many in a row, and when the last one came

    def start_protocol(self) -> None:
        if not isinstance(self.transport.host, UnixAddress):
            _bound.append(self.transport.host.port)

    def stop_protocol(self) -> None:
        if not isinstance(self.transport.host, UnixAddress):
            _bound.remove(self.transport.host.port)

    def answer(self, data: bytes, address: Peer, asked: Hashable, answered: Hashable) -> None:
        """Send `data` to `address`, unless a service may be there that would answer in turn.

        `asked` and `answered` are the kinds of the request and of `data`. A request may be an earlier answer
        on its way back if the two are of one kind.
        """
        now = self._seconds()
        if not may_answer(address):
            return
        sent_at = self._sent.get(hash((address, asked)))
        if sent_at is not None and now - sent_at < PAUSE and self._is_loop(address, now):
            return
        remember(self._sent, hash((address, answered)), now)
        try:
            self.transport.write(data, address)
        except OSError as error:  # a firewall or a missing route: not an error of this server
            log.debug("no answer to %s:%d: %s", *address, error.strerror)

    def _is_loop(self, address: Peer, now: float) -> bool:
        """Count an answer that has come back. Whether there were too many in a row."""
        count, last = self._returned.get(address, (0, now))
        count = count + 1 if now - last < PAUSE else 1
        remember(self._returned, address, (count, now))
        return count > MAX_RETURNED


def remember(record: dict[Key, Value], key: Key, value: Value) -> None:
    """Set `record[key]`. If there are too many keys, remove the older half."""
    record[key] = value
    if len(record) > MAX_REMEMBERED:
        for old in list(islice(record, MAX_REMEMBERED // 2)):
            del record[old]
