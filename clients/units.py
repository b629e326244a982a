"""Numbers for display, short and aligned in columns; and the units in which the user writes numbers."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

PREFIXES = ("", "k", "M", "G", "T")
MOST_LISTED = 3
BARS = "▁▂▃▄▅▆▇█"
NUMBER = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,6})?)([A-Za-z]?)")


@dataclass(frozen=True, eq=False)
class Measure:
    """A kind of quantity: the factor of each unit, and a `hint` with examples."""

    factors: Mapping[str, float]
    hint: str

    def parse(self, text: str, before: str = "") -> float:
        """`64k` as 64000. ValueError if it is no number, or has a unit of another measure.

        `before` is the text in front of the number, for the message.
        """
        found = NUMBER.fullmatch(text)
        factor = self.factors.get(found[2]) if found else None
        if found is None or factor is None:
            raise ValueError(f"{before}{text}: expected {self.hint}")
        return float(found[1]) * factor


COUNT = Measure({"": 1.0}, "a number, such as 12")
BYTES = Measure({"": 1.0, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9}, "bytes, such as 64k, 1.5M or 2G")
TIME = Measure({"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}, "a time, such as 30s, 5m, 2h or 1d")


def amount(value: float) -> str:
    """1234 as `1.2k`, at most five characters wide. A prefix is a power of 1000."""
    index = 0
    while value >= 999.5 and index < len(PREFIXES) - 1:
        value /= 1000
        index += 1
    digits = 1 if index and value < 99.95 else 0
    return f"{value:.{digits}f}{PREFIXES[index]}"


def rate(value: float) -> str:
    """1234 as `1.2k/s`, and `·` for nothing."""
    return f"{amount(value)}/s" if value >= 0.5 else "·"


def duration(seconds: float) -> str:
    """192.5 as `3m12s`, at most six characters wide up to 99 days."""
    whole = max(0, int(seconds))
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if days:
        return f"{days}d{hours % 24:02}h"
    if hours:
        return f"{hours}h{minutes % 60:02}m"
    return f"{minutes}m{whole % 60:02}s" if minutes else f"{whole}s"


def milliseconds(value: float) -> str:
    """0.41 as `0.4 ms`, 3210 as `3.2 s`."""
    if value >= 999.5:
        return f"{value / 1000:.1f} s"
    return f"{value:.1f} ms" if value < 99.95 else f"{value:.0f} ms"


def plural(number: int, noun: str) -> str:
    """`1 session`, `2,345 sessions`, `2 processes`."""
    ending = "es" if noun.endswith("s") else "s"
    return f"{number:,} {noun}" + ("" if number == 1 else ending)


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b, c and 2 more`."""
    more = len(names) - MOST_LISTED
    shown = [*names[:MOST_LISTED], f"{more:,} more"] if more > 0 else [*names]
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if shown[1:] else shown)


def sparkline(values: list[float], width: int, top: float = 0.0) -> str:
    """The last `width` values as bars. A full bar is the highest value, or `top` if that is higher."""
    shown = values[-width:]
    highest = max([top, *shown]) or 1.0
    bars = "".join(BARS[min(len(BARS) - 1, int(value / highest * len(BARS)))] for value in shown)
    return bars.rjust(width)
