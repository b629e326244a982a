"""The dark and the light theme of the full-screen programs: few colours, each with one meaning.

Colour never carries information alone: in the monitor a stale session and a blocked server are also named so.
"""

from textual.theme import Theme

from clients.settings import THEMES

COLORS = {
    "background": ("#0d1117", "#ffffff"),
    "panel": ("#161d27", "#eef2f7"),
    "foreground": ("#f0f4f8", "#10151c"),
    "dim": ("#93a1b0", "#4d5866"),
    "rule": ("#3a4656", "#b6c0cc"),
    "accent": ("#79c0ff", "#0550ae"),
    "success": ("#7ee2a8", "#0f6b2f"),
    "warning": ("#ffc857", "#8a4600"),
    "error": ("#ff8078", "#b3201a"),
    "cursor": ("#1f4f82", "#bcd9ff"),
    "alarm": ("#b3201a", "#b3201a"),
}
"""For the dark and for the light theme, by the names that styles and the style sheet use."""


def themes() -> list[Theme]:
    """The dark and the light theme."""
    found = []
    for index, name in enumerate(THEMES):
        colors = {key: pair[index] for key, pair in COLORS.items()}
        theme = Theme(
            name=name,
            dark=name == "dark",
            primary=colors["accent"],
            foreground=colors["foreground"],
            background=colors["background"],
            surface=colors["panel"],
            variables=colors,
        )
        found.append(theme)
    return found
