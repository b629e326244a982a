"""Where a running server can be asked about itself: a socket of the user's own, and a watchdog behind it."""

import json
import logging
import os
import secrets
import socket
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from core.engine.watchdog import Watchdog
from core.errors import CannotListenError
from core.interfaces import IPv4Address
from core.protocols.sessions import SessionRegistry
from core.reactor import Reactor
from core.runtime_directory import runtime_directory
from core.transports.listener import Port
from servers.feed.control import ControlFactory

log = logging.getLogger(__name__)

Announcers = Mapping[str, Callable[[str], object]]


class ErrorTeller(logging.Handler):
    """Whatever is logged as an error is told to the watchers as well, without its traceback."""

    def __init__(self, reactor: Reactor, factory: ControlFactory) -> None:
        super().__init__(logging.ERROR)
        self._reactor = reactor
        self._factory = factory

    def emit(self, record: logging.LogRecord) -> None:
        """Tell it, from whatever thread it was logged in."""
        error = record.exc_info[1] if record.exc_info else None
        text = record.getMessage() + (f": {error!r}" if error is not None else "")
        self._reactor.call_from_thread(self._factory.tell, "error", text)


@contextmanager
def open_feed(
    name: str,
    reactor: Reactor,
    sessions: SessionRegistry,
    services: Mapping[str, list[str]],
    announcers: Announcers,
    options: Namespace,
) -> Iterator[None]:
    """While this lasts the process can be watched as `NAME-PID`, unless `options` or the system forbid it."""
    if options.no_control:
        yield
        return
    token = "" if hasattr(socket, "AF_UNIX") else secrets.token_urlsafe()
    factory = ControlFactory(reactor, sessions, services, announcers, token)
    try:
        path = _listen(reactor, factory, f"{name}-{os.getpid()}")
    except (OSError, CannotListenError) as error:
        log.warning("no monitor will find this server: %s", error.strerror or error)
        yield
        return
    watchdog = Watchdog(reactor, factory.on_stall, options.stall_ms / 1000)
    teller = ErrorTeller(reactor, factory)
    logging.getLogger().addHandler(teller)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(teller)
        watchdog.stop()
        path.unlink(missing_ok=True)


def _listen(reactor: Reactor, factory: ControlFactory, name: str) -> Path:
    """Listen where only this user can connect; the path of what the monitor will find. OSError."""
    directory = runtime_directory()
    if not factory.token:
        path = directory / f"{name}.sock"
        reactor.listen_unix(str(path), factory)
        path.chmod(0o600)
        return path
    path = directory / f"{name}.port"
    port: Port = reactor.listen_tcp(0, factory)
    assert isinstance(port.host, IPv4Address)
    with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
        json.dump({"port": port.host.port, "token": factory.token}, file)
    return path
