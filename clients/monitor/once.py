"""The present state for a pipe or a script: a table, or one JSON document."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from textwrap import wrap

from clients.monitor.export import as_object
from clients.monitor.feed.watcher import FindFeeds, Watcher
from clients.monitor.sessions.columns import columns_for, gap, longest_peer
from clients.monitor.sessions.model import Clock, Model
from clients.monitor.sessions.server import Server, Status
from clients.monitor.sessions.view import View
from core.reactor import Reactor

ANSWER_TIMEOUT = 2.0
"""Seconds for the servers to answer. A server that does not is left out."""

CONNECT_TIME = 0.1
"""Seconds within which the link to any running server is connected."""


@contextmanager
def snapshot(reactor: Reactor, find_feeds: FindFeeds) -> Iterator[Model]:
    """A model of the present state. At the end of the block the connections and `reactor` are closed."""
    model = Model(Clock(time.monotonic, time.time))
    watcher = Watcher(reactor, model, find_feeds)
    began = time.monotonic()

    def check() -> None:
        servers = [link.server for link in watcher.links.values() if link.is_connected]
        waited = time.monotonic() - began
        answered = all(server.is_complete and server.load for server in servers)
        if waited >= ANSWER_TIMEOUT or (waited >= CONNECT_TIME and answered):
            reactor.crash()  # not `stop`, which would close the connections and so mark all rows as stale
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
    """All servers and all sessions, as lines of at most `width` cells."""
    view = View(model)
    view.update()
    columns = columns_for(width, longest_peer(view.sessions), several=len(model.servers) > 1)
    space = " " * gap(width)
    heading = space.join([column.fit(column.field.name) for column in columns]).rstrip()
    lines = []
    for server in model.servers.values():
        lines += wrap(describe(server), len(heading), subsequent_indent="  ", break_on_hyphens=False)
    if view.sessions:
        lines += ["", heading]
    for session in view.sessions:
        cells = [column.fit(column.field.text(session, view.now)) for column in columns]
        lines.append(space.join(cells).rstrip())
    return lines


def describe(server: Server) -> str:
    """One line about `server`."""
    services = ", ".join(f"{name} on {' '.join(endpoints)}" for name, endpoints in server.services)
    return f"{server.name}: {len(server.sessions)} sessions, {services or 'no service'} ({server.engine})"


def document(model: Model) -> str:
    """All servers, sessions and reactors, as one JSON document."""
    now = model.now()
    servers = [
        {
            "name": server.name,
            "pid": server.pid,
            "engine": server.engine,
            "status": "live" if server.is_complete else Status.SILENT.value,
            "services": [{"name": name, "endpoints": endpoints} for name, endpoints in server.services],
        }
        for server in model.servers.values()
    ]
    sessions = [as_object(session, now) for session in model.sessions()]
    reactors = [
        {"server": server.name, **server.load._asdict()} for server in model.servers.values() if server.load
    ]
    return json.dumps({"servers": servers, "sessions": sessions, "reactors": reactors}, indent=2)
