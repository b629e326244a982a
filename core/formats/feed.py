"""The messages of the control feed, from a server process to its subscribers: one JSON object a line.

A subscriber receives all rows once, and after that only the rows that have changed since the last delta. So
the cost of a feed depends on the number of sessions, and not on the traffic.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import NamedTuple

from core.formats.json_values import as_items, as_number, as_objects, as_text, as_whole, parse_object

VERSION = 1
SHORTEST_INTERVAL = 0.25
"""The minimum of seconds between two deltas."""

ROWS_IN_A_PIECE = 128
"""Rows in a piece of a snapshot. So a line stays below 64 KiB, the limit of asyncio's `readline`."""

LONGEST_LINE = 1 << 20


class Row(NamedTuple):
    """A session. `opened` is in Unix seconds, `idle` in seconds, the other numbers are bytes.

    `detail` is what a service adds, such as the channels of a user of IRC. An empty one is not sent.
    """

    id: int
    service: str
    transport: str
    peer: str
    state: str
    user: str
    opened: float
    idle: float
    bytes_in: int
    bytes_out: int
    waiting: int
    detail: str = ""


class Load(NamedTuple):
    """The load of a reactor: turns per second; loop lag now and its 99th percentile, both in ms.

    `slowest` names the callback that took longest; `descriptors` are the open ones, `limit` is their maximum;
    `waiting` is in bytes.
    """

    turns: float
    lag: float
    lag_p99: float
    slowest: str
    slowest_ms: float
    timers: int
    descriptors: int
    limit: int
    waiting: int


class Reply(NamedTuple):
    """The answer to the request with the number `re`. `error` is empty if it was carried out."""

    re: int | None
    error: str = ""


class Hello(NamedTuple):
    """The first message: version, process, engine, and the names of the services with their endpoints."""

    v: int
    pid: int
    engine: str
    services: tuple[tuple[str, tuple[str, ...]], ...]
    cluster: str = "none"
    """`joined`, `cut off`, or `none` if the server is in no cluster."""


class Snapshot(NamedTuple):
    """A piece of the list of all rows. `last` is true in the last piece."""

    rows: tuple[Row, ...]
    last: bool


class Delta(NamedTuple):
    """The new and changed rows, the ended sessions with their reasons, and the load of the reactor."""

    rows: tuple[Row, ...]
    gone: tuple[tuple[int, str], ...]
    reactor: Load | None
    cluster: str = "none"


class SessionEvent(NamedTuple):
    """An `event`: opened, closed, kicked, state, error or stall. `at` is in Unix seconds."""

    what: str
    session: int
    service: str
    text: str
    at: float


class Wire(NamedTuple):
    """One read (`in`) or one write (`out`) of a watched session."""

    session: int
    direction: str
    at: float
    data: bytes


class Gap(NamedTuple):
    """The subscriber was too slow, so this number of events or pieces of wire was dropped."""

    dropped: int


Message = Reply | Hello | Snapshot | Delta | SessionEvent | Wire | Gap


def encode(message: Message) -> bytes:
    """`message` as a line, without the line end."""
    return json.dumps(_object(message)).encode()


def _object(message: Message) -> Mapping[str, object]:
    match message:
        case Reply(re, error):
            return {"re": re, "ok": False, "error": error} if error else {"re": re, "ok": True}
        case Hello(v, pid, engine, services, cluster):
            listed = [{"name": name, "endpoints": endpoints} for name, endpoints in services]
            begin = {"type": "hello", "v": v, "pid": pid, "engine": engine, "services": listed}
            return begin | _cluster_object(cluster)
        case Snapshot(rows, last):
            return {"type": "snapshot", "rows": [_row_object(row) for row in rows], "last": last}
        case Delta(rows, gone, load, cluster):
            ended = [{"id": number, "reason": reason} for number, reason in gone]
            changed = [_row_object(row) for row in rows]
            reactor = load._asdict() if load else {}
            delta = {"type": "delta", "rows": changed, "gone": ended, "reactor": reactor}
            return delta | _cluster_object(cluster)
        case SessionEvent():
            return {"type": "event", **message._asdict()}
        case Wire():
            return {"type": "bytes", **message._asdict(), "data": b64encode(message.data).decode()}
        case Gap():
            return {"type": "gap", **message._asdict()}


def _cluster_object(cluster: str) -> dict[str, object]:
    return {} if cluster == "none" else {"cluster": cluster}


def _row_object(row: Row) -> Mapping[str, object]:
    values = row._asdict()
    if not row.detail:
        del values["detail"]
    return values


# The values of rows and loads are not checked: there may be ten thousand rows several times a second, and
# they come from a process of our own user.
_row_values = itemgetter(*Row._fields[:-1])
_load_values = itemgetter(*Load._fields)


def decode(line: bytes) -> Message | None:
    """The message in a line; None if its type is unknown. ValueError if the line is malformed."""
    try:
        return _message(parse_object(line))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"a malformed message: {error!r}") from None


def _message(found: Mapping[str, object]) -> Message | None:
    if "re" in found:
        number = found["re"]
        return Reply(
            None if number is None else as_whole(number), "" if found["ok"] else as_text(found["error"])
        )
    decoder = DECODERS.get(as_text(found["type"]))
    return None if decoder is None else decoder(found)


def _hello(found: Mapping[str, object]) -> Hello:
    listed = []
    for each in as_objects(found["services"]):
        listed.append((as_text(each["name"]), tuple(map(as_text, as_items(each["endpoints"])))))
    pid, engine = as_whole(found["pid"]), as_text(found["engine"])
    return Hello(as_whole(found["v"]), pid, engine, tuple(listed), _cluster(found))


def _snapshot(found: Mapping[str, object]) -> Snapshot:
    return Snapshot(_rows(found["rows"]), found["last"] is True)


def _delta(found: Mapping[str, object]) -> Delta:
    gone = tuple([(as_whole(each["id"]), as_text(each["reason"])) for each in as_objects(found["gone"])])
    loads = [Load._make(_load_values(load)) for load in as_objects([found["reactor"]]) if load]
    return Delta(_rows(found["rows"]), gone, loads[0] if loads else None, _cluster(found))


def _cluster(found: Mapping[str, object]) -> str:
    return as_text(found.get("cluster", "none"))


def _session_event(found: Mapping[str, object]) -> SessionEvent:
    what, text, service = (as_text(found[key]) for key in ("what", "text", "service"))
    return SessionEvent(what, as_whole(found["session"]), service, text, as_number(found["at"]))


def _wire(found: Mapping[str, object]) -> Wire:
    data = b64decode(as_text(found["data"]), validate=True)
    return Wire(as_whole(found["session"]), as_text(found["direction"]), as_number(found["at"]), data)


def _gap(found: Mapping[str, object]) -> Gap:
    return Gap(as_whole(found["dropped"]))


DECODERS: dict[str, Callable[[Mapping[str, object]], Message]] = {
    "hello": _hello,
    "snapshot": _snapshot,
    "delta": _delta,
    "event": _session_event,
    "bytes": _wire,
    "gap": _gap,
}


def _rows(found: object) -> tuple[Row, ...]:
    return tuple([Row._make((*_row_values(each), each.get("detail", ""))) for each in as_objects(found)])
