"""Searching in numbered lines: in the chat's log and in the monitor's wire."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence


def pattern_of(text: str) -> re.Pattern[str]:
    """The pattern that finds `text` in upper and lower case."""
    return re.compile(re.escape(text), re.IGNORECASE)


def next_match(matches: Sequence[int], here: int, step: int) -> tuple[int, str]:
    """The first match after line `here`, or before it if `step` is -1, and which one it is, as `3 of 12`.

    `matches` are the numbers of the lines, in order, at least one. The first match follows the last one.
    """
    index = bisect_right(matches, here) if step > 0 else bisect_left(matches, here) - 1
    index %= len(matches)
    return matches[index], f"{index + 1:,} of {len(matches):,}"
