"""What can be done to sessions: look at their wire, throw them out, tell them something, write them down.

A server that is lost is asked for nothing: who it was to be done to may long be somebody else.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from textual.app import App

from clients.monitor import export
from clients.monitor.feed.watcher import Watcher
from clients.monitor.screens.kick import KickScreen
from clients.monitor.screens.wire import WireScreen
from clients.monitor.sessions.server import Server, SessionRow
from clients.monitor.sessions.units import listed, plural
from clients.monitor.sessions.view import View
from core.formats.feed_requests import Request

Say = Callable[[str, bool], object]
"""Called with a text, and whether it is of a problem."""

Asked = tuple[str, Server, Request]
"""Who or what it is done to, in words; the server that is to do it; and how that is asked for."""


class Actions:
    """Done to what a View has chosen, by way of the links of a Watcher; `say` says how it went."""

    def __init__(self, app: App[None], view: View, watcher: Watcher, say: Say) -> None:
        self._app = app
        self._view = view
        self._watcher = watcher
        self._say = say

    def _ask(self, all_asked: Sequence[Asked], describe: Callable[[Sequence[str]], str]) -> None:
        """Once all have answered it is said what was done, in the words of `describe`, and what was not."""
        done: list[str] = []
        failed: list[str] = []

        def answered(who: str, problem: str) -> None:
            if problem:
                failed.append(f"{who}: {problem}")
            else:
                done.append(who)
            if len(done) + len(failed) == len(all_asked):
                self._say("; ".join(filter(None, (describe(done), listed(failed)))), bool(failed))

        for who, server, request in all_asked:
            link = self._watcher.link_of(server)
            if link is not None:
                link.ask(request, partial(answered, who))
            else:
                answered(who, "the connection is lost")

    def wire(self) -> None:
        """Show what passes at the session under the cursor, from now on."""
        line = self._view.current
        link = self._watcher.link_of(line.server) if line is not None else None
        if line is None or link is None:
            self._say("there is no session, or its server is lost", True)
            return
        screen, number = WireScreen(line, self._view.model), line.row.id
        link.watch(number, screen.answered)
        self._app.push_screen(screen, lambda _: link.unwatch(number))

    def kick(self) -> None:
        """Throw out who was chosen, if that is meant."""
        lines = [line for line in self._view.chosen() if self._watcher.link_of(line.server)]
        if not lines:
            self._say("nobody to kick: there is no session, or its server is lost", True)
            return
        shown = {line.key for line in self._view.lines}
        hidden = sum(line.key not in shown for line in lines)
        self._app.push_screen(KickScreen(lines, hidden), lambda sure: self._kick(lines) if sure else None)

    def _kick(self, lines: Sequence[SessionRow]) -> None:
        self._view.marks -= {line.key for line in lines}
        asked = []
        for line in lines:
            request = Request("kick", 0, session=line.row.id, reason="from the monitor")
            asked.append((f"{line.row.service} #{line.row.id} {line.row.user}".strip(), line.server, request))
        self._ask(asked, lambda done: f"kicked {plural(len(done), 'session') if done else 'nobody'}")

    def audience(self) -> list[Server]:
        """Where something would be announced: at the servers of the marked sessions, or else at all."""
        model, marks = self._view.model, self._view.marks
        chosen = [line.server for line in model.lines() if line.key in marks] or model.servers.values()
        return [server for server in dict.fromkeys(chosen) if self._watcher.link_of(server)]

    def announce(self, servers: Sequence[Server], text: str) -> None:
        """Say `text` on these servers."""
        request = Request("announce", 0, text=text.strip())
        if request.text:
            asked = [(server.name, server, request) for server in servers]
            self._ask(asked, lambda done: f"announced {f'on {listed(done)}' if done else 'nowhere'}")

    def export(self, name: str) -> None:
        """Write what is shown to the file of that name, or to one beside it."""
        lines = self._view.lines
        try:
            path = export.write(Path(name.strip()).expanduser(), lines, self._view.now)
        except OSError as error:
            self._say(f"cannot write {name}: {error.strerror or error}", True)
        except (ValueError, RuntimeError) as error:
            self._say(str(error), True)
        else:
            self._say(f"{plural(len(lines), 'session')} written to {path}", False)
