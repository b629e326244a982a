"""Opens the control feed of a server: a Unix socket that only this user can connect to."""

import json
import logging
import os
import secrets
import socket
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from core.cli import summarize
from core.errors import in_words
from core.interfaces import IPv4Address
from core.protocols.sessions import SessionRegistry
from core.reactor import Reactor
from core.runtime_directory import make_runtime_directory
from core.transports.listener import Port, remove
from servers.feed.control import ControlFactory

log = logging.getLogger(__name__)

Announcers = Mapping[str, Callable[[str], object]]


class FeedLogHandler(logging.Handler):
    """Sends each logged error to the subscribers of the feed, in one line. Any thread may log."""

    def __init__(self, reactor: Reactor, factory: ControlFactory) -> None:
        super().__init__(logging.ERROR)
        self._reactor = reactor
        self._factory = factory

    def emit(self, record: logging.LogRecord) -> None:
        self._reactor.call_from_thread(self._factory.publish, "error", summarize(record))


@contextmanager
def open_feed(
    name: str,
    reactor: Reactor,
    sessions: SessionRegistry,
    services: Mapping[str, list[str]],
    announcers: Announcers,
    options: Namespace,
    cluster: Callable[[], str] = lambda: "none",
) -> Iterator[None]:
    """Offer the feed as `NAME-PID` during a `with` block, unless `--no-control` is given.

    If this is impossible a warning is logged, and the server runs without a feed.
    """
    if options.no_control:
        yield
        return
    token = "" if hasattr(socket, "AF_UNIX") else secrets.token_urlsafe()
    factory = ControlFactory(reactor, sessions, services, announcers, token, cluster)
    try:
        port, path = _listen(reactor, factory, f"{name}-{os.getpid()}")
    except OSError as error:
        log.warning("the monitor cannot find this server: %s", in_words(error))
        yield
        return
    reactor.on_stall = factory.on_stall
    handler = FeedLogHandler(reactor, factory)
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
        reactor.on_stall = None
        port.stop_listening()  # this removes the path of a Unix socket
        if token:
            remove(str(path))


def _listen(reactor: Reactor, factory: ControlFactory, name: str) -> tuple[Port, Path]:
    """Listen where only this user can connect. Also returns the path that the monitor looks for. OSError.

    Without Unix sockets this is a loopback port, and the file at the path has its number and a secret token.
    """
    directory = make_runtime_directory()
    if not factory.token:
        path = directory / f"{name}.sock"
        port = reactor.listen_unix(str(path), factory)
        path.chmod(0o600)
        return port, path
    path = directory / f"{name}.port"
    port = reactor.listen_tcp(0, factory)
    assert isinstance(port.host, IPv4Address)
    with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
        json.dump({"port": port.host.port, "token": factory.token}, file)
    return port, path
