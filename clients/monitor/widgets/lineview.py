"""A scrolling view that draws the lines that are seen, and no others, however many there are.

Textual's line API: it asks for one line of the screen at a time. So a repaint costs by the height of the
terminal, and what is behind may change as often as it likes between two of them.
"""

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from clients.monitor.widgets.palette import DARK, LIGHT, Palette


class LineView(ScrollView, can_focus=True):
    """`line_count()` and `draw(index, width)` say what there is; the first `fixed` lines stay in sight."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home,g", "move(-1_000_000_000)", show=False),
        Binding("end,G", "move(1_000_000_000)", show=False),
    ]
    fixed = 0
    sticks = False
    """At the end it stays there when more comes."""

    @property
    def room(self) -> int:
        """Cells in a line, without the scrollbar."""
        return self.scrollable_content_region.width

    def line_count(self) -> int:
        """How many lines there are."""
        return 0

    def draw(self, index: int, width: int) -> Text:
        """The line at `index`."""
        raise NotImplementedError

    def back(self, index: int) -> str:
        """The colour behind that line."""
        return self.palette.back

    @property
    def palette(self) -> Palette:
        """The colours in use."""
        return DARK if self.app.current_theme.dark else LIGHT

    def repaint(self) -> None:
        """What is behind has changed."""
        at_end = self.scroll_offset.y >= self.max_scroll_y
        size = Size(self.room, self.line_count())
        if size != self.virtual_size:
            self.virtual_size = size
            if self.sticks and at_end:
                self.scroll_end(animate=False)
        self.refresh()

    def on_resize(self) -> None:
        """The lines have to be cut anew."""
        self.repaint()

    def watch_show_vertical_scrollbar(self) -> None:
        """It takes a cell from each line, or gives it back."""
        self.repaint()

    def render_line(self, y: int) -> Strip:
        """What Textual asks for: the line at `y` of what is seen."""
        index = y if y < self.fixed else y + self.scroll_offset.y
        width = self.room
        color = self.back(index)
        stands_out = self.app.no_color and color != self.palette.back
        back = Style(bgcolor=color, color=self.palette.text, reverse=stands_out)
        if index >= self.line_count():
            return Strip.blank(width, back)
        segments = self.draw(index, width).render(self.app.console)
        return Strip(Segment.apply_style(segments, back)).adjust_cell_length(width, back)

    def action_move(self, step: int) -> None:
        """Scroll by lines."""
        self.scroll_to(y=self.scroll_offset.y + step, animate=False)

    def action_page(self, step: int) -> None:
        """Scroll by pages."""
        self.action_move(step * max(1, self.size.height - self.fixed - 1))
