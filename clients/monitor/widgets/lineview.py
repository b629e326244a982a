"""A scrolling view that draws only the visible lines, however many there are.

It uses Textual's line API, which asks for one line of the screen at a time. So the cost of a repaint depends
on the height of the terminal, and not on how much the data has changed since the last repaint.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from clients.monitor.widgets.palette import Line


class LineView(ScrollView, can_focus=True):
    """Draws `line_count()` lines, each with `draw(index, width)`. The first `fixed` ones do not scroll."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home,g", "move(-1_000_000_000)", show=False),
        Binding("end,G", "move(1_000_000_000)", show=False),
    ]
    fixed = 0
    follows_end = False
    """Whether a view at its end scrolls on when lines are added."""

    @property
    def text_width(self) -> int:
        """Cells in a line, without the scrollbar."""
        return self.scrollable_content_region.width

    def line_count(self) -> int:
        """The number of lines."""
        return 0

    def draw(self, index: int, width: int) -> Line:
        """The line at `index`. The part beyond `width` cells is cut off."""
        raise NotImplementedError

    def background(self, index: int) -> str:
        """The background colour of the line at `index`."""
        return "$background"

    def repaint(self) -> None:
        """Draw again, after the data has changed."""
        at_end = self.scroll_offset.y >= self.max_scroll_y
        size = Size(self.text_width, self.line_count())
        if size != self.virtual_size:
            self.virtual_size = size
            if self.follows_end and at_end:
                # Not `scroll_end`, which scrolls later, when the user may have gone elsewhere.
                self.scroll_to(y=self.max_scroll_y, animate=False, force=True, immediate=True)
        self.refresh()

    def on_resize(self) -> None:
        """Draw again, because the width of the lines has changed."""
        self.repaint()

    def watch_show_vertical_scrollbar(self) -> None:
        """Draw again, because the scrollbar takes one cell of each line."""
        self.repaint()

    def render_line(self, y: int) -> Strip:
        """The line at position `y` of the widget, as Textual asks for it.

        The segments are made here, because Textual's Content and Rich's Text take two to three times as long.
        """
        index = y if y < self.fixed else y + self.scroll_offset.y
        width, color = self.text_width, self.background(index)
        parse = self.app.stylesheet.parse_style  # it has a cache
        reverse = "reverse" if self.app.no_color and color != "$background" else ""
        back = parse(f"$foreground on {color} {reverse}").rich_style
        line = self.draw(index, width) if index < self.line_count() else ()
        strip = Strip(
            Segment.apply_style([Segment(text, parse(style).rich_style) for text, style in line], back)
        )
        if strip.cell_length > width:
            strip = Strip([*strip.crop(0, width - 1), Segment("…", back)])
        return strip.adjust_cell_length(width, back)

    def action_move(self, step: int) -> None:
        """Scroll by `step` lines."""
        self.scroll_to(y=self.scroll_offset.y + step, animate=False)

    def action_page(self, step: int) -> None:
        """Scroll by `step` pages."""
        self.action_move(step * max(1, self.size.height - self.fixed - 1))


class TextView(LineView):
    """Shows the lines that `render(width)` returns at each repaint."""

    def __init__(self, render: Callable[[int], Sequence[Line]], id: str) -> None:
        super().__init__(id=id)
        self._render_lines = render
        self._lines: Sequence[Line] = ()

    def repaint(self) -> None:
        self._lines = self._render_lines(self.text_width)
        super().repaint()

    def line_count(self) -> int:
        return len(self._lines)

    def draw(self, index: int, width: int) -> Line:
        return self._lines[index]
