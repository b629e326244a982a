"""The state for a pipe, a log or a screen reader: a table or a JSON document, once or in intervals."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from textwrap import wrap

from clients.monitor.export import as_object
from clients.monitor.feed.watcher import FindFeeds, Watcher
from clients.monitor.sessions.columns import columns_for, gap, longest_peer
from clients.monitor.sessions.model import Clock, Model
from clients.monitor.sessions.server import Server, Status
from clients.monitor.sessions.view import View
from core import cli
from core.reactor import Reactor

ANSWER_TIMEOUT = 2.0
"""Seconds for the servers to answer. A server that does not is left out."""


@contextmanager
def snapshot(reactor: Reactor, find_feeds: FindFeeds) -> Iterator[Model]:
    """A model of the present state. At the end of the block the connections and `reactor` are closed."""
    model = new_model()
    with watching(reactor, model, find_feeds, reactor.crash):  # `stop` would mark all rows as stale
        reactor.run()
        yield model


def watch(
    reactor: Reactor, find_feeds: FindFeeds, interval: float, report: Callable[[Model], Sequence[str]]
) -> str:
    """Print the lines of `report` every `interval` seconds, until a signal or until the reader has gone.

    Returns the reason if they cannot be printed, else an empty text.
    """
    model, failures = new_model(), []

    def show() -> None:
        model.check_silence()
        try:
            if cli.print_text("".join([line + "\n" for line in report(model)])):
                reactor.call_later(interval, show)
                return
        except OSError as error:
            failures.append(cli.stream_failure("write", error))
        reactor.stop_if_running()

    with watching(reactor, model, find_feeds, show):
        reactor.run()
    return "".join(failures)


def new_model() -> Model:
    return Model(Clock(time.monotonic, time.time))


@contextmanager
def watching(
    reactor: Reactor, model: Model, find_feeds: FindFeeds, on_ready: Callable[[], object]
) -> Iterator[None]:
    """While `reactor` runs in this block, `model` has what the servers send.

    `on_ready` is called when each server that was found has answered, or after ANSWER_TIMEOUT. At the end
    the connections and `reactor` are closed.
    """
    watcher = Watcher(reactor, model, find_feeds)
    began = time.monotonic()

    def check() -> None:
        answered = all(link.has_answered for link in watcher.links.values())
        if answered or time.monotonic() - began >= ANSWER_TIMEOUT:
            on_ready()
        else:
            reactor.call_later(0.02, check)

    reactor.call_when_running(watcher.start)
    reactor.call_when_running(check)
    try:
        yield
    finally:
        watcher.stop()
        reactor.clear()
        reactor.close()


def report(model: Model, width: int, where: str) -> list[str]:
    """One of several tables in succession: the time, the table, and an empty line."""
    now = datetime.fromtimestamp(model.clock.time(), model.clock.zone).strftime("%Y-%m-%d %H:%M:%S")
    return [now, *(table(model, width) or [f"no server is running (searched in {where})"]), ""]


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
    marks = [] if server.status is Status.LIVE else [server.status.value]
    marks += ["cut off from its cluster"] if server.cluster == "cut off" else []
    status = f" ({', '.join(marks)})" if marks else ""
    sessions = f"{len(server.sessions)} sessions"
    return f"{server.name}{status}: {sessions}, {services or 'no service'} ({server.engine})"


def document(model: Model, indent: int | None = 2) -> str:
    """All servers, sessions and reactors, as one JSON document; with `indent` None in one line."""
    now = model.now()
    servers = [
        {
            "name": server.name,
            "pid": server.pid,
            "engine": server.engine,
            "status": "live" if server.is_complete else Status.SILENT.value,
            "cluster": server.cluster,
            "services": [{"name": name, "endpoints": endpoints} for name, endpoints in server.services],
        }
        for server in model.servers.values()
    ]
    sessions = [as_object(session, now) for session in model.sessions()]
    reactors = [
        {"server": server.name, **server.load._asdict()} for server in model.servers.values() if server.load
    ]
    return json.dumps({"servers": servers, "sessions": sessions, "reactors": reactors}, indent=indent)
