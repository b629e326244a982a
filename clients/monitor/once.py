"""What there is at this moment, for a pipe or a script: a table, or one JSON document."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from textwrap import wrap

from clients.monitor.export import record
from clients.monitor.feed.watcher import FindFeeds, Watcher
from clients.monitor.sessions.columns import columns_for, gap, longest_peer
from clients.monitor.sessions.model import Clock, Model
from clients.monitor.sessions.server import Server, Status
from clients.monitor.sessions.view import View
from core.reactor import Reactor

PATIENCE = 2.0
"""Seconds that the servers have to say who is there. A frozen one is left out."""

SETTLE = 0.1
"""Seconds in which a server that can be found would have answered the first call."""


@contextmanager
def everything(reactor: Reactor, find_feeds: FindFeeds) -> Iterator[Model]:
    """What there is; afterwards the connections are closed and `reactor` with them."""
    model = Model(Clock(time.monotonic, time.time))
    watcher = Watcher(reactor, model, find_feeds)
    began = time.monotonic()

    def check() -> None:
        servers = [link.server for link in watcher.links.values() if link.is_connected]
        waited = time.monotonic() - began
        answered = all(server.complete and server.load for server in servers)
        if waited >= PATIENCE or (waited >= SETTLE and answered):
            reactor.crash()  # and so leave the connections: what is lost would be shown as stale
        else:
            reactor.call_later(0.05, check)

    reactor.call_when_running(watcher.start)
    reactor.call_when_running(check)
    try:
        reactor.run()
        yield model
    finally:
        watcher.stop()
        reactor.clear()
        reactor.close()


def table(model: Model, width: int) -> list[str]:
    """All servers and all sessions, as lines of text."""
    view = View(model)
    view.arrange()
    columns = columns_for(width, longest_peer(view.lines), several=len(model.servers) > 1)
    space = " " * gap(width)
    heading = space.join([column.fit(column.field.name) for column in columns]).rstrip()
    lines = []
    for server in model.servers.values():
        lines += wrap(described(server), len(heading), subsequent_indent="  ", break_on_hyphens=False)
    if view.lines:
        lines += ["", heading]
    for line in view.lines:
        cells = [column.fit(column.field.text(line, view.now)) for column in columns]
        lines.append(space.join(cells).rstrip())
    return lines


def described(server: Server) -> str:
    """A server in a line."""
    services = ", ".join(f"{name} on {' '.join(endpoints)}" for name, endpoints in server.services)
    return f"{server.name}: {len(server.lines)} sessions, {services or 'no service'} ({server.engine})"


def document(model: Model) -> str:
    """The same as one JSON document."""
    now = model.now()
    servers = [
        {
            "name": server.name,
            "pid": server.pid,
            "engine": server.engine,
            "status": "live" if server.complete else Status.SILENT.value,
            "services": [{"name": name, "endpoints": endpoints} for name, endpoints in server.services],
        }
        for server in model.servers.values()
    ]
    sessions = [record(line, now) for line in model.lines()]
    reactors = [
        {"server": server.name, **server.load._asdict()} for server in model.servers.values() if server.load
    ]
    return json.dumps({"servers": servers, "sessions": sessions, "reactors": reactors}, indent=2)
