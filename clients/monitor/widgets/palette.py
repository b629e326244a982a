"""The monitor's colours: few, and each says one thing, so that red is seen from the last row.

Nothing is told by colour alone: a stale line says so, a hanging server says where.
"""

from dataclasses import dataclass
from functools import cache

from rich.style import Style
from textual.theme import Theme


@dataclass(frozen=True)
class Palette:
    """Colours as `#rrggbb`."""

    name: str
    dark: bool
    back: str
    panel: str
    text: str
    dim: str
    rule: str
    accent: str
    good: str
    warn: str
    bad: str
    cursor: str
    alarm: str

    def theme(self) -> Theme:
        """The same for Textual's own widgets."""
        return Theme(
            name=self.name,
            primary=self.accent,
            secondary=self.accent,
            accent=self.accent,
            foreground=self.text,
            background=self.back,
            surface=self.panel,
            panel=self.panel,
            success=self.good,
            warning=self.warn,
            error=self.bad,
            dark=self.dark,
            variables={"alarm": self.alarm, "dim": self.dim, "rule": self.rule},
        )


DARK = Palette(
    name="dark-room",
    dark=True,
    back="#0d1117",
    panel="#161d27",
    text="#f0f4f8",
    dim="#93a1b0",
    rule="#3a4656",
    accent="#79c0ff",
    good="#7ee2a8",
    warn="#ffc857",
    bad="#ff8078",
    cursor="#1f4f82",
    alarm="#b3201a",
)
LIGHT = Palette(
    name="bright-room",
    dark=False,
    back="#ffffff",
    panel="#eef2f7",
    text="#10151c",
    dim="#4d5866",
    rule="#b6c0cc",
    accent="#0550ae",
    good="#0f6b2f",
    warn="#8a4600",
    bad="#b3201a",
    cursor="#bcd9ff",
    alarm="#b3201a",
)


@cache
def style(color: str, bold: bool = False, back: str | None = None) -> Style:
    """A style, made once."""
    return Style(color=color, bgcolor=back, bold=bold)
