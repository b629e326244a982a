"""The main screen: the four views, the line below them, and every key that is no movement."""

from functools import partial
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.screen import Screen
from textual.widgets import ContentSwitcher, Static

from clients.monitor.feed.watcher import Watcher
from clients.monitor.screens import chrome, pages
from clients.monitor.screens.actions import Actions
from clients.monitor.screens.body import EventsView, Page
from clients.monitor.screens.detail import detail
from clients.monitor.screens.help import HelpScreen, main_help
from clients.monitor.screens.too_small import cover_if_too_small
from clients.monitor.sessions.units import listed
from clients.monitor.sessions.view import View
from clients.monitor.widgets.lineview import LineView
from clients.monitor.widgets.notice import NoticeLine
from clients.monitor.widgets.palette import DARK, LIGHT, Palette
from clients.monitor.widgets.prompt import FILTERS, Prompt, PromptQuestion
from clients.monitor.widgets.table import SessionTable

WIDE = 100
SAYING = "Enter says it, Escape does not"
ONLY_LOOKS = "this monitor only looks: it was started with --readonly"


class MainScreen(Screen[None]):
    """Shows a View, and does what the keys say."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *[Binding(str(number), f"show('{name.lower()}')") for number, name in enumerate(chrome.SCREENS, 1)],
        Binding("/", "filter", priority=True),
        Binding("A", "announce", priority=True),
        Binding("e", "export", priority=True),
        Binding("\\", "toggle_filter"),
        Binding("<", "sort(-1)"),
        Binding(">", "sort(1)"),
        Binding("r", "reverse"),
        Binding("f", "follow"),
        Binding("p", "pause"),
        Binding("enter", "detail"),
        Binding("w", "wire"),
        Binding("K", "kick"),
        Binding("?", "help"),
        Binding("escape", "back"),
        Binding("q", "app.quit"),
    ]

    def __init__(self, view: View, watcher: Watcher, where: str, readonly: bool) -> None:
        super().__init__()
        self.view, self.model = view, view.model
        self.note = NoticeLine(view.model.clock)
        self.actions = Actions(self.app, view, watcher, self.note.say)
        self.where, self.readonly = where, readonly
        self.table = SessionTable(view)
        self.prompt = Prompt(self._focus_view, self._close_prompt)
        self.head = Static("", id="head", markup=False)
        self.alarms = Static("", id="alarms", markup=False)
        self.foot = Static("", id="foot", markup=False)
        self._alarm_count = 0
        self.detail = Page(lambda colors, width: detail(view, colors), "detail")
        self.views: dict[str, LineView] = {
            "sessions": self.table,
            "servers": Page(partial(pages.servers_page, self.model), "servers"),
            "reactor": Page(partial(pages.reactor_page, self.model), "reactor"),
            "events": EventsView(self.model, view),
        }
        self.switcher = ContentSwitcher(initial="sessions")

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield self.head
        yield self.alarms
        with self.switcher:
            with Container(id="sessions"):
                yield self.table
                yield self.detail
            for name, view in self.views.items():
                if name != "sessions":
                    yield view
        yield self.note
        yield self.prompt
        yield self.foot

    def on_mount(self) -> None:
        """Begin with the table."""
        self.detail.display = False
        self.table.focus()
        self.paint()

    def on_resize(self) -> None:
        """As much as there is room for."""
        self.paint()

    # --- painting

    @property
    def palette(self) -> Palette:
        """The colours in use."""
        return DARK if self.app.current_theme.dark else LIGHT

    @property
    def shown(self) -> str:
        """Which of the four it is."""
        return self.switcher.current or "sessions"

    def paint(self) -> None:
        """Show what is known now."""
        if not self.is_mounted:
            return
        cover_if_too_small(self.app)
        width = self.app.size.width
        self.set_class(width < WIDE, "narrow")  # the detail goes where there is room for it
        self.view.arrange()
        self.head.update(chrome.headline(self.model, self.shown, self.palette, width), layout=False)
        self.foot.update(chrome.keys(self.shown, self.palette, width, self.readonly), layout=False)
        self.prompt.show_status(
            chrome.status(self.view, self.palette) if self.shown == "sessions" else Text()
        )
        self._paint_alarms()
        self.note.repaint()
        self.table.note = self._emptiness()
        self.views[self.shown].repaint()
        if self.detail.display:
            self.detail.repaint()

    def _paint_alarms(self) -> None:
        lines = chrome.alarms(self.model, self.model.now(), self.palette, self.app.size.width)
        if len(lines) != self._alarm_count:
            self._alarm_count = len(lines)
            self.alarms.styles.height = len(lines)
        self.alarms.update(Text("\n").join(lines), layout=False)

    def _emptiness(self) -> list[Text]:
        if self.view.lines:
            return []
        if all(server.is_stale for server in self.model.servers.values()):
            return pages.nothing_running(self.where, self.palette)
        total = sum(len(server.lines) for server in self.model.servers.values())
        if total:
            return pages.nothing_matches(self.view.filter, total, self.palette)
        return pages.nobody_there(self.model, self.palette)

    # --- what the keys do

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Who types means letters."""
        return self.prompt.question is None or action not in ("filter", "announce", "export")

    def action_show(self, name: str) -> None:
        """One of the four."""
        self.switcher.current = name
        self.set_focus(self.views[name])
        self.paint()

    def action_filter(self) -> None:
        """Every letter narrows it down."""
        self.action_show("sessions")
        self.prompt.ask(PromptQuestion("/", self.view.filter, self._set_filter, self._set_filter, FILTERS))

    def _set_filter(self, text: str) -> None:
        self.view.set_filter(text)
        self.paint()

    def _focus_view(self) -> None:
        self.set_focus(self.views[self.shown])

    def _close_prompt(self) -> None:
        self.prompt.rest(self.view.filter)
        self.paint()

    def action_toggle_filter(self) -> None:
        """Off, and on again."""
        self.view.toggle_filter()
        self.paint()

    def action_sort(self, step: int) -> None:
        """By the next column."""
        self.view.shift_sort([column.field for column in self.table.columns], step)
        self.paint()

    def action_reverse(self) -> None:
        """The other way round."""
        self.view.turn_round()
        self.paint()

    def action_follow(self) -> None:
        """Keep the cursor on the newest."""
        self.view.follows = not self.view.follows
        self.paint()

    def action_pause(self) -> None:
        """Stand still."""
        self.view.toggle_pause()
        self.paint()

    def action_detail(self) -> None:
        """Beside the table or below it."""
        if self.shown == "sessions":
            self.detail.display = not self.detail.display
            if self.detail.display:
                self.view.hold()
            self.call_after_refresh(self.paint)

    def action_back(self) -> None:
        """Away with the detail, and back to the table."""
        self.detail.display = False
        self.action_show("sessions")

    def action_help(self) -> None:
        """All keys."""
        self.app.push_screen(HelpScreen(main_help(self.readonly)))

    def action_wire(self) -> None:
        """What passes there from now on."""
        self.actions.wire()

    def action_kick(self) -> None:
        """Throw out the marked sessions, or the one under the cursor. Asks first."""
        if self.readonly:
            self.note.say(ONLY_LOOKS, is_problem=True)
        else:
            self.actions.kick()

    def action_announce(self) -> None:
        """Say something on the servers of the marked sessions, or on all."""
        servers = self.actions.audience()
        if self.readonly:
            self.note.say(ONLY_LOOKS, is_problem=True)
        elif servers:
            label = f"announce on {listed([server.name for server in servers])}:"
            self.prompt.ask(PromptQuestion(label, "", partial(self.actions.announce, servers), hint=SAYING))
        else:
            self.note.say("nowhere to announce anything: no server answers", is_problem=True)

    def action_export(self) -> None:
        """Into a file."""
        self.prompt.ask(PromptQuestion("export to (.json or .csv):", "sessions.json", self.actions.export))
