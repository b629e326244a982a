"""The monitor's colours: few, each with one meaning, so that red can be seen from the last row.

Colour never carries information alone: a stale session and a blocked server are also named as such.
"""

from dataclasses import dataclass
from functools import cache

from rich.style import Style
from textual.app import App
from textual.theme import Theme


@dataclass(frozen=True)
class Palette:
    """Colours as `#rrggbb`."""

    name: str
    dark: bool
    background: str
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
        """The same colours for Textual's own widgets."""
        return Theme(
            name=self.name,
            primary=self.accent,
            foreground=self.text,
            background=self.background,
            surface=self.panel,
            panel=self.panel,
            success=self.good,
            warning=self.warn,
            error=self.bad,
            dark=self.dark,
            variables={"alarm": self.alarm, "dim": self.dim, "rule": self.rule},
        )


COLORS = {
    "background": ("#0d1117", "#ffffff"),
    "panel": ("#161d27", "#eef2f7"),
    "text": ("#f0f4f8", "#10151c"),
    "dim": ("#93a1b0", "#4d5866"),
    "rule": ("#3a4656", "#b6c0cc"),
    "accent": ("#79c0ff", "#0550ae"),
    "good": ("#7ee2a8", "#0f6b2f"),
    "warn": ("#ffc857", "#8a4600"),
    "bad": ("#ff8078", "#b3201a"),
    "cursor": ("#1f4f82", "#bcd9ff"),
    "alarm": ("#b3201a", "#b3201a"),
}
"""For the dark and for the light theme."""

DARK, LIGHT = (
    Palette(name, name == "dark", **{key: pair[index] for key, pair in COLORS.items()})
    for index, name in enumerate(("dark", "light"))
)


def palette_of(app: App[None]) -> Palette:
    """The palette of the current theme."""
    return DARK if app.current_theme.dark else LIGHT


@cache
def style(color: str, bold: bool = False, back: str | None = None) -> Style:
    """A style with this text colour and background."""
    return Style(color=color, bgcolor=back, bold=bold)
