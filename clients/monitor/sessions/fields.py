"""What a line has to show, each with a name: columns are made of these, and the filter asks for them."""

from collections.abc import Callable
from dataclasses import dataclass

from clients.monitor.sessions import units
from clients.monitor.sessions.model import Now
from clients.monitor.sessions.server import SessionRow


@dataclass(frozen=True)
class Field:
    """`number` is what a figure is compared by; a field without one is a text."""

    name: str
    text: Callable[[SessionRow, Now], str]
    number: Callable[[SessionRow, Now], float] | None = None
    aliases: tuple[str, ...] = ()
    meaning: str = ""

    def sort_key(self, now: Now) -> Callable[[SessionRow], tuple[float, str]]:
        """How lines are put in order."""
        number, text = self.number, self.text
        if number is not None:
            return lambda line: (number(line, now), "")
        return lambda line: (0.0, text(line, now).casefold())


def _state(line: SessionRow, now: Now) -> str:
    return "stale" if line.server.is_stale else line.row.state


def _age(line: SessionRow, now: Now) -> float:
    return now.time - line.row.opened


SERVICE = Field("service", lambda line, now: line.row.service, aliases=("srv",), meaning="which server")
SERVER = Field("server", lambda line, now: line.server.name, aliases=("pid",), meaning="which process")
ID = Field("id", lambda line, now: str(line.row.id), lambda line, now: line.row.id, meaning="its number")
STATE = Field("state", _state, meaning="what it is at")
USER = Field("user", lambda line, now: line.row.user, aliases=("name",), meaning="who it is")
PEER = Field("peer", lambda line, now: line.row.peer, aliases=("addr",), meaning="where from")
PROTO = Field("transport", lambda line, now: line.row.transport, aliases=("proto",), meaning="tcp, udp, unix")
AGE = Field("age", lambda line, now: units.duration(_age(line, now)), _age, meaning="for how long")
IDLE = Field(
    "idle",
    lambda line, now: units.duration(line.idle(now.seconds)),
    lambda line, now: line.idle(now.seconds),
    meaning="since anything passed",
)
IN = Field(
    "in",
    lambda line, now: units.amount(line.row.bytes_in),
    lambda line, now: line.row.bytes_in,
    aliases=("received",),
    meaning="bytes received",
)
OUT = Field(
    "out",
    lambda line, now: units.amount(line.row.bytes_out),
    lambda line, now: line.row.bytes_out,
    aliases=("sent",),
    meaning="bytes sent",
)
RATE = Field(
    "rate",
    lambda line, now: units.rate(line.rate(now.seconds)),
    lambda line, now: line.rate(now.seconds),
    aliases=("flow",),
    meaning="bytes a second",
)
WAITING = Field(
    "waiting",
    lambda line, now: units.amount(line.row.waiting) if line.row.waiting else "·",
    lambda line, now: line.row.waiting,
    aliases=("outq", "queue"),
    meaning="bytes that the peer has not taken",
)

FIELDS = (SERVICE, SERVER, ID, STATE, USER, PEER, PROTO, AGE, IDLE, IN, OUT, RATE, WAITING)
BY_NAME = {name: field for field in FIELDS for name in (field.name, *field.aliases)}
