"""A line to draw, and the style of an alarm, which can be seen from the last row."""

from collections.abc import Sequence

Line = Sequence[tuple[str, str]]
"""One line to draw, in pieces: each is a text and its style, such as `bold $accent`."""

ALARM = "bold ansi_bright_white on $alarm"
