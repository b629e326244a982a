"""The fields of a session, by name: the table shows them as columns, and the filter tests them."""

from collections.abc import Callable
from dataclasses import dataclass

from clients import units
from clients.monitor.sessions import order
from clients.monitor.sessions.model import Now
from clients.monitor.sessions.server import SessionRow
from clients.units import BYTES, COUNT, TIME, Measure

Number = Callable[[SessionRow, Now], float]


@dataclass(frozen=True)
class Field:
    """One field: `text` for display, and `number` for sorting and comparing, None if it is a text.

    `measure` has the units that a number in the filter can have. `text_key` makes the sort key of a text.
    """

    name: str
    meaning: str
    text: Callable[[SessionRow, Now], str]
    number: Number | None = None
    aliases: tuple[str, ...] = ()
    measure: Measure = COUNT
    text_key: Callable[[str], order.Key] = order.natural

    def sort_key(self, now: Now) -> Callable[[SessionRow], order.Key]:
        """The key function that sorts sessions by this field."""
        number, text, key = self.number, self.text, self.text_key
        if number is not None:
            return lambda session: (number(session, now),)
        return lambda session: key(text(session, now))


def _number(
    name: str, meaning: str, number: Number, measure: Measure, unit: Callable[[float], str], *aliases: str
) -> Field:
    """A field whose text is its number, formatted by `unit`."""
    return Field(name, meaning, lambda session, now: unit(number(session, now)), number, aliases, measure)


def _state(session: SessionRow, now: Now) -> str:
    return "stale" if session.server.is_stale else session.row.state


def _waiting(value: float) -> str:
    return units.amount(value) if value else "·"


SERVICE = Field("service", "name of the service", lambda each, now: each.row.service, aliases=("srv",))
SERVER = Field("server", "name and pid of the process", lambda each, now: each.server.name, aliases=("pid",))
ID = Field("id", "session number", lambda each, now: str(each.row.id), lambda each, now: each.row.id)
STATE = Field("state", "state of the protocol", _state)
USER = Field("user", "name of the user", lambda each, now: each.row.user, aliases=("name",))
PEER = Field(
    "peer",
    "address of the peer",
    lambda each, now: each.row.peer,
    aliases=("addr",),
    text_key=order.by_address,
)
PROTO = Field("transport", "tcp, udp or unix", lambda each, now: each.row.transport, aliases=("proto",))
AGE = _number(
    "age", "time since the start", lambda each, now: now.time - each.row.opened, TIME, units.duration
)
IDLE = _number(
    "idle", "time since the last byte", lambda each, now: each.idle(now.seconds), TIME, units.duration
)
IN = _number("in", "bytes received", lambda each, now: each.row.bytes_in, BYTES, units.amount, "received")
OUT = _number("out", "bytes sent", lambda each, now: each.row.bytes_out, BYTES, units.amount, "sent")
RATE = _number(
    "rate", "bytes per second", lambda each, now: each.rate(now.seconds), BYTES, units.rate, "flow"
)
WAITING = _number(
    "waiting", "bytes not sent yet", lambda each, now: each.row.waiting, BYTES, _waiting, "outq", "queue"
)

FIELDS = (SERVICE, SERVER, ID, STATE, USER, PEER, PROTO, AGE, IDLE, IN, OUT, RATE, WAITING)
BY_NAME = {name: field for field in FIELDS for name in (field.name, *field.aliases)}
