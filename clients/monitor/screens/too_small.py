"""The screen for a terminal that is too small. It covers all others, so that no key acts on hidden data."""

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Static

SMALLEST = (50, 10)


class TooSmallScreen(Screen[None]):
    """Shows the size of the terminal, and which one is needed."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q", "app.quit")]

    def compose(self) -> ComposeResult:
        self._message = Static("", markup=False)
        yield self._message

    def on_mount(self) -> None:
        self.on_resize()

    def on_resize(self) -> None:
        """Update the message, or close this screen if the terminal is large enough now."""
        width, height = self.app.size
        self._message.update(f"{width}×{height} is too small: {SMALLEST[0]}×{SMALLEST[1]} is needed")
        cover_if_too_small(self.app)


def cover_if_too_small(app: App[None]) -> None:
    """Show the TooSmallScreen if the terminal is too small, and remove it if it is not."""
    is_small = app.size.width < SMALLEST[0] or app.size.height < SMALLEST[1]
    is_covered = isinstance(app.screen, TooSmallScreen)
    if is_small and not is_covered:
        app.push_screen(TooSmallScreen())
    elif is_covered and not is_small:
        app.pop_screen()
