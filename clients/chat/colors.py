"""The colours of the chat in a terminal. Without a theme, the ground is the terminal's own, dark or light."""

import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from core.formats.text import fold


@dataclass(frozen=True)
class Colors:
    """Numbers of xterm's 256 colours: those of `names`, and `dim`. With None the terminal makes text dim."""

    names: Sequence[int]
    dim: int | None = None

    def preferred(self, name: str) -> Sequence[int]:
        """The colours in the order in which `name` would choose: the same in each run and on each machine.

        It uses CRC-32, because Python's own hash differs in each run.
        """
        first = zlib.crc32(fold(name).encode()) % len(self.names)
        return [*self.names[first:], *self.names[:first]]


# Each colour of a name has a distance of 13 or more in CIE Lab to each other one, also for people who cannot
# distinguish red from green. None is red or green. The contrast to black and to white is 3:1 or more, with
# a theme 6:1 to black or 4.5:1 to white. A terminal like xterm cannot make black text dim.
COLORS = {
    "": Colors((30, 201, 62, 137, 129, 100, 198, 97)),
    "dark": Colors((37, 39, 136, 137, 159, 223, 226, 228)),
    "light": Colors((17, 19, 21, 25, 27, 58, 89, 161), dim=241),
}
"""The colours by theme; without one they can be read on black and on white."""

COLORS_16 = {
    "": Colors((5, 12, 13, 1, 9)),
    "dark": Colors((3, 6, 11, 13, 14)),
    "light": Colors((1, 4, 5, 12), dim=8),
}
"""Those for a terminal that has 16 colours."""


def colors_for(theme: str) -> Colors:
    """The colours on this terminal."""
    term = os.environ.get("TERM", "").lower()
    is_rich = bool(os.environ.get("COLORTERM")) or term.startswith("xterm-kitty") or "256" in term
    return (COLORS if is_rich else COLORS_16)[theme]
