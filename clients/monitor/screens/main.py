"""The main screen: the four pages, the lines around them, and the actions of its keys."""

from collections.abc import Collection, Sequence
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.message import Message
from textual.screen import Screen
from textual.widgets import ContentSwitcher

from clients.monitor.feed.watcher import Watcher
from clients.monitor.screens import chrome, keys, pages
from clients.monitor.screens.actions import Actions
from clients.monitor.screens.dialogs import ColumnsScreen, cover_if_too_small, main_help
from clients.monitor.sessions.columns import DEFAULT
from clients.monitor.sessions.view import View
from clients.monitor.widgets.lines import LineWidget, NoticeLine
from clients.monitor.widgets.lineview import LineView, TextView
from clients.monitor.widgets.palette import Line
from clients.monitor.widgets.prompt import FILTERS, Prompt, PromptQuestion
from clients.monitor.widgets.table import SessionTable
from clients.units import listed

WIDE = 100
HOW_TO_SEND = "Enter sends it, Escape cancels"
READ_ONLY = "read-only: started with --readonly"


class MainScreen(Screen[None]):
    """Shows a View. `where` is shown while there is no server: the place that is searched.

    It sends ViewChanged when the user has changed the order, the columns or the filter.
    """

    class ViewChanged(Message):
        """The user's choices are others now."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.MAIN)

    def __init__(self, view: View, watcher: Watcher, where: str, readonly: bool) -> None:
        super().__init__()
        self.view, self.model = view, view.model
        self.notice = NoticeLine(view.model.clock)
        self.actions = Actions(self.app, view, watcher, self.notice.notify_user)
        self.where, self.readonly = where, readonly
        self.table = SessionTable(view)
        self.prompt = Prompt(self._focus_page, self._after_answer, FILTERS)
        self.head, self.alarms, self.foot = map(LineWidget, ("head", "alarms", "foot"))
        self.detail = TextView(lambda width: pages.detail(view), "detail")
        self.pages: dict[str, LineView] = {
            "sessions": self.table,
            "servers": TextView(lambda width: pages.servers_page(self.model), "servers"),
            "reactor": TextView(partial(pages.reactor_page, self.model), "reactor"),
            "events": pages.EventsView(view),
        }
        self.switcher = ContentSwitcher(initial="sessions")

    def compose(self) -> ComposeResult:
        yield self.head
        yield self.alarms
        with self.switcher:
            with Container(id="sessions"):
                yield self.table
                yield self.detail
            for name, page in self.pages.items():
                if name != "sessions":
                    yield page
        yield self.notice
        yield self.prompt
        yield self.foot

    def on_mount(self) -> None:
        self.detail.display = False
        self.prompt.show_text(self.view.filter)
        self.table.focus()
        self.paint()

    def on_resize(self) -> None:
        self.paint()

    # --- painting

    @property
    def page(self) -> str:
        """The name of the present page."""
        return self.switcher.current or "sessions"

    def paint(self) -> None:
        """Draw the present state of the model."""
        if not self.is_mounted:
            return
        cover_if_too_small(self.app)
        width, page = self.app.size.width, self.page
        self.set_class(width < WIDE, "narrow")  # the details are below the table then, not beside it
        self.view.update()
        self.head.show(chrome.headline(self.model, page, width))
        self.foot.show(keys.footer(keys.allowed(keys.MAIN, self.readonly), page, width))
        self.prompt.show_status(chrome.status(self.view) if page == "sessions" else ())
        alarms = chrome.alarms(self.model, self.model.now(), width)
        self.alarms.styles.height = len(alarms)
        self.alarms.show(*alarms)
        self.notice.repaint()
        self.table.placeholder = self._placeholder()
        self.pages[page].repaint()
        if self.detail.display:
            self.detail.repaint()

    def _placeholder(self) -> Sequence[Line]:
        if self.view.sessions:
            return ()
        if all(server.is_stale for server in self.model.servers.values()):
            return pages.no_server(self.where)
        if total := len([*self.model.sessions()]):
            return pages.no_match(self.view.filter, total)
        return pages.no_session(self.model)

    # --- the prompt

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While the prompt is open, the keys with priority are typed text."""
        return self.prompt.question is None or not keys.opens_prompt(keys.MAIN, action)

    def _focus_page(self) -> None:
        self.set_focus(self.pages[self.page])

    def _after_answer(self) -> None:
        self.prompt.show_text(self.view.filter)
        self._on_choice()

    def _on_choice(self) -> None:
        self.post_message(self.ViewChanged())
        self.paint()

    def _set_filter(self, text: str) -> None:
        self.view.set_filter(text)
        self.paint()

    # --- the actions of the keys, as `keys.MAIN` describes them

    def action_show(self, page: str) -> None:
        """Switch to `page` and give it the focus."""
        self.switcher.current = page
        self._focus_page()
        self.paint()

    def action_filter(self) -> None:
        """Ask for a filter, and apply it at each letter."""
        self.action_show("sessions")
        self.prompt.ask(PromptQuestion("/", self.view.filter, self._set_filter, self._set_filter, FILTERS))

    def action_toggle_filter(self) -> None:
        """Switch the filter off, or on again."""
        self.view.toggle_filter()
        self.paint()

    def action_sort(self, step: int) -> None:
        """Sort by the next or previous visible column."""
        self.view.shift_sort([column.field for column in self.table.columns], step)
        self._on_choice()

    @on(SessionTable.HeadingClicked)
    def _on_heading_clicked(self, message: SessionTable.HeadingClicked) -> None:
        self.view.sort_by(message.field)
        self._on_choice()

    def action_reverse(self) -> None:
        """Reverse the order of the sessions."""
        self.view.toggle_reverse()
        self._on_choice()

    def action_hold(self) -> None:
        """Keep each session in its place, or let the order follow the data again."""
        self.view.toggle_hold()
        self._on_choice()

    def action_columns(self) -> None:
        """Let the user choose the columns."""
        self.app.push_screen(ColumnsScreen(self.view.columns), self._set_columns)

    def _set_columns(self, chosen: Collection[str] | None) -> None:
        self.view.columns = chosen or DEFAULT
        self._on_choice()

    def action_follow(self) -> None:
        """Keep the cursor on the newest session, or stop that."""
        self.view.follows = not self.view.follows
        self.paint()

    def action_pause(self) -> None:
        """Freeze the screen, or let it go on."""
        self.view.toggle_pause()
        self.paint()

    def action_mark(self) -> None:
        """Mark or unmark the session under the cursor."""
        if self.page == "sessions":
            self.view.mark()
            self.paint()

    def action_detail(self) -> None:
        """Show or hide the details of the session under the cursor."""
        if self.page == "sessions":
            self.detail.display = not self.detail.display
            if self.detail.display:
                self.view.select()
            self.call_after_refresh(self.paint)

    def action_back(self) -> None:
        """Hide the details, and show the sessions."""
        self.detail.display = False
        self.action_show("sessions")

    def action_help(self) -> None:
        """Show the help page."""
        self.app.push_screen(main_help(self.readonly))

    def action_wire(self) -> None:
        """Show the wire of the session under the cursor."""
        self.actions.wire()

    def action_kick(self) -> None:
        """Kick the marked sessions, or the one under the cursor."""
        if self.readonly:
            self.notice.notify_user(READ_ONLY, is_problem=True)
        else:
            self.actions.kick()

    def action_announce(self) -> None:
        """Ask for a text, and announce it on the servers of the marked sessions, or on all."""
        servers = self.actions.audience()
        if self.readonly:
            self.notice.notify_user(READ_ONLY, is_problem=True)
        elif servers:
            label = f"announce on {listed([server.name for server in servers])}:"
            send = partial(self.actions.announce, servers)
            self.prompt.ask(PromptQuestion(label, "", send, hint=HOW_TO_SEND))
        else:
            self.notice.notify_user("cannot announce: no server answers", is_problem=True)

    def action_export(self) -> None:
        """Ask for a file name, and write the table to it."""
        self.prompt.ask(PromptQuestion("export to (.json or .csv):", "sessions.json", self.actions.export))
