"""The terminal's window: sequences for its title, and for the notifications of the desktop.

A terminal that does not know a sequence may print it. So each is only for terminals that are known to have
it. A text in it can come from a peer, so it passes through `visible`: no character of it ends the sequence.
"""

import os
import re

from core.formats.text import visible

TITLED = re.compile("xterm|rxvt|screen|tmux|alacritty|foot|konsole|vte|gnome|wezterm|contour|ghostty|kitty")
"""TERM of terminals that have xterm's OSC 2, and its stack of titles."""

OSC_9 = re.compile("iterm|wezterm|warpterminal|ghostty|xterm-ghostty|xterm-kitty")
"""TERM_PROGRAM or TERM of terminals that have iTerm2's notification."""

OSC_777 = re.compile("foot|rxvt-unicode|contour")
"""TERM of terminals that have rxvt's notification."""

OPAQUE = re.compile("screen|tmux|linux|dumb")
"""TERM of programs and consoles that pass no notification on, whatever TERM_PROGRAM is."""

LONGEST_NOTIFICATION = 200
"""Characters."""

SAVE_TITLE, RESTORE_TITLE = "\x1b[22;2t", "\x1b[23;2t"


def of_title(sequence: str) -> str:
    """`sequence` if the terminal's window has a title, otherwise ""."""
    return sequence if TITLED.match(_variable("TERM")) else ""


def title(text: str) -> str:
    """The sequence that sets the title to `text`, or ""."""
    return of_title(f"\x1b]2;{visible(text)}\a")


def notification(text: str) -> str:
    """The sequence that notifies the user of `text`, or "" if the terminal has none."""
    term, program = _variable("TERM"), _variable("TERM_PROGRAM")
    text = visible(text)[:LONGEST_NOTIFICATION]
    if OPAQUE.match(term):
        return ""
    if OSC_9.match(program) or OSC_9.match(term):
        return f"\x1b]9;Chat: {text}\a"
    return f"\x1b]777;notify;Chat;{text}\a" if OSC_777.match(term) else ""


def _variable(name: str) -> str:
    return os.environ.get(name, "").lower()
