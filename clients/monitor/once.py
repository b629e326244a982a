"""The state for a pipe, a log or a screen reader: a table or a JSON document, once or in intervals."""

import json
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from textwrap import wrap

from clients.monitor.export import as_object
from clients.monitor.feed.watcher import FindFeeds, Watcher
from clients.monitor.sessions.columns import columns_for, gap, longest_peer
from clients.monitor.sessions.model import Clock, Model
from clients.monitor.sessions.server import Server, Status
from clients.monitor.sessions.view import View
from clients.units import plural
from core import cli
from core.reactor import Reactor

ANSWER_TIMEOUT = 2.0
"""Seconds for the servers to answer. A server that does not is left out."""


def print_reports(
    reactor: Reactor, find_feeds: FindFeeds, report: Callable[[Model], Sequence[str]], interval: float = 0
) -> None:
    """Run `reactor`, and print the lines of `report` when the servers have answered, or after ANSWER_TIMEOUT.

    With an `interval` in seconds print them again and again, until a signal or until the reader has gone.
    Exits with 1 if they cannot be printed.
    """
    model = Model(Clock(time.monotonic, time.time))
    watcher = Watcher(reactor, model, find_feeds)

    def show() -> None:
        model.check_silence()
        try:
            is_read = cli.print_text("".join([f"{line}\n" for line in report(model)]))
        except OSError as error:
            cli.fail(cli.stream_failure("write", error))
        if is_read and interval:
            reactor.call_later(interval, show)
        else:
            reactor.stop_if_running()

    reactor.call_when_running(watcher.start)
    reactor.call_when_running(wait_for_answers, reactor, watcher, time.monotonic() + ANSWER_TIMEOUT, show)
    try:
        reactor.run()
    finally:
        watcher.stop()
        reactor.clear()
        reactor.close()


def wait_for_answers(
    reactor: Reactor, watcher: Watcher, deadline: float, on_ready: Callable[[], object]
) -> None:
    """Call `on_ready` when each server that was found has answered, or at the `deadline`."""
    if time.monotonic() >= deadline or all(link.has_answered for link in watcher.links.values()):
        on_ready()
    else:
        reactor.call_later(0.02, wait_for_answers, reactor, watcher, deadline, on_ready)


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
    sessions = plural(len(server.sessions), "session")
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
