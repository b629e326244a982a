"""Sample rows, servers and feed messages."""

from clients.monitor.sessions.model import Clock, Model
from clients.monitor.sessions.server import Server, SessionRow
from core.formats.feed import Delta, Hello, Load, Row, Snapshot

PLAIN = Row(1, "chat", "tcp", "127.0.0.1:50000", "CHAT", "ann", 900.0, 2.0, 10, 2000, 0)
LOAD = Load(4.0, 0.5, 1.0, "EchoProtocol", 2.0, 3, 12, 1024, 0)


class Times:
    """A clock that the test sets. It begins at 1,000, for wall time and for monotonic time."""

    def __init__(self) -> None:
        self.at = 1000.0

    def clock(self) -> Clock:
        """This time as the Clock that a Model takes."""
        return Clock(lambda: self.at, lambda: self.at)


def server_in(model: Model, *rows: Row, name: str = "servers-1") -> Server:
    """Add a server to `model` that has sent a snapshot of `rows`."""
    server = model.servers[name] = Server(name, model.clock.seconds())
    model.apply_hello(server, Hello(1, 1, "epoll", (("chat", ("tcp:127.0.0.1:8000",)),)))
    model.apply_snapshot(server, Snapshot(rows, last=True))
    return server


def delta(*rows: Row, gone: tuple[int, ...] = ()) -> Delta:
    """A Delta message with the changed `rows` and the ended sessions `gone`."""
    return Delta(rows, tuple((number, "gone") for number in gone), LOAD)


def line(row: Row = PLAIN) -> SessionRow:
    """A SessionRow for `row`, of a sample server."""
    return SessionRow(Server("servers-1", 1000.0), row, 1000.0)
