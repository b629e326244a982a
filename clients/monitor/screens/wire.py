"""The wire screen: the bytes that a session reads and writes. The user can search in them, and save them."""

from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from clients import units
from clients.monitor.feed import capture
from clients.monitor.feed.wire import ARROWS, Chunk, Pattern, Recording, WireLines
from clients.monitor.screens import keys
from clients.monitor.screens.dialogs import cover_if_too_small, wire_help
from clients.monitor.sessions.model import Model
from clients.monitor.sessions.server import SessionRow, Status
from clients.monitor.widgets.lines import LineWidget, NoticeLine
from clients.monitor.widgets.lineview import LineView
from clients.monitor.widgets.palette import Line
from clients.monitor.widgets.prompt import Prompt, PromptQuestion
from clients.search import next_match
from core.errors import in_words

STAMPS = {
    False: ((96, 26), (64, 17), (0, 8)),
    True: ((96, 26), (87, 17), (78, 8)),  # a line of hex has 67 cells, and 3 for the arrow
}
"""For text and for hex: pairs of a minimum width of the view, and the width of the time stamp then."""


SEARCH = "search"
MATCH = "$inverse on $warning"


class WireView(LineView):
    """Draws a Recording."""

    follows_end = True

    def __init__(self, recording: Recording, model: Model) -> None:
        super().__init__(id="wire")
        self.recording = recording
        self.hexadecimal = False
        self.direction = ""
        self._pattern: Pattern | None = None
        self.match: int | None = None  # the line of the present match
        self._model = model
        self._lines = WireLines([], 0)
        self._stamp = 0

    def repaint(self) -> None:
        width = self.text_width
        self._stamp = next((n for least, n in STAMPS[self.hexadecimal] if width >= least), 0)
        width = max(1, width - self._stamp - 3)
        self._lines = self.recording.lines(self.hexadecimal, self.direction, width)
        super().repaint()

    def line_count(self) -> int:
        return len(self._lines)

    def draw(self, index: int, width: int) -> Line:
        wire_line = self._lines[index]
        chunk, text = wire_line.chunk, wire_line.text
        color = "$success" if chunk.direction == "in" else "$accent"
        stamp = self._format_stamp(chunk) if wire_line.is_first else " " * self._stamp
        arrow = ARROWS.get(chunk.direction, "?") if wire_line.is_first else " "
        line, end = [(stamp, "$dim"), (f" {arrow} ", f"bold {color}")], 0
        for first, last in sorted(self._lines.spans(index, self._pattern)) if self._pattern else ():
            line += [(text[end:first], color), (text[first:last], MATCH)]
            end = last
        return [*line, (text[end:], color)]

    def background(self, index: int) -> str:
        return "$cursor" if index == self.match else "$background"

    def search(self, text: str) -> None:
        """Mark all matches of `text`. An empty text marks none."""
        self._pattern = Pattern(text) if text else None
        self.match = None
        self.repaint()

    def next_match(self, step: int) -> str:
        """Go to the next match, or to the one before if `step` is -1. Returns which one it is, in words."""
        matches = self._lines.matches(self._pattern) if self._pattern else []
        if not matches:
            return ""
        here = self.scroll_offset.y - (step > 0) if self.match is None else self.match
        self.match, which = next_match(matches, here, step)
        if not 0 <= self.match - self.scroll_offset.y < self.size.height:
            y = max(0, self.match - self.size.height // 2)
            self.scroll_to(y=y, animate=False, force=True, immediate=True)
        self.repaint()
        return f"line {which} with a match"

    def _format_stamp(self, chunk: Chunk) -> str:
        """The time and the delta of `chunk`, as precise as the width allows."""
        at = datetime.fromtimestamp(chunk.at, self._model.clock.zone).strftime("%H:%M:%S.%f")[:-3]
        delta = f"+{chunk.delta:.2f}" if chunk.delta < 100 else f"+{units.duration(chunk.delta)}"
        full = f" {at} {f'+{chunk.delta:.3f}':>9} s "
        return {26: full, 17: f" {at[:8]} {delta:>7}", 8: f"{delta:>8}"}.get(self._stamp, "")


class WireScreen(Screen[None]):
    """Shows the wire of `session` until Escape. A capture ends with the screen."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.WIRE)

    def __init__(self, session: SessionRow, model: Model) -> None:
        super().__init__()
        self.session = session
        self.recording = Recording()
        self.view = WireView(self.recording, model)
        self.problem = ""
        self.renewals = -1  # answered requests to watch, after the first one
        self.notice = NoticeLine(model.clock)
        self.prompt = Prompt(self.view.focus, self._after_answer, SEARCH)
        self._capture: capture.Capture | None = None
        self._searched = ""
        self._head, self._foot = map(LineWidget, ("head", "foot"))

    def compose(self) -> ComposeResult:
        yield self._head
        yield self.view
        yield self.notice
        yield self.prompt
        yield self._foot

    def on_mount(self) -> None:
        self.view.focus()
        self.repaint()

    def on_resize(self) -> None:
        self._on_new_lines()
        cover_if_too_small(self.app)

    def on_unmount(self) -> None:
        if self._capture is not None:
            self._capture.close()

    def add(self, direction: str, at: float, data: bytes) -> None:
        """Record one read or one write, and save it if the user wants that."""
        chunk = self.recording.add(direction, at, data)
        if self._capture is not None:
            try:
                self._capture.add(chunk)
            except OSError as error:
                self._end_capture(f"cannot write more: {in_words(error)}; ")

    def repaint(self) -> None:
        """Draw again, after the data has changed."""
        self._head.show(self._headline())
        self._foot.show(self._footer())
        self.view.repaint()
        self.notice.repaint()

    def on_reply(self, error: str) -> None:
        """The server's answer to the request to watch. After a reconnection there is another one."""
        self.problem = error
        self.renewals += not error

    def _headline(self) -> Line:
        row = self.session.row
        line = [
            (f" {row.service} #{row.id} ", "bold $accent"),
            (f"{row.user} ", "bold"),
            (f"{row.peer} ", "$dim"),
        ]
        if problem := self._problem():
            line.append((f" {problem} ", "bold $warning"))
        elif self.renewals > 0:
            line.append((" reconnected; the bytes in between are missing", "$warning"))
        elif not self.recording.chunks:
            line.append((" no bytes since this screen was opened", "$dim"))
        if self._capture is not None:
            size = units.amount(self._capture.size)
            line.append((f" saving to {self._capture.path.name} ({size})", "bold $success"))
        if self.recording.dropped:
            line.append((f" the first {self.recording.dropped:,} bytes were dropped", "$warning"))
        return line

    def _problem(self) -> str:
        """Why no more bytes will appear; empty if they will."""
        server = self.session.server
        if server.status is Status.GONE or not (server.is_stale or self.session.row.id in server.sessions):
            return "the session has ended"
        if server.is_stale:
            return "the connection to the server is lost; reconnecting"
        return self.problem

    def _footer(self) -> Line:
        view = self.view
        active = {"in": "→ in", "out": "← out"}.get(view.direction, "both")
        words = (active, "hex") if view.hexadecimal else (active,)
        return keys.footer(keys.WIRE, "wire", self.app.size.width, words)

    def action_hexadecimal(self) -> None:
        """Switch between hex and text."""
        self.view.hexadecimal = not self.view.hexadecimal
        self._on_new_lines()

    def action_help(self) -> None:
        """Show the help page of this screen."""
        self.app.push_screen(wire_help())

    def action_direction(self, direction: str) -> None:
        """Show only `direction`, or both if it is empty."""
        self.view.direction = direction
        self._on_new_lines()

    def _on_new_lines(self) -> None:
        """The lines are others now, so the next match is counted from the top of the screen."""
        self.view.match = None
        self.repaint()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While the prompt is open, keys with priority are typed text. Before it is there, no key counts."""
        if not self.prompt.is_attached:
            return action == "dismiss"
        return self.prompt.question is None or not keys.opens_prompt(keys.WIRE, action)

    def _after_answer(self) -> None:
        self.prompt.show_text(self._searched)
        self.repaint()

    # --- searching

    def action_search(self) -> None:
        """Ask for a text, mark its matches at each letter, and go to the next one at Enter."""
        self.prompt.ask(PromptQuestion("/", self._searched, self._search, self.view.search, hint=SEARCH))

    def _search(self, text: str) -> None:
        self._searched = text
        self.view.search(text)
        if text:
            self.action_next(1)

    def action_next(self, step: int) -> None:
        """Go to the next match, or to the one before."""
        if not self._searched:
            self.notice.notify_user("nothing to search for: / asks for a text", is_problem=True)
        elif where := self.view.next_match(step):
            self.notice.notify_user(where)
        else:
            self.notice.notify_user(f"no match for {self._searched}", is_problem=True)

    # --- saving

    def action_save(self) -> None:
        """Ask for a file name and save to it; if that is so already, end the file."""
        if self._capture is None:
            name = f"{self.session.row.service}-{self.session.row.id}.pcap"
            self.prompt.ask(PromptQuestion("save to (.pcap or .txt):", name, self._start_capture))
        else:
            self._end_capture()

    def _start_capture(self, name: str) -> None:
        try:
            self._capture = capture.start(name, self.session, self.recording.chunks)
        except (OSError, ValueError) as error:
            self.notice.notify_user(f"cannot write {name}: {in_words(error)}", is_problem=True)

    def _end_capture(self, problem: str = "") -> None:
        if self._capture is not None:
            self._capture.close()
            done = f"{problem}{self._capture.size:,} bytes are in {self._capture.path}"
            self._capture = None
            self.notice.notify_user(done, is_problem=bool(problem))
