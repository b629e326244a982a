"""The rules of the weather, a simulated bad network: how bytes are cut and delayed, and what is lost.

A stream keeps its bytes and their order in any weather: TCP repairs what the network does, and what it has
to send again arrives late. Datagrams are lost, doubled and overtaken.

All this depends on the seed, the number of the connection, the direction and the place in the stream,
never on the clock or on the pieces in which the kernel delivered. So the same seed gives the same pieces.
"""

import re
from dataclasses import dataclass, replace
from random import Random
from typing import NamedTuple

BLOCK = 64
"""Bytes of a stream that have the same delay."""

HOLD = (0.01, 0.04)
"""Seconds for which `merge` holds bytes back, so that later ones join them."""

RETRANSMISSION = 0.2
"""Seconds that the bytes of a lost packet come later: the shortest timeout of Linux (RFC 6298 says 1 s)."""

OVERTAKEN = 0.05
"""Seconds by which `reorder` delays a datagram, so that later ones overtake it."""

RIGHT = "slice,delay=5-50,seed=7"
SHORT = {
    "calm": "delay=0",
    "slow": "delay=50-300",
    "rough": "slice,delay=5-50,reset=0.05,lose=0.3,double,reorder",
}
CHANCES = ("reset", "lose", "double", "reorder")
DEFAULTS = {"slice": 1.0, "merge": 1.0, "reset": 0.01, "lose": 0.3, "double": 0.3, "reorder": 0.3}
KNOWN = f"{', '.join((*SHORT, *DEFAULTS))}, delay=MILLISECONDS and seed=NUMBER"


@dataclass(frozen=True)
class Weather:
    """The kind of bad network. `delay` is the least and the most, in seconds; the numbers are chances."""

    slice: bool = False
    merge: bool = False
    delay: tuple[float, float] = (0.0, 0.0)
    reset: float = 0.0
    lose: float = 0.0
    double: float = 0.0
    reorder: float = 0.0
    seed: int | None = None

    def is_calm(self) -> bool:
        """Whether this weather delays, loses and cuts nothing, whatever the seed."""
        return replace(self, seed=None) == Weather()

    def random(self, *place: object) -> Random:
        """The random numbers of a place, always the same ones."""
        return Random(f"{self.seed} {place}")


def parse(spec: str) -> Weather:
    """The weather that `spec` describes, as in RIGHT. Raises ValueError, with a right one in its message."""
    chances: dict[str, float] = {}
    delay, seed = (0.0, 0.0), None
    for part in ",".join([SHORT.get(part, part) for part in spec.split(",")]).split(","):
        name, is_given, value = part.partition("=")
        if name in DEFAULTS and not is_given:
            chances[name] = DEFAULTS[name]
        elif name in CHANCES and re.fullmatch(r"[01](\.[0-9]{1,9})?", value) and float(value) <= 1:
            chances[name] = float(value)
        elif name == "delay" and (match := re.fullmatch(r"([0-9]{1,5})(?:-([0-9]{1,5}))?", value)):
            least, most = sorted((int(match[1]), int(match[2] or match[1])))
            delay = (least / 1000, most / 1000)
        elif name == "seed" and re.fullmatch(r"[0-9]{1,18}", value):
            seed = int(value)
        else:
            raise ValueError(f"{part!r} is no weather. There are {KNOWN}; a right one looks like {RIGHT}")
    return Weather(bool(chances.pop("slice", 0)), bool(chances.pop("merge", 0)), delay, seed=seed, **chances)


class Piece(NamedTuple):
    """Bytes of one block, which travel together for `delay` seconds. No bytes: the connection is reset."""

    delay: float
    data: bytes
    block: int


class Stream:
    """The rules for one direction of a connection: bytes in, pieces out. It has no clock and no I/O."""

    def __init__(self, weather: Weather, connection: int, direction: str) -> None:
        self.weather = weather
        self._key = (connection, direction)
        self._place = 0
        self._block = 1 if weather.slice else BLOCK
        fate = weather.random(connection)
        is_reset, where, place = (
            fate.random() < weather.reset,
            fate.choice(("in", "out")),
            fate.randrange(1, 1024),
        )
        self._reset_at = place if is_reset and where == direction else None

    def hold(self) -> float:
        """Seconds for which bytes are held back from this place on, so that later ones join them."""
        return (
            self.weather.random(self._key, self._place, "hold").uniform(*HOLD) if self.weather.merge else 0.0
        )

    def feed(self, data: bytes) -> list[Piece]:
        """Cut `data`, which continues the stream, at the ends of its blocks."""
        pieces: list[Piece] = []
        while data:
            block = self._place // self._block
            end = min((block + 1) * self._block, self._reset_at or self._place + len(data))
            if end == self._place:
                return [*pieces, Piece(self._delay(), b"", -1)]
            piece, data = data[: end - self._place], data[end - self._place :]
            pieces.append(Piece(self._delay(), piece, block))
            self._place += len(piece)
        return pieces

    def _delay(self) -> float:
        random = self.weather.random(self._key, self._place // BLOCK)
        is_lost = random.random() < self.weather.lose
        return random.uniform(*self.weather.delay) + RETRANSMISSION * is_lost


class Datagrams:
    """The rules for the datagrams in one direction between this end and a peer. No clock and no I/O."""

    def __init__(self, weather: Weather, peer: int, direction: str) -> None:
        self.weather = weather
        self._key = (peer, direction)
        self._number = 0

    def feed(self) -> list[float]:
        """The delays of the copies of the next datagram: none if it is lost, two if it is doubled."""
        self._number += 1
        random = self.weather.random(self._key, self._number)
        lost, doubled, overtaken = (random.random() for _ in range(3))
        copies = 0 if lost < self.weather.lose else 2 if doubled < self.weather.double else 1
        late = OVERTAKEN if overtaken < self.weather.reorder else 0.0
        return [random.uniform(*self.weather.delay) + late for _ in range(copies)]
