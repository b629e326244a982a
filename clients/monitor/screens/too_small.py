"""What is shown where there is no room: it lies on top, so that no key acts on what cannot be seen."""

from typing import ClassVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Static

SMALLEST = (50, 10)


class TooSmallScreen(Screen[None]):
    """Until there is room again."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q", "app.quit")]

    def compose(self) -> ComposeResult:
        """All that can be said there."""
        self._says = Static("", markup=False)
        yield self._says

    def on_mount(self) -> None:
        """How small it is."""
        self.on_resize()

    def on_resize(self) -> None:
        """Perhaps large enough."""
        width, height = self.app.size
        text = f"{width}×{height} is too small: {SMALLEST[0]}×{SMALLEST[1]} is needed"
        self._says.update(Text(text, no_wrap=True, overflow="ellipsis"))
        cover_if_too_small(self.app)


def cover_if_too_small(app: App[None]) -> None:
    """Hide all that is there if it is too small, and show it again if it is not."""
    is_small = app.size.width < SMALLEST[0] or app.size.height < SMALLEST[1]
    is_covered = isinstance(app.screen, TooSmallScreen)
    app.use_command_palette = not is_small
    if is_small and not is_covered:
        app.push_screen(TooSmallScreen())
    elif is_covered and not is_small:
        app.pop_screen()
