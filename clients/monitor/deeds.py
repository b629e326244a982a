"""What can be done to sessions: look at their wire, throw them out, tell them something, write them down.

A server that is lost is asked for nothing: who it was to be done to may long be somebody else.
"""

from collections.abc import Sequence
from pathlib import Path

from textual.app import App
from textual.notifications import SeverityLevel

from clients.monitor import export
from clients.monitor.model import Line, Server
from clients.monitor.screens.kick import KickScreen
from clients.monitor.screens.wire import WireScreen
from clients.monitor.units import listed, plural
from clients.monitor.view import View
from clients.monitor.watcher import Watcher
from core.formats.requests import Request


class Deeds:
    """Done to what a View has chosen, by way of the links of a Watcher; how it went is said in the corner."""

    def __init__(self, app: App[None], view: View, watcher: Watcher) -> None:
        self._app = app
        self._view = view
        self._watcher = watcher

    def say(self, text: str, severity: SeverityLevel = "information") -> None:
        """A note in the corner, for a while."""
        self._app.notify(text, severity=severity, markup=False)

    def _complain(self, problem: str) -> None:
        if problem:
            self.say(problem, "error")

    def wire(self) -> None:
        """Show what passes at the session under the cursor, from now on."""
        line = self._view.current
        link = self._watcher.link_of(line.server) if line is not None else None
        if line is None or link is None:
            self.say("there is no session, or its server is lost", "warning")
            return
        screen, number = WireScreen(line, self._view.model), line.row.id
        link.watch(number, screen.answered)
        self._app.push_screen(screen, lambda _: link.unwatch(number))

    def kick(self) -> None:
        """Throw out who was chosen, if that is meant."""
        lines = [line for line in self._view.chosen() if self._watcher.link_of(line.server)]
        if not lines:
            self.say("nobody to kick: there is no session, or its server is lost", "warning")
            return
        shown = {line.key for line in self._view.lines}
        hidden = sum(line.key not in shown for line in lines)
        self._app.push_screen(KickScreen(lines, hidden), lambda sure: self._kick(lines) if sure else None)

    def _kick(self, lines: Sequence[Line]) -> None:
        for line in lines:
            link = self._watcher.link_of(line.server)
            if link is not None:
                request = Request("kick", 0, session=line.row.id, reason="from the monitor")
                link.ask(request, self._complain)
        self._view.marks -= {line.key for line in lines}
        self.say(f"kicked {plural(len(lines), 'session')}")

    def audience(self) -> list[Server]:
        """Where something would be announced: at the servers of the marked sessions, or else at all."""
        model, marks = self._view.model, self._view.marks
        chosen = [line.server for line in model.lines() if line.key in marks] or model.servers.values()
        return [server for server in dict.fromkeys(chosen) if self._watcher.link_of(server)]

    def announce(self, servers: Sequence[Server], text: str) -> None:
        """Say `text` on these servers."""
        links = [link for server in servers if (link := self._watcher.link_of(server))]
        if text.strip():
            for link in links:
                link.ask(Request("announce", 0, text=text.strip()), self._complain)
            self.say(f"announced on {listed([link.server.name for link in links]) or 'none: all are lost'}")

    def export(self, name: str) -> None:
        """Write what is shown to the file of that name."""
        lines = self._view.lines
        try:
            export.write(Path(name).expanduser(), lines, self._view.now)
        except (OSError, ValueError, RuntimeError) as error:
            self.say(str(error), "error")
        else:
            self.say(f"{plural(len(lines), 'session')} written to {name}")
