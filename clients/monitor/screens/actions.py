"""The actions on sessions: watch the wire, kick, announce, export.

A request is never sent to a server whose connection is lost: when it is back, the number of a session may
belong to another session.
"""

from collections.abc import Callable, Sequence
from functools import partial

from textual.app import App

from clients.monitor import export
from clients.monitor.feed.watcher import Watcher
from clients.monitor.screens.dialogs import KickScreen
from clients.monitor.screens.wire import WireScreen
from clients.monitor.sessions.server import Server, SessionRow
from clients.monitor.sessions.view import View
from clients.units import listed, plural
from core.errors import in_words
from core.formats.feed_requests import Request

Notify = Callable[[str, bool], object]
"""Called with a text for the user, and whether it is a problem."""

Task = tuple[str, Server, Request]
"""The name of the target as the user sees it, the server, and the request to send."""


class Actions:
    """Runs actions on the sessions that a View has selected, and calls `notify` with the outcome."""

    def __init__(self, app: App[None], view: View, watcher: Watcher, notify: Notify) -> None:
        self._app = app
        self._view = view
        self._watcher = watcher
        self._notify = notify

    def _send(self, tasks: Sequence[Task], describe: Callable[[Sequence[str]], str]) -> None:
        """Send all requests. When all are answered, notify: `describe(done)`, then each failure."""
        done: list[str] = []
        failed: list[str] = []

        def on_reply(target: str, error: str) -> None:
            if error:
                failed.append(f"{target}: {error}")
            else:
                done.append(target)
            if len(done) + len(failed) == len(tasks):
                self._notify("; ".join(filter(None, (describe(done), listed(failed)))), bool(failed))

        for target, server, request in tasks:
            link = self._watcher.link_of(server)
            if link is not None:
                link.send(request, partial(on_reply, target))
            else:
                on_reply(target, "the connection is lost")

    def wire(self) -> None:
        """Watch the wire of the session under the cursor, until its screen is closed."""
        session = self._view.current
        link = self._watcher.link_of(session.server) if session is not None else None
        if session is None or link is None:
            self._notify("cannot show the wire: there is no session, or its server is lost", True)
            return
        screen, number = WireScreen(session, self._view.model), session.row.id
        link.watch(number, screen.on_reply)
        self._app.push_screen(screen, lambda _: link.unwatch(number))

    def kick(self) -> None:
        """Kick the marked sessions, or the one under the cursor, after a confirmation."""
        sessions = [each for each in self._view.targets() if self._watcher.link_of(each.server)]
        if not sessions:
            self._notify("cannot kick: there is no session, or its server is lost", True)
            return
        shown = {session.key for session in self._view.sessions}
        hidden = sum(session.key not in shown for session in sessions)
        screen = KickScreen(sessions, hidden)
        self._app.push_screen(screen, lambda confirmed: self._kick(sessions) if confirmed else None)

    def _kick(self, sessions: Sequence[SessionRow]) -> None:
        self._view.marks -= {session.key for session in sessions}
        tasks = []
        for session in sessions:
            row = session.row
            request = Request("kick", 0, session=row.id, reason="from the monitor")
            tasks.append((f"{row.service} #{row.id} {row.user}".strip(), session.server, request))
        self._send(tasks, lambda done: f"kicked {plural(len(done), 'session')}")

    def audience(self) -> list[Server]:
        """The servers for an announcement: those of the marked sessions, or all if none is marked."""
        model, marks = self._view.model, self._view.marks
        marked = [session.server for session in model.sessions() if session.key in marks]
        servers = dict.fromkeys(marked or model.servers.values())
        return [server for server in servers if self._watcher.link_of(server)]

    def announce(self, servers: Sequence[Server], text: str) -> None:
        """Announce `text` on `servers`. An empty text does nothing."""
        request = Request("announce", 0, text=text.strip())
        if request.text:
            tasks = [(server.name, server, request) for server in servers]
            self._send(tasks, lambda done: f"announced on {listed(done) or '0 servers'}")

    def export(self, name: str) -> None:
        """Write the sessions in the table to the file `name`, or to a new one with a number."""
        sessions = self._view.sessions
        try:
            path = export.write(name, sessions, self._view.now)
        except (OSError, ValueError) as error:
            self._notify(f"cannot write {name}: {in_words(error)}", True)
        else:
            self._notify(f"{plural(len(sessions), 'session')} written to {path}", False)
