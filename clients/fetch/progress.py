"""The progress bar: how much has come, how fast, and how long the rest will take."""

import os
import sys
from collections import deque

from clients.units import amount, duration, rate
from core import cli
from core.reactor import Reactor
from core.standard_streams import writer
from core.task import LoopingCall

INTERVAL = 0.2
SPAN = 25
"""The speed is that of the last SPAN intervals."""

CLEAR = "\r\x1b[K"


class Progress:
    """Counts bytes, and renders them as a line. `total` is None if the server does not tell it."""

    def __init__(self, name: str, done: int, total: int | None) -> None:
        self.name = name
        self.done = done
        self.total = total
        self._samples: deque[tuple[float, int]] = deque(maxlen=SPAN)

    def line(self, now: float, width: int) -> str:
        """The line at the time `now`, at most `width` characters wide."""
        self._samples.append((now, self.done))
        then, before = self._samples[0]
        speed = (self.done - before) / (now - then) if now > then else 0.0
        if self.total is None:
            return _fitting(self.name, f"  {amount(self.done)}  {rate(speed)}", width)
        rest = duration((self.total - self.done) / speed) if speed else "?"
        share = min(1.0, self.done / self.total) if self.total else 1.0
        facts = f" {share:4.0%}  {amount(self.done)} of {amount(self.total)}  {rate(speed)}  {rest} left"
        room = min(30, width - len(facts) - min(len(self.name), 20) - 4)
        filled = int(share * room)
        bar = f"  [{'#' * filled}{'.' * (room - filled)}]" if room >= 5 else " "
        return _fitting(self.name, bar + facts, width)


def _fitting(name: str, facts: str, width: int) -> str:
    """`name` and `facts`; the name is cut if both do not fit."""
    room = max(0, width - len(facts))
    shown = name = name[:width]
    while _columns_of(shown) > room:
        name = name[:-1]
        shown = name + "…" * (name != "")
    return (shown + facts)[:width]


def _columns_of(text: str) -> int:
    """The columns that `text` needs at most: two for a letter beyond ASCII, one for the mark of a cut."""
    return sum(1 if letter.isascii() or letter == "…" else 2 for letter in text)


class Bar:
    """Shows a Progress on stderr again and again, until `stop`."""

    def __init__(self, reactor: Reactor, progress: Progress) -> None:
        self._reactor = reactor
        self._progress = progress
        self._calls = LoopingCall(self._show)
        self._calls.clock = reactor
        self._calls.start(INTERVAL, now=False)

    def _show(self) -> None:
        line = self._progress.line(self._reactor.seconds(), _columns() - 1)
        writer(sys.stderr).write(CLEAR + line)

    def stop(self) -> None:
        """Remove the bar from the terminal."""
        if self._calls.running:
            self._calls.stop()
            writer(sys.stderr).write(CLEAR)


def may_show_bar() -> bool:
    """Whether stderr is a terminal that understands the escape sequences of the bar."""
    return cli.may_use_escapes(sys.stderr)


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80
    except OSError:
        return 80
