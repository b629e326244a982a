"""Rows, servers and messages to show, made by hand."""

from clients.monitor.sessions.model import Clock, Model
from clients.monitor.sessions.server import Server, SessionRow
from core.formats.feed import Delta, Hello, Load, Row, Snapshot

PLAIN = Row(1, "chat", "tcp", "127.0.0.1:50000", "CHAT", "ann", 900.0, 2.0, 10, 2000, 0)
LOAD = Load(4.0, 0.5, 1.0, "EchoProtocol", 2.0, 3, 12, 1024, 0)


class Times:
    """A clock that is set by hand; it begins at 1,000 on both scales."""

    def __init__(self) -> None:
        self.at = 1000.0

    def clock(self) -> Clock:
        """As a Model wants it."""
        return Clock(lambda: self.at, lambda: self.at)


def server_in(model: Model, *rows: Row, name: str = "servers-1") -> Server:
    """A server that has told of `rows`."""
    server = model.servers[name] = Server(name, model.clock.seconds())
    model.take(server, Hello(1, 1, "epoll", (("chat", ("tcp:127.0.0.1:8000",)),)))
    model.take(server, Snapshot(rows, last=True))
    return server


def delta(*rows: Row, gone: tuple[int, ...] = ()) -> Delta:
    """What changed."""
    return Delta(rows, tuple((number, "gone") for number in gone), LOAD)


def line(row: Row = PLAIN) -> SessionRow:
    """A line by itself."""
    return SessionRow(Server("servers-1", 1000.0), row, 1000.0)
