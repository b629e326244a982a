"""The dark and the light theme of the full-screen programs: few colours, each with one meaning.

Colour never carries information alone: in the monitor a stale session and a blocked server are also named so.
"""

from textual.theme import BUILTIN_THEMES, Theme

from clients.settings import THEMES

COLORS = {
    "background": ("#0d1117", "#ffffff", "ansi_black", "ansi_bright_white"),
    "panel": ("#161d27", "#eef2f7", "ansi_black", "ansi_bright_white"),
    "foreground": ("#f0f4f8", "#10151c", "ansi_bright_white", "ansi_black"),
    "inverse": ("#0d1117", "#ffffff", "ansi_black", "ansi_bright_white"),
    "dim": ("#93a1b0", "#4d5866", "ansi_white", "ansi_bright_black"),
    "rule": ("#3a4656", "#b6c0cc", "ansi_bright_black", "ansi_bright_black"),
    "accent": ("#79c0ff", "#0550ae", "ansi_bright_cyan", "ansi_blue"),
    "success": ("#7ee2a8", "#0f6b2f", "ansi_bright_green", "ansi_blue"),
    "warning": ("#ffc857", "#8a4600", "ansi_bright_yellow", "ansi_magenta"),
    "error": ("#ff8078", "#b3201a", "ansi_bright_red", "ansi_red"),
    "cursor": ("#1f4f82", "#bcd9ff", "ansi_blue", "ansi_white"),
    "alarm": ("#b3201a", "#b3201a", "ansi_red", "ansi_red"),
}
"""For the dark and for the light theme, by the names that styles and the style sheet use.

The first pair is for 256 colours or more. The second pair has the 16 colours of a Linux console: converted
colours would have no cursor there, and yellow text on white.
"""


def themes(ansi: bool = False) -> list[Theme]:
    """The dark and the light theme, with `ansi` in 16 colours."""
    found = []
    for index, name in enumerate(THEMES):
        colors = {key: pair[index + 2 * ansi] for key, pair in COLORS.items()}
        theme = Theme(
            name=name,
            dark=name == "dark",
            ansi=ansi,
            primary=colors["accent"],
            foreground=colors["foreground"],
            background=colors["background"],
            surface=colors["panel"],
            variables={**BUILTIN_THEMES[f"ansi-{name}"].variables, **colors} if ansi else colors,
        )
        found.append(theme)
    return found
