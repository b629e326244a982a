"""The fields of a session, by name: the table shows them as columns, and the filter tests them."""

from collections.abc import Callable
from dataclasses import dataclass

from clients.monitor.sessions import units
from clients.monitor.sessions.model import Now
from clients.monitor.sessions.server import SessionRow
from core.formats.text import fold

Number = Callable[[SessionRow, Now], float]


@dataclass(frozen=True)
class Field:
    """One field: `text` for display, and `number` for sorting and comparing, None if it is a text."""

    name: str
    meaning: str
    text: Callable[[SessionRow, Now], str]
    number: Number | None = None
    aliases: tuple[str, ...] = ()

    def sort_key(self, now: Now) -> Callable[[SessionRow], tuple[float, str]]:
        """The key function that sorts sessions by this field."""
        number, text = self.number, self.text
        if number is not None:
            return lambda session: (number(session, now), "")
        return lambda session: (0.0, fold(text(session, now)))


def _number(name: str, meaning: str, number: Number, unit: Callable[[float], str], *aliases: str) -> Field:
    """A field whose text is its number, formatted by `unit`."""
    return Field(name, meaning, lambda session, now: unit(number(session, now)), number, aliases)


def _state(session: SessionRow, now: Now) -> str:
    return "stale" if session.server.is_stale else session.row.state


def _waiting(value: float) -> str:
    return units.amount(value) if value else "·"


SERVICE = Field("service", "name of the service", lambda each, now: each.row.service, aliases=("srv",))
SERVER = Field("server", "name and pid of the process", lambda each, now: each.server.name, aliases=("pid",))
ID = Field("id", "session number", lambda each, now: str(each.row.id), lambda each, now: each.row.id)
STATE = Field("state", "state of the protocol", _state)
USER = Field("user", "name of the user", lambda each, now: each.row.user, aliases=("name",))
PEER = Field("peer", "address of the peer", lambda each, now: each.row.peer, aliases=("addr",))
PROTO = Field("transport", "tcp, udp or unix", lambda each, now: each.row.transport, aliases=("proto",))
AGE = _number("age", "time since the start", lambda each, now: now.time - each.row.opened, units.duration)
IDLE = _number("idle", "time since the last byte", lambda each, now: each.idle(now.seconds), units.duration)
IN = _number("in", "bytes received", lambda each, now: each.row.bytes_in, units.amount, "received")
OUT = _number("out", "bytes sent", lambda each, now: each.row.bytes_out, units.amount, "sent")
RATE = _number("rate", "bytes per second", lambda each, now: each.rate(now.seconds), units.rate, "flow")
WAITING = _number(
    "waiting", "bytes not sent yet", lambda each, now: each.row.waiting, _waiting, "outq", "queue"
)

FIELDS = (SERVICE, SERVER, ID, STATE, USER, PEER, PROTO, AGE, IDLE, IN, OUT, RATE, WAITING)
BY_NAME = {name: field for field in FIELDS for name in (field.name, *field.aliases)}
